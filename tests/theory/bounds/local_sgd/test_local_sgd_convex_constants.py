"""The literature's bounds on Local SGD against exact runs on parabolas, and one another."""

import numpy as np
import pytest

from theory.catalogue import lookup

NUMBERS = {
    "num_workers": 8,
    "local_steps": 5,
    "num_rounds": 12,
    "smoothness": 2.0,
    "strong_convexity": 0.3,
    "gradient_noise": 1.5,
    "noise_at_optimum": 0.9,
    "heterogeneity_at_optimum": 0.6,
    "initial_distance": 0.7,
}


def own(key, **changes):
    values = {**NUMBERS, **changes}
    return {name: values[name] for name in lookup(key).parameters}


def terms(key, **changes):
    return lookup(key).evaluate(**own(key, **changes)).terms


def test_the_linear_speedup_is_as_the_slides_have_it():
    """32 L B^2/sqrt(MT) + 5 s/(2 L sqrt(MT)) + s M (K-1)^2/(4 L T), s = zeta_*^2 + sigma_*^2."""
    found = terms("local_sgd.convex_at_optimum.khaled2020_linear_speedup")
    T, square = 60, 0.6**2 + 0.9**2
    assert found["optimisation"] == pytest.approx(32 * 2.0 * 0.49 / np.sqrt(8 * T))
    assert found["statistical"] == pytest.approx(5 * square / (2 * 2.0 * np.sqrt(8 * T)))
    assert found["drift"] == pytest.approx(square * 8 * 16 / (4 * 2.0 * T))


def test_the_homogeneous_one_is_no_better_than_the_certified_one():
    certified, read = "local_sgd.convex_homogeneous", "local_sgd.convex_homogeneous.khaled2020"
    for step_size in (0.001, 0.03, 0.125):
        ours, theirs = terms(certified, step_size=step_size), terms(read, step_size=step_size)
        assert theirs["optimisation"] == pytest.approx(4 * ours["optimisation"])
        assert theirs["statistical"] == pytest.approx(4 * ours["statistical"])
        assert sum(theirs.values()) >= sum(ours.values())


@pytest.mark.parametrize("local_steps", [1, 6])
@pytest.mark.parametrize("curvature", [0.3, 2.0])
@pytest.mark.parametrize("step_size", [0.01, 0.125])
def test_the_distance_of_the_last_round_holds_and_is_attained(curvature, step_size, local_steps):
    """On (c/2) x^2 averaging commutes with steps: one chain of T steps with variance sigma^2/M."""
    key = "local_sgd.strongly_convex_homogeneous.khaled2020"
    steps = 12 * local_steps
    square = 0.49
    for _ in range(steps):
        square = (1 - step_size * curvature) ** 2 * square + step_size**2 * 1.5**2 / 8
    promised = float(lookup(key).value(**own(key, step_size=step_size, local_steps=local_steps)))
    assert square <= promised
    if curvature == 0.3 and step_size == 0.01 and local_steps == 1:
        assert square >= 0.9 * promised


def local_gradient_descent(curvatures, tilts, *, step_size, local_steps, num_rounds):
    """Mean gap over workers' mean iterates, each worker on (c/2) x^2 - b x, from 0."""
    optimum = tilts.sum() / curvatures.sum()
    x, gaps = np.zeros_like(curvatures), []
    for _ in range(num_rounds):
        x[:] = x.mean()
        for _ in range(local_steps):
            gaps.append(curvatures.mean() / 2 * (x.mean() - optimum) ** 2)
            x = x - step_size * (curvatures * x - tilts)
    return np.mean(gaps), optimum, np.sqrt(np.mean((curvatures * optimum - tilts) ** 2))


def test_local_gradient_descent_on_parabolas_stays_below_its_bound():
    key, rng, ratios = (
        "local_sgd.convex_at_optimum.khaled2019_noiseless",
        np.random.default_rng(3),
        [],
    )
    for _ in range(40):
        curvatures = rng.choice([0.0, 0.5, 2.0], 4)
        curvatures[0] = 2.0
        tilts = curvatures * rng.normal(size=4)  # each worker's parabola has a least point
        local_steps = int(rng.integers(1, 12))
        step_size = 1 / (4 * 2.0 * local_steps)
        run = {"local_steps": local_steps, "num_rounds": int(rng.integers(1, 60))}
        gap, optimum, zeta = local_gradient_descent(curvatures, tilts, step_size=step_size, **run)
        numbers = own(key, **run, step_size=step_size, heterogeneity_at_optimum=zeta)
        ratios.append(gap / lookup(key).value(**{**numbers, "initial_distance": abs(optimum)}))
    assert max(ratios) <= 1
    assert max(ratios) >= 0.02


def falling(steps, workers, shift, strong_convexity, noise, start):
    """E F at the mean weighted by (a + t)^2 on (mu/2) x^2 after steps 4/(mu (a + t))."""
    x, total, weights = np.zeros(steps + 1), np.zeros(steps + 1), 0.0
    x[0] = start
    for t in range(steps):
        weight = (shift + t) ** 2
        total, weights = total + weight * x, weights + weight
        step = 4 / (strong_convexity * (shift + t))
        x = (1 - step * strong_convexity) * x
        x[t + 1] -= step * noise / np.sqrt(workers)
    mean = total / weights
    return strong_convexity / 2 * float(mean @ mean), weights


def test_falling_step_sizes_stay_below_their_bound_and_weights_are_their_sum():
    key = "local_sgd.strongly_convex_homogeneous.stich2019"
    for local_steps, num_rounds in ((1, 3), (4, 20), (16, 20)):
        shift = 16 * 2.0 / 0.3
        found, weights = falling(local_steps * num_rounds, 8, shift, 0.3, 1.5, 0.7)
        given = {"local_steps": local_steps, "num_rounds": num_rounds, "step_shift": shift}
        numbers = own(key, **given, gradient_bound=2.0)
        assert found <= float(lookup(key).value(**numbers))
        first = terms(key, **given, gradient_bound=2.0)["optimisation"]
        assert first == pytest.approx(0.3 * shift**3 * 0.49 / (2 * weights), rel=1e-12)
    with pytest.raises(ValueError, match="condition"):
        lookup(key).value(**own(key, step_shift=100.0, gradient_bound=2.0))
