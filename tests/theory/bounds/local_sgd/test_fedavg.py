"""FedAvg's rates, what sampling costs, and what its best round is promised."""

import pytest
import sympy as sp

from theory.bound import Constants, Side
from theory.catalogue import lookup
from theory.measures import ReportPoint
from theory.notation import symbols

ORDER, LOWER = lookup("fedavg.nonconvex"), lookup("fedavg.strongly_convex.lower")
BEST = lookup("fedavg.nonconvex.yang2021")
VALUES = {
    "num_workers": 8,
    "sampled_workers": 4,
    "local_steps": 3,
    "num_rounds": 50,
    "smoothness": 2.0,
    "strong_convexity": 0.1,
    "gradient_noise": 1.5,
    "dissimilarity": 0.6,
    "dissimilarity_factor": 1.0,
    "greatest_heterogeneity": 0.9,
    "initial_gap": 0.7,
    "outer_step_size": 1.5,
    "step_size": 0.01,
}


def own(item, **changes):
    values = {**VALUES, **changes}
    return {name: values[name] for name in item.parameters}


def test_all_workers_at_once_are_no_sample():
    assert ORDER.evaluate(**own(ORDER, sampled_workers=8)).terms["sampling"] == 0
    half = ORDER.evaluate(**own(ORDER)).terms["sampling"]
    assert half == pytest.approx((0.5 * 2.0 * 0.7 * 0.6**2 / (4 * 50)) ** 0.5)
    with pytest.raises(ValueError, match="S ≤ M"):
        ORDER.value(**own(ORDER, sampled_workers=9))


def test_with_all_workers_it_has_the_exponents_of_the_unified_rate():
    unified = lookup("local_sgd.nonconvex.koloskova2020").exponents("num_rounds")
    found = ORDER.exponents("num_rounds")
    shared = ("optimisation", "statistical", "heterogeneity drift")
    assert {name: found[name] for name in shared} == {name: unified[name] for name in shared}
    assert ORDER.constants is Constants.ORDER


def test_local_steps_cost_what_no_horizon_pays_faster_than_its_square():
    assert LOWER.side is Side.LOWER
    assert LOWER.measure.report_point is ReportPoint.LAST_ROUND
    assert LOWER.value(**own(LOWER)) == pytest.approx(0.6**2 / (0.1 * 50**2))
    with pytest.raises(ValueError, match="2 ≤ K"):
        LOWER.value(**own(LOWER, local_steps=1))
    with pytest.raises(ValueError, match="2 ≤ M"):
        LOWER.value(**own(LOWER, num_workers=1))


def test_the_best_rounds_constant_lies_between_that_of_short_steps_and_the_last_allowed():
    """1/c goes from 2, as for plain descent, to 32 at eta = 1/(8 L K)."""
    plain = 0.7 / (1.5 * 3 * 50)
    shares = [
        BEST.evaluate(**own(BEST, step_size=step)).terms["optimisation"] * step / plain
        for step in (1e-9, 1 / (8 * 2.0 * 3))
    ]
    assert shares == pytest.approx([2, 32])


def test_the_constant_put_in_is_the_supremum_of_those_allowed():
    """With any smaller c the bound is larger, as printed: Delta/(c ...) + (1/c) [...]."""
    K, M, eta, L, sigma, spread, outer = 3, 8, 0.01, 2.0, 1.5, 0.9, 1.5
    top = 0.5 - 30 * K**2 * eta**2 * L**2

    def printed(c):
        noise = L * outer * eta * sigma**2 / (2 * M)
        drift = 5 * K * eta**2 * L**2 / 2 * (sigma**2 + 6 * K * spread**2)
        return 0.7 / (c * outer * eta * K * 50) + (noise + drift) / c

    found = float(BEST.value(**own(BEST)))
    assert found == pytest.approx(printed(top), rel=1e-12)
    assert found < printed(0.999 * top)


@pytest.mark.parametrize(("outer", "limit"), [(1.0, 1 / 48), (20.0, 1 / 120)])
def test_a_large_outer_step_limits_the_local_one(outer, limit):
    changes = {"outer_step_size": outer, "step_size": limit}
    assert BEST.evaluate(**own(BEST, **changes)).holds
    changes["step_size"] = 1.001 * limit
    assert not BEST.evaluate(**own(BEST, **changes)).holds


def test_no_other_terms_units_would_balance_the_drift_as_read():
    """sqrt(L) G over eps^(3/2) is no number of rounds for a squared gradient; this one is."""
    gap, G, L, R = symbols("initial_gap", "dissimilarity", "smoothness", "num_rounds")
    [drift] = [term for term in ORDER.terms if term.name == "heterogeneity drift"]
    accuracy = sp.Symbol("accuracy", positive=True)
    [rounds] = sp.solve(sp.Eq(drift.expression, accuracy), R)
    assert sp.simplify(rounds - L * gap * G / accuracy ** sp.Rational(3, 2)) == 0
