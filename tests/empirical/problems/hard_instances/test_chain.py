import numpy as np
import pytest
import torch

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.accelerated_minibatch_sgd import AcceleratedMinibatchSGD
from empirical.components.accelerated_rule import ACSA
from empirical.problems.hard_instances.chain import Chain
from empirical.testing.running import drive
from tests.empirical.problems.families.test_three_coordinates import check_declared, curvatures


@pytest.mark.parametrize("size", [5, 8])
@pytest.mark.parametrize("known", [0, 3])
def test_what_it_declares(size, known):
    problem = Chain(
        num_workers=4, size=size, known=known, horizon=5, smoothness=2.0, initial_distance=1.7
    )
    check_declared(problem)
    own = curvatures(problem, problem.initial_point())
    np.testing.assert_allclose(own[:, -1], 2.0, rtol=1e-12)
    np.testing.assert_allclose(own[:, 0], 0, atol=1e-12)


def test_it_is_the_printed_chain_but_for_its_scale():
    """Coordinates one by one, as in the source, times 1 / (1 + q^2)."""
    problem = Chain(num_workers=2, size=6, horizon=4, smoothness=1.5)
    q, s = 0.75, float(problem.optimum[0]) / 0.75
    x = torch.randn(6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    _, a, b, c, d, e, f = [0.0, *x.tolist()]
    even = (q**2 + 1) * (s * q - a) ** 2 + (q * b - c) ** 2 + (q * d - e) ** 2
    odd = (q * a - b) ** 2 + (q * c - d) ** 2 + (q * e - f) ** 2
    expected = [1.5 / 2 / (1 + q**2) * value for value in (even, odd)]
    assert problem.objective(x[None], range(2)).tolist() == pytest.approx(expected)


@pytest.mark.parametrize("known", [0, 2])
@pytest.mark.parametrize(
    "method",
    [
        LocalSGD(local_steps=9, step_size=0.5),
        AcceleratedMinibatchSGD(local_steps=2, step_size=1.0, inner_rule=ACSA()),
    ],
    ids=str,
)
def test_a_round_finds_one_coordinate_however_many_steps_it_has(method, known):
    problem = Chain(num_workers=2, size=14, horizon=8, known=known)
    start = problem.initial_point().expand(2, -1)
    points = drive(method, lambda x: problem.gradient(x, range(2)), start, 10 * method.local_steps)[
        :: method.local_steps, 0
    ]
    for rounds, point in enumerate(points):
        assert bool((point[known + rounds :] == 0).all())
    assert int((points[10] != 0).sum()) >= known + 9


@pytest.mark.parametrize("horizon", [8, 32, 128])
def test_what_is_not_found_costs_a_constant_times_the_bound(horizon):
    """The least F over points with R coordinates, times R^2 / (L B^2), stays away from 0."""
    problem = Chain(num_workers=2, size=6 * horizon, horizon=horizon)
    hessian = torch.autograd.functional.hessian(
        lambda x: problem.objective(x[None], range(2)).mean(), problem.initial_point()
    )
    # F is quadratic, so its least value with the rest at 0 solves one system.
    R, away = horizon, -problem.optimum
    inside, outside = hessian[:R, :R], hessian[:R, R:]
    best = torch.linalg.solve(inside, -outside @ away[R:])
    point = torch.cat([best, away[R:]])
    least = float(point @ hessian @ point) / 2
    assert 0.06 < least * R**2 < 0.08


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"horizon": 1}, "horizon=1 must be a whole number >= 2"),
        ({"size": 1}, "size=1 must be a whole number >= 2"),
        ({"known": 32}, r"known=32 must lie in \[0, size=32\)"),
        ({"num_workers": 5}, "num_workers=5 must be even"),
        ({"smoothness": 0.0}, "smoothness=0 must be"),
    ],
)
def test_bad_values_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Chain(**{"num_workers": 2, **settings})
