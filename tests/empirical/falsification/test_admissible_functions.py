"""What a bound leaves free, and that instances outside of it are not taken."""

from dataclasses import replace

import pytest

from empirical.falsification.admissible_functions import (
    admissible,
    implied_constants,
    largest_noise,
    satisfies,
    stretch_to_start,
)
from empirical.problems.synthetic.bent import Bent
from empirical.problems.synthetic.two_camps import TwoCamps
from theory.catalogue import lookup

CAMPS = TwoCamps(num_workers=4, second=1.0, tilt=0.5, gradient_noise=0.3)
VALUES = {"smoothness": 1.0, "initial_distance": 1.0, "gradient_noise": 0.3, "num_workers": 4.0}
VALUES |= {"greatest_heterogeneity": 0.5}
CONVEX = "local_sgd.convex_heterogeneous"


def test_rooms_are_read_off_assumptions():
    assert admissible(lookup("local_sgd.nonconvex")).heterogeneity_on_path
    assert not admissible(lookup("local_sgd.nonconvex")).convex
    uniform = admissible(lookup(CONVEX))
    assert (uniform.convex, uniform.shared_hessian, uniform.heterogeneity_on_path) == (
        True,
        True,
        False,
    )
    assert admissible(lookup("local_sgd.convex_homogeneous")).homogeneous
    assert admissible(lookup("local_sgd.quadratic")).quadratic
    mean = admissible(lookup("minibatch_sgd.convex"))
    assert (mean.convex, mean.convex_mean) == (False, True)


@pytest.mark.parametrize(
    ("problem", "values", "inside"),
    [
        (CAMPS, {}, True),
        (CAMPS, {"greatest_heterogeneity": 0.6}, True),
        (CAMPS, {"greatest_heterogeneity": 0.49}, False),
        (CAMPS, {"gradient_noise": 0.29}, False),
        (CAMPS, {"initial_distance": 0.9}, False),
        (CAMPS, {"smoothness": 0.9}, False),
        (replace(CAMPS, second=0.9), {}, False),  # no zeta_max
        (replace(CAMPS, first=-0.5, second=-0.5), {}, False),
        (Bent(num_workers=4, slopes=((0.2, 1.0),), tilts=(0.5, 0.5, -0.5, -0.5)), {}, True),
        (Bent(num_workers=4, slopes=((-0.2, 1.0),), tilts=(0.5, 0.5, -0.5, -0.5)), {}, False),
    ],
)
def test_only_what_meets_every_assumption_is_taken(problem, values, inside):
    assert satisfies(lookup(CONVEX), problem, {**VALUES, **values}, 0.0) == inside


def test_strong_convexity_is_a_bound_from_below():
    theorem = lookup("local_sgd.strongly_convex_homogeneous.khaled2020")
    alike = replace(CAMPS, tilt=0.0, first=0.5, second=0.5)
    values = {**VALUES, "strong_convexity": 0.5}
    assert satisfies(theorem, alike, values, 0.0)
    assert not satisfies(theorem, alike, {**values, "strong_convexity": 0.6}, 0.0)
    assert not satisfies(theorem, replace(alike, tilt=0.1), values, 0.0), "workers are not alike"


def test_heterogeneity_on_the_path_is_what_was_met():
    theorem = lookup("local_sgd.nonconvex")
    values = {"smoothness": 1.0, "initial_gap": 1.0, "gradient_noise": 0.3, "heterogeneity": 0.5}
    camps = replace(CAMPS, second=-0.2)
    assert satisfies(theorem, camps, values, 0.25)
    assert not satisfies(theorem, camps, values, 0.26)
    assert not satisfies(lookup("local_momentum_sgd.nonconvex"), camps, values, 0.25), "at every x"


def test_starts_keep_to_both_bounds():
    assert stretch_to_start({"initial_gap": 4.0}, 1.0, None) == 2.0
    assert stretch_to_start({"initial_distance": 3.0}, 1.0, 1.0) == 3.0
    assert stretch_to_start({"initial_gap": 4.0, "initial_distance": 1.0}, 1.0, 1.0) == 1.0
    assert stretch_to_start({"initial_distance": 3.0}, 1.0, None) is None
    assert stretch_to_start({"initial_gap": 4.0}, 0.0, None) is None


def test_noise_keeps_to_what_is_bounded():
    assert largest_noise({"gradient_noise": 0.3, "noise_at_optimum": 0.2}) == 0.2
    assert largest_noise({}) == 0


def test_constants_that_follow_are_the_functions_own():
    theorem = lookup("local_sgd.heterogeneous_quadratics.fixed_point")
    found = implied_constants(theorem, replace(CAMPS, first=0.5, gradient_noise=0.0))
    assert found["hessian_spread"] == 0.5
    assert found["heterogeneity_of_optima"] == pytest.approx((0.5 * (1 + 0.25)) ** 0.5)
