import re

import numpy as np
import pytest

from theory.notation import GLOSSARY, check_values, latex, symbols


def test_names_symbols_and_latex_are_unique():
    assert len({row.symbol for row in GLOSSARY.values()}) == len(GLOSSARY)


def test_symbols_carry_the_sign_of_their_range():
    K, sigma, alpha = symbols("local_steps", "gradient_noise", "pullback")
    assert K.is_integer
    assert K.is_positive
    assert sigma.is_nonnegative
    assert not sigma.is_positive
    assert alpha.is_positive


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("gradient_noise", -1, "gradient_noise=-1 must be a number >= 0"),
        ("pullback", 1.5, "pullback=1.5 must be a number in (0, 1)"),
        ("pullback", 0, "pullback=0 must be a number in (0, 1)"),
        ("anchor_momentum", 1, "anchor_momentum=1 must be a number in [0, 1)"),
        ("num_workers", 2.5, "num_workers=2.5 must be a whole number >= 1"),
        ("step_size", 0, "step_size=0 must be a number > 0"),
        ("smoothness", np.nan, "smoothness=nan must be a number > 0"),
        ("smoothness", np.inf, "smoothness=inf must be a number > 0"),
        ("smoothness", "much", "smoothness=much must be a number > 0"),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(name, value, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        GLOSSARY[name].check(value)


def test_one_bad_entry_of_an_array_is_found():
    with pytest.raises(ValueError, match="gradient_noise=-3"):
        GLOSSARY["gradient_noise"].check([1.0, -3.0])


def test_missing_and_unknown_names_are_told_apart():
    with pytest.raises(ValueError, match="x needs step_size; give step_size=VALUE"):
        check_values({}, ["step_size"], asker="x")
    with pytest.raises(ValueError, match="speed is unknown to x; it takes step_size"):
        check_values({"speed": 1}, ["step_size"], asker="x")
    with pytest.raises(ValueError, match="pullback is not used by x"):
        check_values({"pullback": 0.5}, ["step_size"], asker="x")


def test_latex_is_the_papers():
    eta, L = symbols("step_size", "smoothness")
    assert latex(eta * L) == r"L \eta"


def test_units_print_as_fractions():
    assert str(GLOSSARY["smoothness"].unit) == "f/x^2"
    assert str(GLOSSARY["step_size"].unit) == "x^2/f"
    assert str(GLOSSARY["num_workers"].unit) == "1"
