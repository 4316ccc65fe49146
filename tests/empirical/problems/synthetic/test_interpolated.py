import json
import pickle
from dataclasses import replace

import pytest
import torch

from empirical.description import build, describe
from empirical.problem import Problem
from empirical.problems.synthetic.interpolated import EXAMPLES

CONVEX, BENT = EXAMPLES


def data(problem, name):
    return torch.tensor(getattr(problem, name), dtype=torch.float64)


@pytest.mark.parametrize("problem", EXAMPLES)
def test_it_has_the_given_values_and_gradients(problem):
    workers = range(problem.num_workers)
    points = data(problem, "points").swapaxes(0, 1)
    values = problem.objective(points, workers).swapaxes(0, 1)
    gradients = problem.gradient(points, workers).swapaxes(0, 1)
    torch.testing.assert_close(values, data(problem, "values"))
    torch.testing.assert_close(gradients, data(problem, "gradients"), atol=1e-7, rtol=0)


def test_workers_are_themselves_wherever_they_live():
    x = torch.randn(3, 2, 2, dtype=torch.float64)
    together = CONVEX.gradient(x, range(2))
    torch.testing.assert_close(CONVEX.gradient(x[:, 1:], range(1, 2)), together[:, 1:])
    shared = CONVEX.gradient(x[:, :1], range(2))
    torch.testing.assert_close(shared[:, 0], together[:, 0])


def test_it_survives_pickling_and_description():
    assert pickle.loads(pickle.dumps(CONVEX)) == CONVEX
    data = json.loads(json.dumps(describe(CONVEX)))
    assert data["name"] == "interpolated"
    again = build(Problem, data)
    assert again == CONVEX
    assert hash(again) == hash(CONVEX)


def test_arrays_become_tuples():
    again = replace(BENT, points=data(BENT, "points").numpy(), start=[0.5])
    assert again == BENT
    assert isinstance(again.points[0][0], tuple)


def test_data_of_no_function_give_a_function_of_the_class():
    wrong = replace(BENT, values=((0.0, 5.0, 0.0),))
    x = torch.linspace(-3, 5, 200, dtype=torch.float64).reshape(-1, 1, 1)
    slopes = wrong.gradient(x, range(1)).flatten()
    steepness = (slopes.diff() / x.flatten().diff()).abs().max()
    assert float(steepness) <= 2 + 1e-9
    top = wrong.objective(torch.ones(1, 1, dtype=torch.float64), range(1))
    assert float(top) < 2, "and misses the 5"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lowest": 1.0}, r"lowest=1 must lie in \[-smoothness, smoothness=1\)"),
        ({"start": (1.0,)}, "gradients, values, start .* must be"),
        ({"points": ((0.0, 0.0),)}, r"points \(1, 2\) must be \(num_workers=2"),
        ({"num_workers": 3}, r"points \(2, 2, 2\) must be \(num_workers=3"),
        ({"smoothness": 0.0}, "smoothness=0 must be"),
        ({"initial_gap": -1.0}, "initial_gap=-1 must be"),
    ],
)
def test_bad_values_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        replace(CONVEX, **changes)
