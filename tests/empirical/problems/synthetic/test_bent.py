import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from empirical.problems.synthetic.bent import EXAMPLES, Bent
from theory.assumptions import Assumption, closure

WIDE = torch.linspace(-30, 30, 60001, dtype=torch.float64).unsqueeze(-1)
CONVEX = Bent(
    num_workers=2,
    knots=(-1.0, 0.5),
    slopes=((1.0, 0.0, 0.3), (1.0, 0.2, 0.3)),
    tilts=(-0.4, 0.3),
    start=2.0,
)


def random_problem(seed):
    rng = np.random.default_rng(seed)
    slopes = rng.uniform(-1, 1, (3, 4))
    slopes[:, [0, -1]] = np.abs(rng.uniform(0, 1, 2))
    return Bent(
        num_workers=3,
        knots=tuple(np.sort(rng.normal(size=3))),
        slopes=tuple(map(tuple, slopes)),
        tilts=tuple(rng.normal(size=3)),
        start=float(rng.normal()),
    )


@pytest.mark.parametrize("problem", [*EXAMPLES, CONVEX, *map(random_problem, range(6))])
def test_constants_are_exact(problem):
    """Against a fine grid: gap, heterogeneity, distance."""
    workers, known = range(problem.num_workers), problem.constants
    gradients = problem.gradient(WIDE.unsqueeze(1), workers).squeeze(-1)
    objective = problem.objective(WIDE.unsqueeze(1), workers).mean(-1)
    apart = gradients - gradients.mean(1, keepdim=True)
    spread = float(apart.square().mean(1).max().sqrt())
    assert spread == pytest.approx(known["heterogeneity"].value, abs=2e-3)
    assert float(apart.abs().max()) == pytest.approx(
        known["greatest_heterogeneity"].value, abs=2e-3
    )
    steps = gradients.diff(dim=0).abs() / 1e-3
    assert float(steps.max()) == pytest.approx(known["smoothness"].value, rel=1e-3)
    assert float(objective.min()) == pytest.approx(0, abs=1e-5)
    assert float(objective.min()) >= -1e-12, "inf F is not missed"
    start = problem.objective(problem.initial_point()[None], workers).mean()
    assert float(start) == pytest.approx(known["initial_gap"].value, abs=1e-12)


def test_the_minimiser_is_the_nearest_one():
    flat = Bent(num_workers=1, knots=(-1.0, 1.0), slopes=((1.0, 0.0, 1.0),), start=3.0)
    assert flat.minimiser == 1.0
    assert flat.constants["initial_distance"].value == 2.0
    assert replace(flat, start=0.3).minimiser == 0.3
    assert replace(flat, start=0.3).constants["initial_gap"].value == 0
    assert replace(flat, start=-3.0).minimiser == -1.0


def test_what_is_unbounded_has_no_gap():
    falling = Bent(num_workers=1, slopes=((1.0, -0.5),))
    assert falling.minimiser is None
    assert "initial_gap" not in falling.constants
    assert "squared_distance" not in falling.summarise(falling.observe(WIDE[:2, None], range(1)))
    straight = Bent(num_workers=1, slopes=((1.0, 0.0),), tilts=(-0.1,))
    assert straight.minimiser is None


def test_constants_at_the_optimum():
    known, x = CONVEX.constants, torch.tensor([[CONVEX.minimiser]], dtype=torch.float64)
    gradients = CONVEX.gradient(x, range(2))
    assert float(gradients.mean()) == pytest.approx(0, abs=1e-14)
    size = math.sqrt(float(gradients.square().mean()))
    assert known["heterogeneity_at_optimum"].value == pytest.approx(size)
    assert known["initial_distance"].value == abs(2.0 - CONVEX.minimiser)
    assert "strong_convexity" not in known, "one slope is 0"
    assert "initial_distance" not in EXAMPLES[0].constants, "F is not convex"
    assert Assumption.WORKERS_CONVEX in closure(CONVEX.facts)


def test_straight_ends_bound_the_gradient():
    assert "gradient_bound" not in CONVEX.constants
    huber = Bent(
        num_workers=2,
        knots=(-1.0, 1.0),
        slopes=((0.0, 1.0, 0.0),),
        tilts=(-0.7, -1.3),
        gradient_noise=0.5,
        chance=0.1,
    )
    steepest = float(huber.gradient(WIDE.unsqueeze(1), range(2)).abs().max())
    assert steepest == pytest.approx(1.3)
    assert huber.constants["gradient_bound"].value == pytest.approx((1.3**2 + 0.25) ** 0.5)


def test_noise_has_two_values_of_mean_zero_and_the_variance():
    problem = EXAMPLES[0]
    values, chances = problem.outcomes()
    assert chances.sum() == pytest.approx(1)
    assert float(chances @ values[:, 0]) == pytest.approx(0, abs=1e-15)
    assert float(chances @ values[:, 0] ** 2) == pytest.approx(0.25)
    drawn = problem.draw(np.random.default_rng(0), 20000)
    assert set(np.unique(drawn)) == set(values[:, 0])
    assert drawn.mean() == pytest.approx(0, abs=0.02)
    assert (drawn**2).mean() == pytest.approx(0.25, abs=0.02)
    assert not replace(problem, gradient_noise=0.0).draw(np.random.default_rng(0), 5).any()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"chance": 1.0}, "chance=1 must be a number in"),
        ({"knots": (1.0, 0.0)}, "must be one or more increasing"),
        ({"knots": (0.0, 1.0)}, "slopes must be 3 for every worker"),
        ({"tilts": (0.0, 1.0, 2.0)}, "tilts must be given once"),
        ({"slopes": ((0.0, 0.0),)}, "slopes must not all be 0"),
    ],
)
def test_wrong_fields_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        Bent(num_workers=2, **fields)
