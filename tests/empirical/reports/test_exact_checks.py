import builtins
from dataclasses import replace

import pytest

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.reports import exact_checks
from empirical.reports.exact_checks import check_moments, check_worst_case
from empirical.verdicts.verdict import Outcome
from theory.bound import Term
from theory.catalogue import lookup

THEOREM = lookup("local_sgd.nonconvex")
LOCAL = LocalSGD(local_steps=4, step_size=1.0)


def test_moments_that_are_off_are_seen(monkeypatch):
    assert check_moments().outcome is Outcome.HOLDS
    other = replace(exact_checks.PROBLEM, gradient_noise=8.8)
    monkeypatch.setattr(exact_checks, "simulate", _simulating(other))
    assert check_moments().outcome is Outcome.VIOLATED


def _simulating(problem):
    from empirical.readings.simulate import simulate

    return lambda algorithm, _, **settings: simulate(algorithm, problem, **settings)


def test_a_bound_below_the_worst_case_is_seen():
    assert check_worst_case(THEOREM, LOCAL).outcome is Outcome.HOLDS
    terms = tuple(Term(term.name, term.expression / 4) for term in THEOREM.terms)
    assert check_worst_case(replace(THEOREM, terms=terms), LOCAL).outcome is Outcome.VIOLATED


def test_without_the_solver_the_check_is_inapplicable(monkeypatch):
    real = builtins.__import__

    def missing(name, *rest, **options):
        if name == "clarabel":
            raise ModuleNotFoundError(name=name)
        return real(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", missing)
    found = check_worst_case(THEOREM, LOCAL)
    assert found.outcome is Outcome.INAPPLICABLE
    assert found.holds
    assert "certify" in found.evidence


@pytest.mark.parametrize("outcome", [Outcome.VIOLATED, Outcome.INCONCLUSIVE])
def test_what_does_not_hold_does_not_hold(outcome):
    assert not replace(check_worst_case(THEOREM, LOCAL), outcome=outcome).holds
