"""Runs on functions that have a bound's constants, and the expectations that they attain."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from empirical.algorithm import Algorithm
from empirical.falsification.admissible_functions import AdmissibleFunctions, Values
from empirical.falsification.exact_measures import (
    TIME_AVERAGE,
    MeasuredPlace,
    measured,
)
from empirical.falsification.trial_functions import Shape, TwoQuadratics
from empirical.problem import ExactProblem
from empirical.problems.synthetic.two_camps import TwoCamps

_EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class TrialRun:
    """A run of one method on one problem, and the measures that it attains in expectation.

    Attributes:
        algorithm: the method.
        problem: the functions.
        num_rounds: R.
        place: the point and the summary at which measures are taken.
        measures: the expectation of every measure there, by name.
    """

    algorithm: Algorithm[Any]
    problem: ExactProblem
    num_rounds: int
    place: MeasuredPlace
    measures: dict[str, float]

    @property
    def attained(self) -> float:
        """The expectation of |grad F|^2 at the place of measurement, unit f^2/x^2."""
        return self.measures["squared_gradient_norm"]

    def rounding(self, name: str) -> float:
        """Returns an estimate from above of the rounding error in a measure, in its unit.

        Its share of the measure is largest where a run ends near the optimum.

        Args:
            name: squared_gradient_norm, objective or squared_distance.
        """
        smoothness, start = self.problem.constants["smoothness"].value, self.problem.initial_point()
        steepest = float(
            self.problem.gradient(start[None], range(self.problem.num_workers)).abs().max()
        )
        size, steps = float(start.abs().max()), self.algorithm.local_steps
        travelled = float(self.algorithm.step_size) * steps * steepest
        # Every step rounds an iterate of at most about this size: the error of a point, unit x.
        away = _EPS * (16 + steps * self.num_rounds) * (size + travelled)
        # Measures are squares: these are the errors of their square roots.
        unit = {
            "squared_gradient_norm": smoothness * away + 16 * _EPS * steepest,
            "objective": math.sqrt(smoothness) * away,
            "squared_distance": away,
        }[name]
        # An objective is also a difference from F*, which cancels terms as large as at the start.
        level = _EPS * size * (steepest + smoothness * size) if name == "objective" else 0.0
        # (sqrt(m) + unit)^2 - m is the error of the square m.
        return 2 * math.sqrt(max(self.measures[name], 0.0)) * unit + unit**2 + 16 * level


def trial_run(
    shape: Shape,
    functions: AdmissibleFunctions,
    algorithm: Algorithm[Any],
    values: Values,
    *,
    num_workers: int,
    place: MeasuredPlace = TIME_AVERAGE,
) -> TrialRun | None:
    """Returns a run on functions of a shape whose mean heterogeneity along it is a bound's.

    On two quadratics the mean heterogeneity is a quadratic function of the tilt, which is solved
    for zeta^2. Other functions keep the tilt that they were made with, and may differ by less.

    Args:
        shape: shape of the functions.
        functions: the class of functions that the bound admits.
        algorithm: the method.
        values: numbers for the bound's parameters and the schedule.
        num_workers: M.
        place: where the bound measures.

    Returns:
        None where no functions of this shape have these constants.
    """
    problem, num_rounds = shape.problem(functions, values, num_workers), int(values["num_rounds"])
    if problem is None:
        return None
    if (
        isinstance(shape, TwoQuadratics)
        and functions.heterogeneity_on_path
        and num_workers > 1
        and "heterogeneity" in values
    ):
        assert isinstance(problem, TwoCamps)
        wanted = values["heterogeneity"] ** 2
        tilt = _tilt(algorithm, problem, num_rounds, place, wanted, up=shape.up)
        if tilt is None:
            return None
        problem = shape.tilted(problem, tilt)
    return TrialRun(
        algorithm, problem, num_rounds, place, measured(algorithm, problem, num_rounds, place)
    )


def _tilt(
    algorithm: Algorithm[Any],
    problem: TwoCamps,
    num_rounds: int,
    place: MeasuredPlace,
    wanted: float,
    *,
    up: bool,
) -> float | None:
    """Returns the tilt at which the mean of mean_m |grad f_m - grad F|^2 along a run is `wanted`.

    Returns None where no tilt gives it: curvatures that differ may make it larger at every tilt.
    """
    # Iterates are affine in the tilt, and so three readings fix the quadratic of the heterogeneity.
    unit = math.sqrt(wanted) or 1.0
    low, middle, high = (
        measured(algorithm, replace(problem, tilt=tilt), num_rounds, place)["dissimilarity"]
        for tilt in (-unit, 0.0, unit)
    )
    square, linear = (high + low) / 2 - middle, (high - low) / 2
    inside = linear**2 - 4 * square * (middle - wanted)
    if not (math.isfinite(inside) and inside >= 0 and square > 0):
        return None
    root = math.sqrt(inside) if up else -math.sqrt(inside)
    return unit * (root - linear) / (2 * square)
