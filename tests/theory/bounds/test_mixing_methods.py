"""The table of the four numbers against the weights of the algorithms as they run."""

import numpy as np
import pytest
import sympy as sp

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.overlap.cocod_sgd import CoCoDSGD
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.algorithms.wrappers.diloco import DiLoCo
from empirical.algorithms.wrappers.slowmo import SlowMo
from empirical.components.inner_rule import Plain
from empirical.readings.mixing import mixing
from theory.bounds.mixing_methods import TABLE, alpha
from theory.bounds.theorem_g import numbers_of, theorem_g
from theory.notation import GLOSSARY, symbols

K, eta, L = symbols("local_steps", "step_size", "smoothness")
NAMES = ("C_w", "N_w", "C_m", "N_m")
ROUNDS = 12
SLACK = 1 + 1e-9


def values(name, **fields):
    """The numbers of a row at values of its fields."""
    at = {GLOSSARY[key].symbol: sp.Rational(str(value)) for key, value in fields.items()}
    row = vars(TABLE[name].numbers)
    return {key: float(sp.sympify(item).subs(at)) for key, item in row.items()}


def read(name, steps, fields):
    """The algorithm of a row, as it is run."""
    shared = {"local_steps": steps, "step_size": 0.1}
    kinds = {
        "local_sgd": LocalSGD,
        "overlap_local_sgd": OverlapLocalSGD,
        "overlap_local_sgd.momentum": OverlapLocalSGD,
        "cocod_sgd": CoCoDSGD,
        "slowmo": SlowMo,
        "slowmo.bmuf": SlowMo,
        "slowmo.lookahead": SlowMo,
    }
    if name == "diloco":
        return DiLoCo(inner_rule=Plain(), **shared, **fields)
    own = {key: value for key, value in TABLE[name].fixes if key != "exact_average"}
    return kinds[name](**shared, **own, **fields)


SETTINGS = [
    ("local_sgd", {}),
    ("overlap_local_sgd", {"pullback": 0.3}),
    ("overlap_local_sgd", {"pullback": 0.9}),
    ("overlap_local_sgd.momentum", {"pullback": 0.6, "anchor_momentum": 0.7}),
    ("overlap_local_sgd.momentum", {"pullback": 0.9, "anchor_momentum": 0.9}),
    ("overlap_local_sgd.momentum", {"pullback": 0.1, "anchor_momentum": 0.2}),
    ("cocod_sgd", {}),
    ("slowmo", {"slow_step_size": 1.0, "slow_momentum": 0.7}),
    ("slowmo", {"slow_step_size": 0.3, "slow_momentum": 0.2}),
    ("slowmo.bmuf", {"slow_momentum": 0.5}),
    ("slowmo.lookahead", {"slow_step_size": 0.5}),
    ("diloco", {"outer_step_size": 0.7, "outer_momentum": 0.9}),
    ("diloco", {"outer_step_size": 0.5, "outer_momentum": 0.3}),
]


@pytest.mark.parametrize(("name", "fields"), SETTINGS)
@pytest.mark.parametrize("steps", [1, 3])
def test_the_table_is_above_what_the_algorithm_does(name, fields, steps):
    """And equal in eta_hat; within a factor of 30 in what is not 0, so that it says something."""
    found, claimed = mixing(read(name, steps, fields)), values(name, local_steps=steps, **fields)
    assert claimed["effective_step"] == pytest.approx(found.effective_step, rel=1e-9)
    exact = vars(numbers_of(*found.weights(ROUNDS), effective_step=found.effective_step))
    for key in NAMES:
        assert float(exact[key]) <= claimed[key] * SLACK + 1e-12
        assert claimed[key] <= 30 * float(exact[key]) + 1e-9


def gossip_weights(steps, rate, first):
    """Weights over time of a worst direction of W: rate^(n - first), n rounds later."""
    t, s = np.indices((steps * ROUNDS, steps * ROUNDS))
    later = t // steps - s // steps
    powers = np.power(rate, np.maximum(later - first, 0.0))
    return np.where(s < t, np.where(later > 0, powers, 1.0), 0.0)


@pytest.mark.parametrize(("name", "first"), [("oldsgd", 1), ("decentralized_sgd", 0)])
@pytest.mark.parametrize(("steps", "rate"), [(1, 0.5), (3, 0.9), (3, 0.0)])
def test_the_table_is_above_what_gossip_does_in_its_worst_direction(name, first, steps, rate):
    weights = gossip_weights(steps, rate, first)
    exact = vars(numbers_of(weights, np.zeros_like(weights), effective_step=1.0))
    claimed = values(name, local_steps=steps, mixing_rate=rate)
    for key in NAMES:
        assert float(exact[key]) <= claimed[key] * SLACK


def same(left, right):
    return all(sp.simplify(left[key] - right[key]) == 0 for key in right)


def row(name, **fields):
    at = {GLOSSARY[key].symbol: value for key, value in fields.items()}
    return {key: sp.sympify(item).subs(at) for key, item in vars(TABLE[name].numbers).items()}


REDUCTIONS = [
    (row("overlap_local_sgd.momentum", anchor_momentum=0), row("overlap_local_sgd")),
    (row("slowmo", slow_step_size=1, slow_momentum=0), row("local_sgd")),
    (row("diloco", outer_step_size=1, outer_momentum=0), row("local_sgd")),
    (row("oldsgd", mixing_rate=0), row("cocod_sgd")),
    (row("decentralized_sgd", mixing_rate=0), row("local_sgd")),
    (row("slowmo", slow_step_size=1), row("slowmo.bmuf")),
    (row("slowmo", slow_momentum=0), row("slowmo.lookahead")),
]


@pytest.mark.parametrize(("general", "special"), REDUCTIONS)
def test_rows_reduce_to_each_other(general, special):
    assert same(general, special)


def test_gossip_of_gap_alpha_weighs_deviations_as_overlap_does():
    gossip, overlap = row("decentralized_sgd", mixing_rate=1 - alpha), row("overlap_local_sgd")
    assert same(gossip, {key: overlap[key] for key in ("C_w", "N_w")})


@pytest.mark.parametrize(("name", "fields"), SETTINGS)
@pytest.mark.parametrize("steps", [1, 5])
def test_the_conditions_hold_at_the_cap_and_fail_well_beyond(name, fields, steps):
    at = {GLOSSARY[key].symbol: value for key, value in fields.items()} | {K: steps, L: 1}
    method = TABLE[name]
    _, conditions = theorem_g(method.numbers)
    cap = float(method.cap.subs(at))
    assert all(relation.lhs.subs({**at, eta: cap}) <= 1 + 1e-12 for relation in conditions)
    assert any(relation.lhs.subs({**at, eta: 12 * cap}) > 1 for relation in conditions)


@pytest.mark.parametrize(
    ("weigh", "best", "times"),
    [
        (lambda n: n.N_w / n.effective_step**2 / (K / 2), 0.36, 5.8),
        (lambda n: n.C_w / n.effective_step**2 / (K**2 / 2), 0.54, 23.0),
        (lambda n: 1 / (alpha * n.effective_step), 0.5, 4.0),
    ],
    ids=["noise drift", "heterogeneity drift", "optimisation"],
)
def test_the_pull_back_that_theory_likes_best_at_one_effective_step(weigh, best, times):
    """For many local steps, in multiples of Local SGD's."""
    function = sp.lambdify(alpha, weigh(TABLE["overlap_local_sgd"].numbers).subs(K, 10**7))
    grid = np.linspace(0.05, 0.95, 901)
    found = function(grid)
    assert grid[np.argmin(found)] == pytest.approx(best, abs=0.006)
    assert found.min() == pytest.approx(times, rel=0.02)
