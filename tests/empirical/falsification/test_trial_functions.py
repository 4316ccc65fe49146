"""Shapes become functions that have a bound's constants exactly."""

import math

import numpy as np
import pytest

from empirical.falsification.admissible_functions import AdmissibleFunctions, admissible, satisfies
from empirical.falsification.trial_functions import (
    PiecewiseQuadratics,
    TwoQuadratics,
    random_piecewise,
    rounded,
)
from theory.catalogue import lookup

CONVEX = {"smoothness": 2.0, "initial_distance": 0.7, "gradient_noise": 0.3}
CONVEX |= {"greatest_heterogeneity": 0.5}
BENT = PiecewiseQuadratics(
    knots=(-0.5, 0.0, 0.7),
    slopes=((1.0, -0.5, 0.3, 0.8), (0.2, 1.0, 1.0, 0.1)),
    push=0.2,
    start=-1.5,
    chance=0.3,
)


@pytest.mark.parametrize(
    "shape", [TwoQuadratics(0.6, 0.3), TwoQuadratics(0.6, -0.9, up=False), BENT]
)
@pytest.mark.parametrize("num_workers", [1, 2, 3])
def test_constants_are_exhausted(shape, num_workers):
    theorem = lookup("local_sgd.convex_heterogeneous")
    problem = shape.problem(admissible(theorem), CONVEX, num_workers)
    assert satisfies(theorem, problem, CONVEX, 0.0)
    known = problem.constants
    assert known["initial_distance"].value == pytest.approx(0.7)
    assert known["gradient_noise"].value == 0.3
    if num_workers > 1:
        assert known["greatest_heterogeneity"].value == pytest.approx(0.5)


def test_curvatures_keep_to_the_room():
    values = {"smoothness": 1.0, "initial_distance": 1.0, "strong_convexity": 0.4}
    strong = AdmissibleFunctions(convex=True, convex_mean=True, shared_hessian=True)
    camps = TwoQuadratics(0.1, -0.5).problem(strong, values, 4)
    assert (camps.first, camps.second) == (0.4, 0.4)
    bent = BENT.problem(strong, values, 2)
    assert np.min(bent.slopes) == pytest.approx(0.4)
    gap = {"smoothness": 1.0, "initial_gap": 2.0}
    assert BENT.problem(AdmissibleFunctions(), gap, 2).constants[
        "initial_gap"
    ].value == pytest.approx(2.0)
    assert np.min(BENT.problem(AdmissibleFunctions(), gap, 2).slopes) == -0.5
    assert BENT.problem(AdmissibleFunctions(quadratic=True), gap, 2) is None
    assert len(BENT.problem(AdmissibleFunctions(shared_hessian=True), gap, 2).slopes) == 1


def test_workers_with_one_function_have_one():
    values = {"smoothness": 1.0, "initial_gap": 1.0, "heterogeneity": 0.5}
    for shape in (TwoQuadratics(0.6, 0.3), BENT):
        problem = shape.problem(AdmissibleFunctions(homogeneous=True), values, 3)
        assert problem.constants["heterogeneity"].value == 0


def test_what_is_unbounded_is_no_function():
    falling = PiecewiseQuadratics((0.0,), ((-1.0, 1.0),), 0.0, 1.0, 0.5)
    assert falling.problem(AdmissibleFunctions(), {"initial_gap": 1.0}, 1) is None
    assert TwoQuadratics(1.0, -1.0).problem(AdmissibleFunctions(), {"initial_gap": 1.0}, 2) is None


def test_random_and_moved_shapes_are_shapes():
    rng = np.random.default_rng(0)
    made = 0
    for _ in range(200):
        shape = random_piecewise(rng).moved(rng)
        assert 0.0 in shape.knots
        assert (np.diff(shape.knots) > 0).all()
        assert np.abs(shape.slopes).max() <= 1
        problem = shape.problem(AdmissibleFunctions(), {"initial_gap": 1.0}, 2)
        made += problem is not None
        for plain in shape.plainer():
            assert 0.0 in plain.knots
    assert made > 100
    moved = TwoQuadratics(0.5, 0.5).moved(rng)
    assert 0 < moved.first <= 1
    assert -1 < moved.second <= 1


def test_round_numbers_stay():
    assert rounded(0.3) == 0.3
    assert math.isclose(rounded(1 / 3), 13 / 40)
