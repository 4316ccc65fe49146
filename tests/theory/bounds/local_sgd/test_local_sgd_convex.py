"""Local SGD on convex functions: limits, the catalogue's closed forms, and exact runs."""

import numpy as np
import pytest

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.readings.moments import moments
from theory.catalogue import lookup

NUMBERS = {
    "num_workers": 4,
    "local_steps": 9,
    "num_rounds": 50,
    "smoothness": 2.0,
    "gradient_noise": 1.5,
    "greatest_heterogeneity": 0.8,
    "heterogeneity_at_optimum": 0.8,
    "initial_distance": 0.7,
    "step_size": 0.005,
}
HOMOGENEOUS, HETEROGENEOUS = "local_sgd.convex_homogeneous", "local_sgd.convex_heterogeneous"
AT_OPTIMUM, ALONE = "local_sgd.convex_at_optimum", f"{HOMOGENEOUS}.single_machine"
EVERY = (HOMOGENEOUS, HETEROGENEOUS, AT_OPTIMUM)


def own(key, changes):
    values = {**NUMBERS, **changes}
    return {name: values[name] for name in lookup(key).parameters}


def value(key, **changes):
    return float(lookup(key).value(**own(key, changes)))


def terms(key, **changes):
    found = lookup(key).evaluate(**own(key, changes)).terms
    return {name: float(item) for name, item in found.items()}


def test_known_numbers():
    found = terms(HOMOGENEOUS, step_size=0.1)
    assert found["optimisation"] == pytest.approx(0.49 / (2 * 0.1 * 450))
    assert found["statistical"] == pytest.approx(0.1 * 2.25 / 8)
    assert found["noise drift"] == pytest.approx(2.0 * 0.01 * 8 * 0.75 * 2.25 / 4)


@pytest.mark.parametrize("key", EVERY)
def test_with_one_local_step_nothing_drifts(key):
    found = terms(key, local_steps=1)
    assert all(item == 0 for name, item in found.items() if "drift" in name)
    share = 1.1 if key == AT_OPTIMUM else 1
    assert value(key, local_steps=1) == pytest.approx(
        share * value("minibatch_sgd.convex", local_steps=1)
    )


@pytest.mark.parametrize("key", [HOMOGENEOUS, HETEROGENEOUS, ALONE])
def test_one_worker_is_one_machine(key):
    alone = {"num_workers": 1, "greatest_heterogeneity": 0.0}
    assert value(key, **alone) == pytest.approx(value("single_machine_sgd.convex", **alone))


@pytest.mark.parametrize(("local_steps", "better"), [(10_000, ALONE), (4, HOMOGENEOUS)])
def test_drift_costs_more_than_one_machine_where_rho_is_large(local_steps, better):
    """rho = K L^2 B^2/(sigma^2 R), here K/100; among many workers, whose noise averages out."""
    changes = {"num_workers": 10**8, "local_steps": local_steps, "num_rounds": 1}
    changes |= {"gradient_noise": 14.0}
    values = {key: value(f"{key}.tuned", **changes) for key in (ALONE, HOMOGENEOUS)}
    assert min(values, key=values.get) == better


def test_without_heterogeneity_only_the_drift_of_noise_is_doubled():
    """The two sources are kept apart by |a + b|^2 <= 2|a|^2 + 2|b|^2."""
    plain, both = terms(HOMOGENEOUS), terms(HETEROGENEOUS, greatest_heterogeneity=0.0)
    assert both["noise drift"] == pytest.approx(2 * plain["noise drift"])
    assert both["heterogeneity drift"] == 0
    assert both["statistical"] == plain["statistical"]


def test_without_noise_all_workers_that_are_alike_do_gradient_descent():
    assert value(HOMOGENEOUS, gradient_noise=0.0) == pytest.approx(0.49 / (2 * 0.005 * 450))


def test_the_constants_at_the_optimum_are_at_most_the_rounded_ones():
    """0.55, 0.55, 1.2 eta^2 K^2 L zeta_*^2 and 0.6 eta^2 K L sigma^2."""
    found = terms(AT_OPTIMUM)
    eta, L, M, K, T = 0.005, 2.0, 4, 9, 450
    assert found["optimisation"] == pytest.approx(0.55 * 0.49 / (eta * T))
    assert found["statistical"] == pytest.approx(0.55 * eta * 2.25 / M)
    assert found["heterogeneity drift"] <= 1.2 * L * eta**2 * K**2 * 0.64
    assert found["noise drift"] <= 0.6 * L * eta**2 * K * 2.25


def closed_forms(numbers):
    """The tuned bounds of the catalogue and the step sizes they are stated for."""
    M, K, R = (numbers[name] for name in ("num_workers", "local_steps", "num_rounds"))
    L, s, B = (numbers[name] for name in ("smoothness", "gradient_noise", "initial_distance"))
    z = numbers["greatest_heterogeneity"]
    T = K * R
    stat, drift = s * B / np.sqrt(M * T), np.cbrt(L * s**2 * B**4 / K) / R ** (2 / 3)
    apart = np.cbrt(L * z**2 * B**4) / R ** (2 / 3)
    steps = [1 / L, B / s * np.sqrt(M / T), np.cbrt(B**2 / (L * s**2 * K * T))]
    base = {"optimisation": L * B**2 / (2 * T), "statistical": stat}
    yield HOMOGENEOUS, min(steps), {**base, "noise drift": 3 / 4 * drift}
    steps.append(np.cbrt(B**2 / (L * z**2 * K**2 * T)))
    both = {"noise drift": drift, "heterogeneity drift": 5 / 6 * apart}
    yield HETEROGENEOUS, min(steps), base | both
    steps[0] = 1 / (6 * L * K)
    base = {"optimisation": 3.3 * L * B**2 / R, "statistical": 1.1 * stat}
    yield (
        AT_OPTIMUM,
        min(steps),
        base
        | {
            "noise drift": 1.15 * drift,
            "heterogeneity drift": 1.75 * apart,
        },
    )


@pytest.mark.parametrize("seed", range(20))
def test_closed_forms_dominate_the_bound_at_their_own_step_size(seed):
    """And the corollaries derived here are within 6% of them, term by term."""
    rng = np.random.default_rng(seed)
    numbers = {name: float(10 ** rng.uniform(-2, 2)) for name in NUMBERS}
    numbers["heterogeneity_at_optimum"] = numbers["greatest_heterogeneity"]
    for name in ("num_workers", "local_steps", "num_rounds"):
        numbers[name] = int(np.ceil(numbers[name]))
    for key, step_size, form in closed_forms(numbers):
        assert value(key, **{**numbers, "step_size": step_size}) <= sum(form.values()) * (1 + 1e-9)
        for name, ours in terms(f"{key}.tuned", **numbers).items():
            assert ours <= 1.06 * form[name], (key, name)


@pytest.mark.parametrize("step_size", [0.02, 0.1, 0.5])
@pytest.mark.parametrize("shared", [True, False])
def test_exact_runs_on_parabolas_stay_below(step_size, shared):
    """With one Hessian and no tilts the homogeneous bounds; with several that of zeta_*."""
    problem = Quadratic(
        num_workers=3,
        size=4,
        smoothness=2.0,
        heterogeneity=0.0 if shared else 1.0,
        shared_hessian=shared,
        gradient_noise=0.6,
        start=0.7,
    )
    local_steps = 4 if shared else 2
    step_size = step_size if shared else step_size / 12
    algorithm = LocalSGD(local_steps=local_steps, step_size=step_size)
    found = moments(algorithm, problem, num_rounds=12).trajectory.final_averages["objective"]
    numbers = {"num_workers": 3, "local_steps": local_steps, "num_rounds": 12}
    numbers |= {"gradient_noise": 0.6, "heterogeneity_at_optimum": 1.0, "step_size": step_size}
    for key in (HOMOGENEOUS, ALONE) if shared else (AT_OPTIMUM,):
        assert 0 < float(found) <= value(key, **numbers)
