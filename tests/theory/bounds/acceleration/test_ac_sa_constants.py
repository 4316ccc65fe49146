"""AC-SA's published bounds against its own recursion on parabolas, where it is exact."""

import numpy as np
import pytest

from theory.catalogue import lookup


def prox_weights(steps, strong_convexity, smoothness, noise, start):
    """Weights gamma_t of the source: chosen for the horizon without mu, from L alone with it."""
    if strong_convexity > 0:
        gamma = smoothness
    else:
        wanted = np.sqrt(2 * noise**2 * steps * (steps + 1) * (steps + 2) / (3 * start**2))
        gamma = max(2 * smoothness, wanted)
    t = np.arange(1, steps + 1)
    return 4 * gamma / (t * (t + 1))


def exact_gap(steps, mu, smoothness, noise, start, curvature):
    """E F(x^ag) - F* of AC-SA on (curvature/2) x^2: the mean and one column of noise a step."""
    x, aggregate = np.zeros(steps + 1), np.zeros(steps + 1)
    x[0] = aggregate[0] = start
    for t, weight in enumerate(prox_weights(steps, mu, smoothness, noise, start), start=1):
        alpha = 2 / (t + 1)
        share = (1 - alpha) * (mu + weight) / (weight + (1 - alpha**2) * mu)
        middle = share * aggregate + (1 - share) * x
        pull = alpha * mu / (mu + weight)
        gradient = curvature * middle
        gradient[t] += noise
        x = pull * middle + (1 - pull) * x - alpha / (mu + weight) * gradient
        aggregate = alpha * x + (1 - alpha) * aggregate
    return curvature / 2 * float(aggregate @ aggregate)


@pytest.mark.parametrize("noise", [0.0, 0.3, 20.0])
@pytest.mark.parametrize("mu", [0.0, 0.1, 1.5])
def test_no_parabola_is_above_the_bound(noise, mu):
    name = "strongly_convex" if mu else "convex"
    theorem = lookup(f"ac_sa.{name}.ghadimi_lan")
    ratios = []
    for steps in (1, 2, 5, 30, 100):
        for curvature in np.geomspace(mu or 1e-3, 2.0, 12):
            numbers = {"num_steps": steps, "smoothness": 2.0, "initial_distance": 0.7}
            numbers |= {"gradient_noise": noise} | ({"strong_convexity": mu} if mu else {})
            found = exact_gap(steps, mu, 2.0, noise, 0.7, curvature)
            ratios.append(found / float(theorem.value(**numbers)))
    assert max(ratios) <= 1
    assert max(ratios) >= 0.05  # close enough to notice a lost factor of 20


def test_the_weight_is_the_best_that_is_large_enough():
    """Without mu any larger gamma gives more: 2 gamma B^2/(N(N+1)) + 4 (N+2) sigma^2/(3 gamma)."""
    theorem = lookup("ac_sa.convex.ghadimi_lan")
    for noise in (0.0, 1.0, 50.0):
        numbers = {"num_steps": 20, "smoothness": 3.0, "initial_distance": 0.5}
        least = float(theorem.value(**numbers, gradient_noise=noise))
        gammas = 6.0 * np.geomspace(1, 1e4, 4001)
        others = 2 * gammas * 0.25 / 420 + 4 * 22 * noise**2 / (3 * gammas)
        assert least == pytest.approx(others.min(), rel=1e-5)


def test_without_noise_strong_convexity_halves_the_constant():
    numbers = {"num_steps": 9, "smoothness": 2.0, "initial_distance": 3.0, "gradient_noise": 0.0}
    plain = lookup("ac_sa.convex.ghadimi_lan").value(**numbers)
    curved = lookup("ac_sa.strongly_convex.ghadimi_lan").value(**numbers, strong_convexity=0.1)
    assert plain == pytest.approx(4 * 2.0 * 9.0 / 90)
    assert curved == pytest.approx(float(plain) / 2)
