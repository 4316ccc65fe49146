"""Local SGD on strongly convex functions: recursions, limits, and what is commonly stated."""

import pytest

from theory.catalogue import lookup
from theory.tuning.best_step_size import best_step_size

NUMBERS = {
    "num_workers": 4,
    "local_steps": 9,
    "num_rounds": 50,
    "smoothness": 2.0,
    "strong_convexity": 0.3,
    "gradient_noise": 1.5,
    "initial_distance": 0.7,
    "step_size": 0.1,
}
WEIGHTED, DISTANCE = "local_sgd.strongly_convex", "local_sgd.strongly_convex.last_distance"


def value(key, **changes):
    values = {**NUMBERS, **changes}
    return float(lookup(key).value(**{name: values[name] for name in lookup(key).parameters}))


def added(changes):
    n = {**NUMBERS, **changes}
    eta, square, M = n["step_size"], n["gradient_noise"] ** 2, n["num_workers"]
    drift = (n["local_steps"] - 1) * (1 - 1 / M) * eta**2 * square
    return eta * square / M + n["smoothness"] * drift


@pytest.mark.parametrize("step_size", [1e-3, 0.1, 0.5])
def test_the_distance_is_its_recursion(step_size):
    square = 0.49
    for _ in range(450):
        square = (1 - 0.3 * step_size) * square + step_size * added({"step_size": step_size})
    assert value(DISTANCE, step_size=step_size) == pytest.approx(square)


@pytest.mark.parametrize("step_size", [1e-3, 0.1, 0.5])
def test_both_are_at_most_what_is_commonly_stated(step_size):
    """(mu B^2/2) q^T/(1 - q^T) and q^T B^2, plus noise over 1 and mu/2, with q = 1 - eta mu/2."""
    power = (1 - 0.15 * step_size) ** 450
    noise = added({"step_size": step_size})
    common = 0.15 * 0.49 * power / (1 - power) + noise
    assert value(WEIGHTED, step_size=step_size) == pytest.approx(common)
    assert value(DISTANCE, step_size=step_size) < power * 0.49 + noise / 0.15


def test_without_strong_convexity_it_is_twice_the_convex_bound():
    flat = {"strong_convexity": 1e-12, "local_steps": 1}
    convex = lookup("local_sgd.convex_homogeneous")
    values = {**NUMBERS, **flat}
    expected = 2 * convex.value(**{name: values[name] for name in convex.parameters})
    assert value(WEIGHTED, **flat) == pytest.approx(float(expected))


def test_with_more_rounds_the_best_step_size_falls_and_the_bound_like_log_over_rounds():
    known = {name: NUMBERS[name] for name in lookup(WEIGHTED).parameters if name != "step_size"}
    choices = [best_step_size(lookup(WEIGHTED), {**known, "num_rounds": r}) for r in (10**3, 10**4)]
    assert choices[1].step_size < choices[0].step_size / 4
    ratio = float(choices[0].evaluation.value / choices[1].evaluation.value)
    assert 5 < ratio < 10
