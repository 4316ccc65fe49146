"""Cooperative SGD's corollaries, its limits, and what was found in Theorem 3."""

import numpy as np
import pytest
import sympy as sp

from theory.catalogue import lookup
from theory.measures import ReportPoint
from theory.notation import symbols
from theory.notation.letters import K, M, T, eta
from theory.tuning.best_step_size import largest_step_size

v, rate, L, sigma = symbols("auxiliary_variables", "mixing_rate", "smoothness", "gradient_noise")
GENERAL = lookup("cooperative_sgd.nonconvex_homogeneous")
VALUES = {
    "num_workers": 4,
    "local_steps": 3,
    "num_rounds": 2000,
    "smoothness": 2.0,
    "gradient_noise": 1.5,
    "heterogeneity": 0.4,
    "initial_gap": 0.7,
    "auxiliary_variables": 2,
    "mixing_rate": 0.3,
    "step_size": 1e-3,
}


def own(item, **changes):
    values = {**VALUES, **changes}
    return {name: values[name] for name in item.parameters}


def same_terms(left, right):
    assert [item.name for item in left] == [item.name for item in right]
    for one, other in zip(left, right, strict=True):
        assert sp.simplify(one.expression - other.expression) == 0, one.name


def put_in(values):
    return [type(term)(term.name, term.expression.subs(values)) for term in GENERAL.terms]


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("local_sgd.nonconvex_homogeneous.wang2021", {v: 0, rate: 0}),
        ("decentralized_sgd.nonconvex_homogeneous.wang2021", {v: 0, K: 1}),
        ("easgd.nonconvex_homogeneous", {v: 1, rate: M / (M + 2)}),
    ],
)
def test_corollaries_are_theorem_1_with_their_numbers(key, values):
    same_terms(put_in(values), lookup(key).terms)


def test_the_printed_constant_of_theorem_3_is_valid_but_no_substitution():
    """By (M+1)^2 (K-1)/M over step^2 L^2 sigma^2, the factor (M+1)/2 included in both."""
    printed, exact = (
        lookup(f"easgd.nonconvex_homogeneous{suffix}").terms[2].expression
        for suffix in (".as_printed", "")
    )
    scale = (M / (M + 1) * eta) ** 2 * L**2 * sigma**2
    excess = sp.simplify((printed - exact) / scale)
    assert sp.simplify(excess - (M + 1) ** 2 * (K - 1) / M) == 0
    assert excess.subs(K, 1) == 0


def test_theorem_2_doubles_theorem_1_and_no_less():
    general, unlike = GENERAL.evaluate(**own(GENERAL)), lookup("cooperative_sgd.nonconvex")
    found = unlike.evaluate(**own(unlike))
    for name, value in general.terms.items():
        assert found.terms[name] == pytest.approx(2 * value, rel=1e-14)
    local = unlike.terms[-1].expression.subs({rate: 0})
    zeta = symbols("heterogeneity")[0]
    assert sp.simplify(local - 6 * eta**2 * L**2 * K * (K - 1) * zeta**2) == 0


def test_theorem_2_allows_the_step_size_that_its_constant_halves():
    """zeta_W = 0 and v = 0: 6 eta^2 L^2 K (K-1) <= 1/2."""
    unlike = lookup("cooperative_sgd.nonconvex")
    values = own(unlike, mixing_rate=0.0, auxiliary_variables=0)
    del values["step_size"]
    assert largest_step_size(unlike, values) == pytest.approx(1 / (2.0 * np.sqrt(12 * 3 * 2)))


def test_at_one_step_size_auxiliary_variables_cost_no_network_error():
    terms = [GENERAL.evaluate(**own(GENERAL, auxiliary_variables=n)).terms for n in (0, 9)]
    assert terms[0]["network error"] == pytest.approx(terms[1]["network error"], rel=1e-14)
    assert terms[0]["optimisation"] < terms[1]["optimisation"]


def test_a_step_a_round_with_a_perfect_mean_has_no_network_error():
    found = GENERAL.evaluate(**own(GENERAL, local_steps=1, mixing_rate=0.0)).terms
    assert found["network error"] == 0


def test_corollary_1_is_printed_as_it_comes_out():
    found = lookup("cooperative_sgd.nonconvex_homogeneous.linear_speedup")
    Delta = symbols("initial_gap")[0]
    share = ((1 + rate**2) / (1 - rate**2) * K - 1) * (1 + v / M) ** 2
    printed = (2 * L * Delta + sigma**2) / sp.sqrt(M * T) + M / T * share * sigma**2
    assert sp.simplify(found.expression - printed) == 0
    assert found.source.locator == "Corollary 1"


@pytest.mark.parametrize("workers", [1, 3, 16])
@pytest.mark.parametrize("mixing", [0.0, 0.5, 0.9])
def test_the_printed_horizons_imply_the_conditions_of_the_theorem(workers, mixing):
    """At T = 10 M ((1+v/M) K/(1-zeta_W))^2 the theorem's condition is 1/sqrt(10) + 1/2 at most."""
    item = lookup("cooperative_sgd.nonconvex_homogeneous.linear_speedup")
    reach = (1 + 2 / workers) * 5 / (1 - mixing)
    rounds = int(np.ceil(10 * workers * reach**2 / 5))
    values = own(item, num_workers=workers, mixing_rate=mixing, local_steps=5, num_rounds=rounds)
    [condition] = item.evaluate(**values).conditions
    assert condition.left <= 10**-0.5 + 0.5


@pytest.mark.parametrize("workers", [1, 3, 16])
@pytest.mark.parametrize("mixing", [0.0, 0.5, 0.9])
def test_a_long_run_hides_the_network_error(workers, mixing):
    short, long = (
        lookup(f"cooperative_sgd.nonconvex_homogeneous.{name}")
        for name in ("linear_speedup", "long_run")
    )
    reach = ((1 + 2 / workers) * 3 / (1 - mixing)) ** 2
    rounds = int(np.ceil(max(10, (workers + 2) ** 2) * workers * reach / 3))
    changes = {"num_workers": workers, "mixing_rate": mixing, "num_rounds": rounds}
    values = own(long, **changes)
    assert short.value(**values) <= long.value(**values)
    with pytest.raises(ValueError, match="condition"):
        long.value(**own(long, **{**changes, "num_rounds": rounds // 2}))


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        # eta = 1/2, L = 2, M = 4, K = 3, v = 2, zeta_W = 1/2: eta L = 1, M/(M+v) eta L = 2/3
        ("cooperative_sgd.nonconvex_homogeneous", 2 / 3 + 5 * 4 / 9 * (1.5 * 3 * 2) ** 2),
        ("local_sgd.nonconvex_homogeneous.wang2021", 1 + 3 * 2),
        ("decentralized_sgd.nonconvex_homogeneous.wang2021", 1 + 2 * (1 / 3 + 2)),
        ("easgd.nonconvex_homogeneous", 4 / 5 + 5 * (3 * 6 / 2) ** 2),
        ("easgd.nonconvex_homogeneous.as_printed", 4 / 5 + 5 * (3 * 6 / 2) ** 2),
    ],
)
def test_conditions_by_hand(key, expected):
    item = lookup(key)
    [condition] = item.evaluate(**own(item, step_size=0.5, mixing_rate=0.5)).conditions
    assert condition.left == pytest.approx(expected)
    assert condition.right == 1


def test_it_speaks_of_u_unless_nothing_is_auxiliary():
    points = {
        "cooperative_sgd.nonconvex": ReportPoint.AUXILIARY_MEAN,
        "easgd.nonconvex_homogeneous": ReportPoint.AUXILIARY_MEAN,
        "local_sgd.nonconvex_homogeneous.wang2021": ReportPoint.MEAN_ITERATE,
        "decentralized_sgd.nonconvex_homogeneous.wang2021": ReportPoint.MEAN_ITERATE,
    }
    assert {key: lookup(key).measure.report_point for key in points} == points
