"""A theorem in the terminal, at every width."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from theory import catalogue
from theory.notation.plain_formula import plain
from theory.presentation.statement import print_statement


def printed(key, width):
    console = Console(file=io.StringIO(), width=width)
    print_statement(catalogue.lookup(key), console)
    return console.file.getvalue()


@pytest.mark.parametrize("key", catalogue.bounds())
def test_a_statement_shows_all_that_is_known(key):
    bound, text = catalogue.lookup(key), printed(key, 400)
    for part in (key, bound.source.key, bound.standing.name, *(t.name for t in bound.terms)):
        assert part in text
    for term in bound.terms:
        assert plain(term.expression) in text
    for assumption in bound.assumptions:
        assert assumption.name in text
    assert bound.measure.formula in text


def test_the_measure_stands_in_front_and_letters_have_names():
    text = printed("overlap_local_sgd.nonconvex", 100)
    assert "avg_t E‖∇F(y_t)‖² ≤" in text
    assert "+ 8 ζ² L² η² (√(K (K - 1)/2) + K (1 - α)/α)²" in text
    assert "│ α      │ pullback" in text
    assert "E‖∇F" in printed("slowmo.nonconvex.as_read", 100)
    assert "avg_r E" in printed("minibatch_sgd.nonconvex", 100)
    assert "≲" in printed("local_sgd.convex_homogeneous.order", 100)
    assert "≳" in printed("any.convex_homogeneous.lower", 100)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_what_does_not_fit_goes_on_below_its_beginning(width):
    text = printed("overlap_local_sgd.nonconvex", width)
    body = text[: text.index("LaTeX")].splitlines()  # the LaTeX is one line, to be copied
    assert max(map(cell_len, body)) <= width
    facts = body[next(i for i, line in enumerate(body) if line.startswith("assuming")) :]
    facts = facts[: next(i for i, line in enumerate(facts) if line.startswith("source"))]
    assert all(line.startswith("          ") for line in facts[1:])
