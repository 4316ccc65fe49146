"""Runs on functions with a bound's constants, and what they attain."""

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
    """One method on one problem, and what it attains in expectation.

    Attributes:
        algorithm: the method.
        problem: what it runs on.
        num_rounds: R.
        place: where on the run they are measured.
        measures: by name, there.
    """

    algorithm: Algorithm[Any]
    problem: ExactProblem
    num_rounds: int
    place: MeasuredPlace
    measures: dict[str, float]

    @property
    def attained(self) -> float:
        """E|grad F|^2."""
        return self.measures["squared_gradient_norm"]

    def rounding(self, name: str) -> float:
        """By how much arithmetic may err in a measure: most where a run ends near the optimum."""
        smoothness, start = self.problem.constants["smoothness"].value, self.problem.initial_point()
        steepest = float(
            self.problem.gradient(start[None], range(self.problem.num_workers)).abs().max()
        )
        size, steps = float(start.abs().max()), self.algorithm.local_steps
        travelled = float(self.algorithm.step_size) * steps * steepest
        away = _EPS * (16 + steps * self.num_rounds) * (size + travelled)
        unit = {
            "squared_gradient_norm": smoothness * away + 16 * _EPS * steepest,
            "objective": math.sqrt(smoothness) * away,
            "squared_distance": away,
        }[name]
        level = _EPS * size * (steepest + smoothness * size) if name == "objective" else 0.0
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
    """A run on functions of a shape, the mean heterogeneity along it as large as a bound's.

    That is a quadratic function of the tilt for parabolas, which is solved for; other functions
    are tilted as much as at one point, and may be apart by less.

    Returns:
        None where no such functions have these constants.
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
    """The tilt at which the mean heterogeneity along the run is as wanted."""
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
