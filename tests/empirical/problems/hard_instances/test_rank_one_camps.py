import numpy as np
import pytest
import torch

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.problems.hard_instances.rank_one_camps import RankOneCamps
from empirical.readings.moments import moments
from empirical.testing.running import drive, same
from tests.empirical.problems.families.test_three_coordinates import check_declared, curvatures


@pytest.mark.parametrize("condition_number", [1.0, 16.0, 1e4])
def test_what_it_declares(condition_number):
    problem = RankOneCamps(
        num_workers=4,
        smoothness=2.0,
        condition_number=condition_number,
        initial_distance=1.7,
    )
    check_declared(problem)
    own = curvatures(problem, torch.zeros(2, dtype=torch.float64))
    np.testing.assert_allclose(own, [[0, 2]] * 4, atol=1e-12)
    hessian = torch.autograd.functional.hessian(
        lambda x: problem.objective(x[None], range(4)).mean(), torch.zeros(2, dtype=torch.float64)
    )
    low, high = torch.linalg.eigvalsh(hessian)
    assert float(high / low) == pytest.approx(condition_number, rel=1e-9)


@pytest.mark.parametrize(("eta", "K"), [(0.3, 1), (0.1, 7), (0.9, 50)])
def test_a_round_of_local_sgd_is_one_step_of_gradient_descent(eta, K):
    problem = RankOneCamps(num_workers=2, smoothness=1.3)
    step = (1 - (1 - eta * problem.smoothness) ** K) / problem.smoothness
    start = problem.initial_point().expand(2, -1)
    workers = range(2)
    rounds = drive(
        LocalSGD(local_steps=K, step_size=eta), lambda x: problem.gradient(x, workers), start, 5 * K
    )[::K]
    x = start[:1]
    for point in rounds:
        same(point, x, 5 * K, "gradient descent")
        x = x - step * problem.gradient(x, workers).mean(0, keepdim=True)


def test_no_step_size_escapes():
    """Max over kappa of min over a round's step: about 0.03 to 0.02 L B^2 / R, for every K."""
    found = []
    for R in (4, 16, 64, 256):
        a = np.linspace(0, 1, 801)[1:-1, None]
        s = np.linspace(0, 2, 1001)[1:]
        ends = sum((1 + e * a) / 2 * (1 - s * (1 + e * a) / 2) ** (2 * R) for e in (1, -1)) / 4
        found.append(ends.min(1).max() * R)
    np.testing.assert_allclose(found, [0.029, 0.026, 0.024, 0.023], atol=6e-4)


def test_a_tuned_run_ends_where_the_formula_says():
    """The real loop at kappa of the order of R, and K = 1 and 30 alike."""
    R, kappa = 16, 64.0
    problem = RankOneCamps(num_workers=2, condition_number=kappa)
    a = (kappa - 1) / (kappa + 1)
    for K in (1, 30):
        ends = []
        for step in np.linspace(0.05, 1.0, 20) * (1 if K > 1 else 1.9):
            eta = float(1 - (1 - min(step, 1 - 1e-9)) ** (1 / K)) if K > 1 else float(step)
            s = 1 - (1 - eta) ** K
            expected = sum((1 + e * a) / 2 * (1 - s * (1 + e * a) / 2) ** (2 * R) for e in (1, -1))
            method = LocalSGD(local_steps=K, step_size=eta)
            found = moments(method, problem, num_rounds=R).trajectory.values["objective"][-1]
            assert float(found) == pytest.approx(expected / 4, rel=1e-9)
            ends.append(float(found))
        assert 0.025 < min(ends) * R < 0.06


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"condition_number": 0.5}, "condition_number=0.5 must be a number >= 1"),
        ({"num_workers": 3}, "num_workers=3 must be even"),
        ({"initial_distance": -1.0}, "initial_distance=-1 must be"),
    ],
)
def test_bad_values_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        RankOneCamps(**{"num_workers": 2, **settings})
