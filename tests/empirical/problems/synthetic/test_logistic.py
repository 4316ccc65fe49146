import math

import pytest
import torch

from empirical.problems.synthetic.logistic import EXAMPLES, Logistic

EPS = torch.finfo(torch.float64).eps


def test_labels_are_signs_of_both_kinds():
    assert set(Logistic(num_workers=3).data.targets.flatten().tolist()) == {-1.0, 1.0}


@pytest.mark.parametrize("problem", EXAMPLES)
def test_the_smoothness_is_attained_at_the_origin(problem):
    hessians = [
        torch.autograd.functional.hessian(
            lambda x, m=m: problem.objective(x[None], range(m, m + 1)).sum(),
            torch.zeros(problem.dimension, dtype=torch.float64),
        )
        for m in range(problem.num_workers)
    ]
    largest = max(float(torch.linalg.eigvalsh(hessian)[-1]) for hessian in hessians)
    assert largest == pytest.approx(problem.constants["smoothness"].value, rel=64 * EPS)


def test_the_penalty_makes_it_non_convex():
    problem = EXAMPLES[1]
    far = torch.full((3,), 8.0, dtype=torch.float64)
    hessian = torch.autograd.functional.hessian(
        lambda x: problem.objective(x[None], range(4)).mean(), far
    )
    assert float(torch.linalg.eigvalsh(hessian)[0]) < -1e-6  # rounding is 1e-16


def test_the_loss_is_accurate_where_samples_are_well_classified():
    problem = EXAMPLES[0]
    scores = torch.tensor([[40.0], [-40.0]], dtype=torch.float64)
    right = problem.loss(scores, torch.sign(scores))
    assert right.tolist() == pytest.approx([math.exp(-40)] * 2, rel=4 * EPS)
    assert problem.loss(scores, -torch.sign(scores)).tolist() == pytest.approx([40.0] * 2)


def test_the_penalty_is_between_zero_and_its_limit():
    problem = Logistic(num_workers=1, size=2, regularisation=0.5)
    x = torch.tensor([[0.0, 0.0], [1.0, -1.0], [1e8, 1e8]], dtype=torch.float64)
    assert problem.penalty(x).tolist() == [0.0, 0.5, 1.0]


def test_at_the_origin_the_objective_is_log_two():
    problem = Logistic(num_workers=3)
    assert problem.constants["initial_gap"].value == pytest.approx(math.log(2), rel=4 * EPS)


@pytest.mark.parametrize("given", [-0.1, math.inf, math.nan])
def test_a_negative_regularisation_is_refused(given):
    with pytest.raises(ValueError, match=f"regularisation={given} must be a number >= 0"):
        Logistic(num_workers=2, regularisation=given)
