from dataclasses import replace

import numpy as np
import pytest
from PEPit import PEP, Expression
from PEPit.functions import (
    SmoothConvexFunction,
    SmoothFunction,
    SmoothStronglyConvexFunction,
)

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.components.inner_rule import HeavyBall, WeightDecay
from empirical.readings.distribute import distribute
from empirical.readings.linear.linear_form import NotLinear
from empirical.readings.performance_estimation.semidefinite import Unbounded
from empirical.readings.performance_estimation.setting import FunctionClass, Setting, Summary
from empirical.readings.simulate import simulate
from empirical.readings.worst_case import tuned_step_size, worst_case
from theory.measures import Quantity

NONCONVEX = Setting(function_class=FunctionClass(lowest=-1), initial_gap=1, heterogeneity=1)
CONVEX = Setting(
    function_class=FunctionClass(lowest=0),
    initial_distance=1,
    heterogeneity_at_optimum=1,
    quantity=Quantity.SUBOPTIMALITY,
)
STRONG = replace(CONVEX, function_class=FunctionClass(lowest=0.2, smoothness=2), initial_distance=3)
LOCAL = LocalSGD(local_steps=2, step_size=0.1)
OVERLAP = OverlapLocalSGD(local_steps=2, step_size=0.1, pullback=0.6, anchor_momentum=0.5)


def measured(trajectory, setting):
    """The measure of a setting in a run with a single seed."""
    square = setting.quantity is Quantity.SQUARED_GRADIENT_NORM
    name = "squared_gradient_norm" if square else "objective"
    values = trajectory.values[name][0]
    picked = {
        Summary.TIME_AVERAGE: trajectory.final_averages[name][0],
        Summary.BEST: values[:-1].min(),
        Summary.LAST: values[-1],
    }
    return float(picked[setting.summary])


@pytest.mark.parametrize("num_iterates", [1, 2, 5])
def test_gradient_descent_on_smooth_functions(num_iterates):
    """4 L Delta / (3 n - 1) for the best of n iterates, with step 1/L."""
    L, gap = 3.0, 0.5
    setting = Setting(
        function_class=FunctionClass(lowest=-L, smoothness=L),
        initial_gap=gap,
        summary=Summary.BEST,
    )
    descent = LocalSGD(local_steps=1, step_size=1 / L)
    found = worst_case(descent, setting, num_rounds=num_iterates, num_workers=1)
    assert found.value == pytest.approx(4 * L * gap / (3 * num_iterates - 1), rel=1e-6)
    assert found.gap == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("num_steps", [1, 4])
def test_gradient_descent_on_convex_functions(num_steps):
    """L B^2 / (4 n + 2) at the end, with step 1/L (Drori and Teboulle)."""
    setting = replace(
        CONVEX,
        function_class=FunctionClass(lowest=0, smoothness=2),
        initial_distance=3,
        summary=Summary.LAST,
    )
    descent = LocalSGD(local_steps=1, step_size=0.5)
    found = worst_case(descent, setting, num_rounds=num_steps, num_workers=1)
    assert found.value == pytest.approx(2 * 9 / (4 * num_steps + 2), rel=1e-6)


@pytest.mark.parametrize("num_workers", [None, 2])
def test_local_gradient_descent_as_others_have_computed_it(num_workers):
    convex = replace(CONVEX, summary=Summary.AVERAGED_ITERATE)
    local = LocalSGD(local_steps=3, step_size=1 / 12)
    found = worst_case(local, convex, num_rounds=3, num_workers=num_workers)
    assert found.value == pytest.approx(0.30199, abs=5e-6)
    local = LocalSGD(local_steps=3, step_size=1 / 18)
    found = worst_case(local, NONCONVEX, num_rounds=3, num_workers=num_workers)
    assert found.value == pytest.approx(1.3264, abs=5e-5)


@pytest.mark.parametrize("num_workers", [2, 3, 4])
@pytest.mark.parametrize("setting", [NONCONVEX, STRONG])
@pytest.mark.parametrize("algorithm", [LOCAL, OVERLAP])
def test_one_representative_says_what_all_workers_say(algorithm, setting, num_workers):
    short = worst_case(algorithm, setting, num_rounds=2)
    full = worst_case(algorithm, setting, num_rounds=2, num_workers=num_workers)
    assert short.num_workers is None
    assert full.value == pytest.approx(short.value, rel=1e-5)


@pytest.mark.parametrize("num_workers", [2, 3])
@pytest.mark.parametrize("algorithm", [LOCAL, OVERLAP, replace(LOCAL, inner_rule=HeavyBall(0.5))])
@pytest.mark.parametrize(
    "setting",
    [
        NONCONVEX,
        replace(NONCONVEX, function_class=FunctionClass(lowest=-0.3), summary=Summary.LAST),
        replace(NONCONVEX, heterogeneity=0),
        CONVEX,
        replace(STRONG, summary=Summary.LAST),
        replace(CONVEX, heterogeneity_at_optimum=0, summary=Summary.LAST),
        replace(CONVEX, heterogeneity=0.5, quantity=Quantity.SQUARED_GRADIENT_NORM),
    ],
)
def test_its_functions_attain_it(algorithm, setting, num_workers):
    certified = worst_case(algorithm, setting, num_rounds=2)
    problem = certified.problem(num_workers)
    assert problem.num_workers == num_workers
    trajectory = simulate(algorithm, problem, num_rounds=2, seeds=(0,))
    assert measured(trajectory, setting) == pytest.approx(certified.value, rel=1e-5)
    if setting.heterogeneity is not None:
        assert trajectory.values["dissimilarity"][0, 0] <= setting.heterogeneity**2 + 1e-6


@pytest.mark.parametrize("algorithm", [LOCAL, OVERLAP, MinibatchSGD(local_steps=3, step_size=0.5)])
def test_one_worker(algorithm):
    certified = worst_case(algorithm, NONCONVEX, num_rounds=2, num_workers=1)
    trajectory = simulate(algorithm, certified.problem(1), num_rounds=2, seeds=(0,))
    assert measured(trajectory, NONCONVEX) == pytest.approx(certified.value, rel=1e-5)


@pytest.mark.ranks
@pytest.mark.parametrize("setting", [NONCONVEX, CONVEX])
@pytest.mark.parametrize("algorithm", [LOCAL, OVERLAP])
def test_its_functions_attain_it_on_ranks(algorithm, setting):
    certified = worst_case(algorithm, setting, num_rounds=2)
    settings = {"num_ranks": 2, "num_rounds": 2, "seeds": (0,)}
    for outcome in distribute(algorithm, certified.problem(2), **settings):
        assert measured(outcome.trajectory, setting) == pytest.approx(certified.value, rel=1e-5)


@pytest.mark.parametrize("step_size", [0.1, 0.4])
@pytest.mark.parametrize("num_workers", [None, 2])
def test_functions_never_fall_below_their_infimum(step_size, num_workers):
    """The first solution of these programs does, and is cut; the value stays."""
    local = replace(LOCAL, step_size=step_size)
    certified = worst_case(local, NONCONVEX, num_rounds=2, num_workers=num_workers)
    before = certified._model.extremal(NONCONVEX, 2).descents(0)[0][0]
    assert before < -1e-4 or (num_workers is None and step_size == 0.1)
    tight = certified.tightened(2)
    assert tight._model.extremal(NONCONVEX, 2).descents(99)[0][0] > -1e-5
    assert tight.value == pytest.approx(certified.value, rel=1e-6)


def test_units():
    """L = 3 and Delta = 5 give 15 times the value of 1 and 1, all else free of units alike."""
    scaled = Setting(
        function_class=FunctionClass(lowest=-3, smoothness=3),
        initial_gap=5,
        heterogeneity=15**0.5,
    )
    plain = worst_case(LOCAL, NONCONVEX, num_rounds=2)
    found = worst_case(replace(LOCAL, step_size=0.1 / 3), scaled, num_rounds=2)
    assert found.value == pytest.approx(15 * plain.value, rel=1e-6)
    trajectory = simulate(
        replace(LOCAL, step_size=0.1 / 3), found.problem(2), num_rounds=2, seeds=(0,)
    )
    assert measured(trajectory, scaled) == pytest.approx(found.value, rel=1e-5)


def test_both_bounds_on_the_start():
    both = replace(STRONG, initial_gap=1, initial_distance=1.2)
    value, *alone = (
        worst_case(LOCAL, replace(both, **less), num_rounds=2).value
        for less in ({}, {"initial_gap": None}, {"initial_distance": None})
    )
    assert value < min(alone) * (1 - 1e-3)
    idle = worst_case(LOCAL, replace(both, initial_distance=20), num_rounds=2)
    assert idle.value == pytest.approx(alone[1], rel=1e-5)
    longer = replace(  # the same with x measured in a unit that is shorter by sqrt(2)
        both,
        function_class=FunctionClass(lowest=0.1, smoothness=1),
        initial_distance=1.2 * 2**0.5,
        heterogeneity_at_optimum=0.5**0.5,
    )
    again = worst_case(replace(LOCAL, step_size=0.2), longer, num_rounds=2)
    assert again.value == pytest.approx(value, rel=1e-6)


def test_heterogeneity_everywhere_holds_at_the_optimum_too():
    def value(**changes):
        return worst_case(LOCAL, replace(CONVEX, **changes), num_rounds=2).value

    everywhere = value(heterogeneity=0.5, heterogeneity_at_optimum=None)
    assert value(heterogeneity=0.5) == pytest.approx(everywhere, rel=1e-6)
    assert value(heterogeneity=0.5, heterogeneity_at_optimum=0.1) < (1 - 3e-4) * everywhere


@pytest.mark.parametrize("setting", [NONCONVEX, CONVEX])
def test_workers_that_differ_at_will_have_no_worst_case(setting):
    free = replace(setting, heterogeneity=None, heterogeneity_at_optimum=None)
    with pytest.raises(Unbounded, match="no finite maximum"):
        worst_case(LOCAL, free, num_rounds=2)
    assert worst_case(replace(LOCAL, local_steps=1), free, num_rounds=2).value < 2


def test_weight_decay_is_refused():
    with pytest.raises(NotLinear, match="local_sgd pulls towards the origin"):
        worst_case(replace(LOCAL, inner_rule=WeightDecay(0.1)), NONCONVEX, num_rounds=1)


def test_a_worst_case_for_some_workers_has_no_problem_for_others():
    certified = worst_case(LOCAL, NONCONVEX, num_rounds=1, num_workers=3)
    with pytest.raises(ValueError, match="num_workers=2 must be 3"):
        certified.problem(2)
    assert certified.problem().num_workers == 3
    with pytest.raises(ValueError, match="num_workers=1 must be >= 2"):
        worst_case(LOCAL, NONCONVEX, num_rounds=1).problem(1)


def test_the_best_step_size_is_no_worse_than_others():
    setting = replace(CONVEX, summary=Summary.AVERAGED_ITERATE)
    best = tuned_step_size(LOCAL, setting, num_rounds=2, low=0.01, high=1)
    assert 0.02 < best < 0.9

    def value(step_size):
        return worst_case(replace(LOCAL, step_size=step_size), setting, num_rounds=2).value

    assert value(best) <= min(value(0.9 * best), value(1.1 * best))
    with pytest.raises(ValueError, match="low=1 and high=0"):
        tuned_step_size(LOCAL, setting, num_rounds=2, low=1, high=0)


def drawn(seed):
    """A random method with two workers, a random setting, and R."""
    rng = np.random.default_rng(seed)
    K, R = int(rng.integers(1, 3)), int(rng.integers(1, 3))
    lowest = [-1, -1, 0, 0.2, 0][seed % 5]
    step_size = float(rng.uniform(0.05, 0.6))
    algorithm = LocalSGD(local_steps=K, step_size=step_size)
    if seed % 2:
        pullback = float(rng.uniform(0.2, 0.8))
        algorithm = OverlapLocalSGD(local_steps=K, step_size=step_size, pullback=pullback)
    zeta = float(rng.uniform(0.2, 1.5))
    setting = Setting(
        function_class=FunctionClass(lowest=lowest),
        initial_gap=1 if lowest < 0 or seed == 7 else None,
        initial_distance=1 if lowest >= 0 else None,
        heterogeneity=zeta if lowest < 0 else None,
        heterogeneity_at_optimum=zeta if lowest >= 0 else None,
        quantity=list(Quantity)[int(rng.integers(2))],
        summary=list(Summary)[int(rng.integers(4))],
    )
    return algorithm, setting, R


def by_hand(algorithm, start, gradients, num_rounds):
    """Report points of Local and of Overlap-Local-SGD of two workers, on any kind of vector."""
    K, eta = algorithm.local_steps, algorithm.step_size
    alpha = getattr(algorithm, "pullback", None)
    x, z, reports = [start, start], start, [start]
    for _ in range(num_rounds):
        for k in range(1, K + 1):
            x = [
                point - eta * gradient(point) for point, gradient in zip(x, gradients, strict=True)
            ]
            mean = (x[0] + x[1]) / 2
            if alpha is None:
                x = [mean, mean] if k == K else x
                reports.append(mean)
                continue
            if k == K:
                x = [(1 - alpha) * point + alpha * z for point in x]
                z = (x[0] + x[1]) / 2
                mean = z
            reports.append((1 - alpha) * mean + alpha * z)
    return reports


def by_pepit(algorithm, setting, num_rounds):
    """The same worst case, written down in PEPit from scratch."""
    pep, lowest = PEP(), setting.function_class.lowest
    kind, parameters = SmoothFunction, {"L": 1.0}
    if lowest >= 0:
        kind = SmoothStronglyConvexFunction if lowest else SmoothConvexFunction
        parameters |= {"mu": float(lowest)} if lowest else {}
    functions = [pep.declare_function(kind, **parameters) for _ in range(2)]
    F = (functions[0] + functions[1]) / 2
    start = pep.set_initial_point()
    if lowest >= 0:
        optimum = F.stationary_point()
        infimum = F(optimum)
        apart = functions[0].gradient(optimum) - functions[1].gradient(optimum)
        pep.set_initial_condition(apart**2 / 4 <= setting.heterogeneity_at_optimum**2)
    else:
        infimum = Expression()
    reports = by_hand(algorithm, start, [f.gradient for f in functions], num_rounds)
    if setting.initial_gap:
        pep.set_initial_condition(F(start) - infimum <= setting.initial_gap)
    if setting.initial_distance:
        pep.set_initial_condition((start - optimum) ** 2 <= setting.initial_distance**2)
    measured = reports[:-1]
    if setting.summary is Summary.LAST:
        measured = reports[-1:]
    if setting.summary is Summary.AVERAGED_ITERATE:
        measured = [sum(reports[1:-1], start) / (len(reports) - 1)]
    common = {id(point): point for point in [start, *measured]}
    if not hasattr(algorithm, "pullback"):  # rounds start at common points
        common |= {id(point): point for point in reports[: -1 : algorithm.local_steps]}
    for point in common.values() if lowest < 0 else []:
        apart = functions[0].gradient(point) - functions[1].gradient(point)
        pep.add_constraint(apart**2 / 4 <= setting.heterogeneity**2)
        pep.add_constraint(infimum <= F(point) - F.gradient(point) ** 2 / 2)
    square = setting.quantity is Quantity.SQUARED_GRADIENT_NORM
    values = [F.gradient(y) ** 2 if square else F(y) - infimum for y in measured]
    for value in values if setting.summary is Summary.BEST else [sum(values[1:], values[0])]:
        pep.set_performance_metric(value)
    total = pep.solve(wrapper="cvxpy", solver="CLARABEL", verbose=0)
    return total / len(values) if setting.summary is Summary.TIME_AVERAGE else total


@pytest.mark.filterwarnings("ignore")  # PEPit's and cvxpy's own; their value is what is compared
@pytest.mark.parametrize("seed", range(20))
def test_pepit_agrees(seed):
    algorithm, setting, num_rounds = drawn(seed)
    found = worst_case(algorithm, setting, num_rounds=num_rounds)
    expected = by_pepit(algorithm, setting, num_rounds)
    assert found.value == pytest.approx(expected, rel=1e-4)
