"""The common parts of derivations refuse what does not fit."""

from dataclasses import replace

import sympy as sp

from theory.bound import Term
from theory.bounds.local_sgd.local_sgd_nonconvex import NONCONVEX
from theory.notation import symbols
from theory.proving.quantities import measured
from theory.proving.templates.conclusions import CONDITIONS, NUMBERS, conditions_of, same_terms

sigma, L = symbols("gradient_noise", "smoothness")


def test_theorem_g_supposes_four_numbers_and_two_conditions() -> None:
    assert [item.label for item in NUMBERS] == ["C_w", "N_w", "C_m", "N_m"]
    assert [item.label for item in CONDITIONS] == ["condition i", "condition ii"]


def test_terms_are_compared_by_name() -> None:
    assert all(step.flaw() is None for step in same_terms(NONCONVEX, NONCONVEX.terms))
    renamed = replace(NONCONVEX.terms[0], name="another")
    failing = [
        step for step in same_terms(NONCONVEX, (renamed, *NONCONVEX.terms[1:])) if step.flaw()
    ]
    assert [step.label.split(", ")[1] for step in failing] == ["another", "optimisation"]


def test_a_term_that_the_bound_lacks_is_found() -> None:
    extra = Term("extra", sigma**2 * L)
    failing = [step for step in same_terms(NONCONVEX, (*NONCONVEX.terms, extra)) if step.flaw()]
    assert [step.label for step in failing] == [f"{NONCONVEX.key}, extra"]


def test_the_conditions_of_a_bound_are_what_it_may_suppose() -> None:
    for step, relation in zip(conditions_of(NONCONVEX), NONCONVEX.conditions, strict=True):
        assert sp.expand(step.gap - (relation.gts - relation.lts)) == 0


def test_what_is_measured_names_the_report_point() -> None:
    assert "MEAN_ITERATE" in measured(NONCONVEX.measure).name
