import math

import numpy as np
import pytest

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.problems.hard_instances.one_sided_camps import OneSidedCamps
from empirical.runtime.run import run
from empirical.transport import Stacked


def settled(eta, K, zeta=0.7, smoothness=1.0, long=12.0):
    """x_3 after so many times the rounds in which what is left falls to 1/e."""
    problem = OneSidedCamps(
        num_workers=2, smoothness=smoothness, heterogeneity_at_optimum=zeta, strong_convexity=0.1
    )
    rounds = int(long / (0.375 * eta * smoothness * K))
    method = LocalSGD(local_steps=K, step_size=eta)
    found = run(method, problem, Stacked(2), num_rounds=rounds, seeds=(0,), measure_every=10**9)
    return float(found.final_point[..., 2])


def test_the_mean_settles_where_the_theory_says():
    """-(3 - 2 sqrt 2) eta zeta K, up to terms of the order 1/K and eta L K."""
    theta = 3 - 2 * math.sqrt(2)
    K, eta, zeta = 100, 5e-4, 0.7
    assert settled(eta, K, long=6.0) == pytest.approx(-theta * eta * zeta * K, rel=0.025)


@pytest.mark.parametrize("smoothness", [1.0, 2.0])
def test_it_is_the_fixed_point_of_a_round_worked_out_by_hand(smoothness):
    K, eta, zeta = 12, 0.05, 0.7
    y = 0.0
    for _ in range(3000):
        ends = []
        for sign in (1, -1):
            at = y
            for _ in range(K):
                at -= eta * (smoothness / 4 * (at + max(at, 0.0)) + sign * zeta)
            ends.append(at)
        y = sum(ends) / 2
    assert settled(eta, K, zeta, smoothness) == pytest.approx(y, rel=1e-2)
    assert y < 0


def test_the_drift_grows_with_zeta_alone():
    """No constant but zeta has changed: the instance is homogeneous of degree 1 in (x, zeta)."""
    far, near = (settled(0.01, 10, zeta=zeta) for zeta in (1.4, 0.7))
    assert far / near == pytest.approx(2, rel=1e-9)
    assert np.sign(far) == -1
