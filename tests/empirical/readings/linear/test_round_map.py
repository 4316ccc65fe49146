import numpy as np
import pytest

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.readings.linear.moment_dynamics import Dynamics
from empirical.readings.linear.round_map import round_map
from empirical.testing.algorithm_strategies import repeating_examples

PROBLEM = Quadratic(num_workers=3, size=2, lowest=-0.2, heterogeneity=1.0, gradient_noise=0.5)
EXAMPLES = repeating_examples()


@pytest.mark.parametrize("algorithm", EXAMPLES, ids=repr)
@pytest.mark.parametrize("count", [0, 1, 6])
def test_powers_of_a_round_are_its_steps(algorithm, count):
    """Mean and covariance of the whole state, by repeated squaring and step by step."""
    dynamics = Dynamics(algorithm, PROBLEM)
    periodic = round_map(dynamics, everything=True)
    law, steps = dynamics.start(), algorithm.local_steps
    for index in range(periodic.first * steps):
        law = dynamics.advance(dynamics.form.at(index), law)
    found = periodic.lifted(*periodic.power(count, *periodic.restricted(law)))
    for index in range(count * steps):
        law = dynamics.advance(dynamics.form.at(periodic.first * steps + index), law)
    scale = max(np.abs(law.covariance).max(), 1e-3)
    np.testing.assert_allclose(found.mean, law.mean, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.covariance, law.covariance, rtol=0, atol=1e-12 * scale)


def test_local_sgd_on_one_curvature_contracts_by_hand():
    """(1 - eta L)^K on a single quadratic."""
    problem = Quadratic(num_workers=1, size=1, lowest=1.0)
    made = round_map(Dynamics(LocalSGD(local_steps=3, step_size=0.1), problem))
    assert made.matrix == pytest.approx(np.array([[0.9**3]]))
    assert made.spectral_radius == pytest.approx(0.9**3)
