"""Facts that problems declare hold."""

from dataclasses import replace

import pytest
import torch

from empirical import catalogue
from empirical.problem import ExactProblem
from empirical.problems.synthetic.bent import Bent
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.problems.synthetic.tilted import Tilted
from empirical.problems.synthetic.two_camps import TwoCamps
from theory.assumptions import Assumption, closure

EXAMPLES = [
    pytest.param(problem, id=f"{name}{index}")
    for name, problems in catalogue.problems().items()
    if name not in ("digits", "cifar10")
    for index, problem in enumerate(problems)
    if isinstance(problem, ExactProblem)
]


def gradients(problem, points):
    """Of every worker at every point, (points, M, d)."""
    return problem.gradient(points.unsqueeze(1), range(problem.num_workers))


@pytest.mark.parametrize("problem", EXAMPLES)
def test_facts_hold_at_random_points(problem):
    """Convexity along segments, one function, one Hessian."""
    rng = torch.Generator().manual_seed(0)
    shape = (40, problem.dimension)
    x, y = (3 * torch.randn(shape, dtype=torch.float64, generator=rng) for _ in range(2))
    change, facts = gradients(problem, x) - gradients(problem, y), closure(problem.facts)
    along = (change * (x - y).unsqueeze(1)).sum(-1)  # (points, M)
    length = (x - y).square().sum(-1)
    if Assumption.WORKERS_CONVEX in facts:
        assert (along >= -1e-9).all()
    if Assumption.CONVEX in facts:
        assert (along.mean(1) >= -1e-9).all()
    if Assumption.WORKERS_STRONGLY_CONVEX in facts:
        least = problem.constants["strong_convexity"].value
        assert (along >= least * length.unsqueeze(1) * (1 - 1e-9)).all()
    if Assumption.HOMOGENEOUS in facts:
        assert torch.allclose(gradients(problem, x), gradients(problem, x)[:, :1])
    if Assumption.QUADRATIC in facts:
        assert torch.allclose(change, change[:, :1], atol=1e-9)
    if Assumption.WORKERS_QUADRATIC in facts:
        middle = gradients(problem, (x + y) / 2)
        assert torch.allclose(middle, (gradients(problem, x) + gradients(problem, y)) / 2)


def test_what_is_not_convex_is_not_called_so():
    convex = {Assumption.CONVEX, Assumption.WORKERS_CONVEX, Assumption.SAMPLES_CONVEX_SMOOTH}
    assert not convex & closure(Tilted(num_workers=3, heterogeneity=0.5).facts)
    assert not convex & closure(Quadratic(num_workers=3, lowest=-0.1).facts)
    camps = TwoCamps(num_workers=4, second=-0.5)
    assert closure(camps.facts) & convex == {Assumption.CONVEX}
    growing = Quadratic(num_workers=3, lowest=0.1, noise_growth=0.5)
    assert Assumption.SAMPLES_CONVEX_SMOOTH not in closure(growing.facts)
    assert Assumption.WORKERS_STRONGLY_CONVEX in growing.facts
    assert Assumption.CONVEX not in closure(Bent(num_workers=1, slopes=((1.0, -0.5),)).facts)


def test_digits_are_convex():
    problem = catalogue.problems()["digits"][0]
    assert Assumption.WORKERS_STRONGLY_CONVEX in problem.facts
    flat = replace(problem, regularisation=0.0)
    assert Assumption.WORKERS_STRONGLY_CONVEX not in flat.facts
    assert Assumption.WORKERS_CONVEX in flat.facts
