import numpy as np
import pytest

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.problems.hard_instances.flat_camp import FlatCamp
from empirical.readings.moments import moments


def third(algorithm, problem, num_rounds):
    """x_3 at the end, from the exact law of a noiseless run."""
    found = moments(algorithm, problem, num_rounds=num_rounds)
    return float(found.final.mean[: problem.num_workers, 2].mean())


@pytest.mark.parametrize("step_size", [0.03, 0.5])
@pytest.mark.parametrize("smoothness", [1.0, 2.0])
def test_a_round_maps_the_third_coordinate_as_it_says(step_size, smoothness):
    """One round from 0, two, and where they lead, by the formulas of the docstring."""
    K, zeta = 6, 0.4
    problem = FlatCamp(num_workers=4, smoothness=smoothness, heterogeneity_at_optimum=zeta)
    method = LocalSGD(local_steps=K, step_size=step_size)
    q, y = (1 - step_size * smoothness) ** K, 0.0
    for rounds in (1, 2):
        y = y * (1 + q) / 2 + (step_size * K * zeta - zeta / smoothness * (1 - q)) / 2
        assert third(method, problem, rounds) == pytest.approx(y, rel=1e-12)
    settled = step_size * K * zeta / (1 - q) - zeta / smoothness
    assert third(method, problem, 600) == pytest.approx(settled, rel=1e-9)
    if step_size < 0.1:
        assert settled == pytest.approx(zeta * step_size * (K - 1) / 2, rel=0.15)


def test_minibatch_sgd_settles_at_the_optimum():
    problem = FlatCamp(num_workers=2, heterogeneity_at_optimum=0.4)
    assert third(MinibatchSGD(local_steps=6, step_size=0.5), problem, 200) == pytest.approx(0)


def test_the_worst_case_of_tuned_local_sgd_falls_like_r_to_the_two_thirds():
    """V R^(2/3) / (L zeta^2 B^4)^(1/3), max over lambda, min over eta, does not depend on K."""
    constants, rounds = {}, (16, 64, 256)
    for K in (4, 32):
        constants[K] = [_worst(K, R) * R ** (2 / 3) for R in rounds]
    flat = np.array(list(constants.values()))
    assert ((flat > 0.06) & (flat < 0.10)).all()
    slopes = [np.polyfit(np.log(rounds), np.log(row), 1)[0] for row in flat]
    assert np.abs(slopes).max() < 0.03


def _worst(K, R):
    """For L = B = zeta_* = 1, from the round map, which the test above holds against the loop."""
    eta = np.geomspace(1e-5, 1, 400)
    q = (1 - eta) ** K
    settled = eta * K / (1 - q) - 1
    third = (settled * (1 - ((1 + q) / 2) ** R)) ** 2 / 4
    second = (1 - eta) ** (2 * K * R) / 4
    lam = np.geomspace(1e-5, 0.25, 200)[:, None]
    first = lam / 4 * (1 - eta * lam) ** (2 * K * R)
    return (first + second + third).min(1).max()
