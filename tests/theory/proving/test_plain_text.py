"""Formulas print in the field's letters."""

from theory.notation import symbols
from theory.proving.certificates import scalar
from theory.proving.plain_text import plain

eta, L, d_c = symbols("step_size", "smoothness", "comm_delay")


def test_glossary_symbols_print_as_letters() -> None:
    assert plain(eta * L <= 1) == "L*eta <= 1"
    assert plain(d_c) == "d_c"


def test_phrases_stand_in_brackets() -> None:
    assert plain(2 * scalar("mean |x|^2")) == "2*(mean |x|^2)"


def test_numbers_print_as_they_are() -> None:
    assert plain(-1) == "-1"
