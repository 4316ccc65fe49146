"""Reading four: the same algorithm against the worst functions of a class.

Its gradients are basis vectors of Gram matrices, so its worst case is a semidefinite program whose
multipliers prove the value and whose matrices are functions that attain it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from empirical.algorithm import Algorithm
from empirical.problems.synthetic.interpolated import Interpolated, nested
from empirical.readings.performance_estimation.extremal_functions import Extremal
from empirical.readings.performance_estimation.gram import Frame, full_frame, symmetric_frame
from empirical.readings.performance_estimation.iterate_coefficients import trace
from empirical.readings.performance_estimation.program import (
    Estimation,
    EvaluationSchedule,
    program,
    schedule,
)
from empirical.readings.performance_estimation.semidefinite import (
    Optimum,
    Program,
    Unbounded,
    Unreliable,
    maximise,
)
from empirical.readings.performance_estimation.setting import Setting
from theory.notation import GLOSSARY

_EVERY_M = (2, 3, 5)
"""Numbers of workers on which exchangeability is tested."""

_MOST_POINTS = 64
"""Points at which gradients are taken, in a run for every M or over all workers of one for a given
M, up to which a worst case is solved for."""

_DIP = 1e-6
"""How far F may fall below F*, in units of the start, before it is cut."""

_SAME_CUT = 1e-3
"""Greatest difference of weights at which two cuts are one."""

_CUTS = 20
"""Rounds of cuts after which F* is given up."""


@dataclass(frozen=True)
class WorstCase:
    """The worst case of a method over a class, with its proof and the functions that attain it.

    No functions of the class are worse. In a convex class whose workers are compared at x* only,
    some are as bad. Elsewhere two conditions that hold at every x are imposed only where the method
    has been: F* <= F, of which tightened adds what is missing, and the heterogeneity, which the
    functions may exceed between the points of the run.

    Attributes:
        setting: what was asked.
        num_workers: M; None where it holds for every M >= 2.
        value: what points, gradients and values attain, in the unit of the measure.
        upper: what the multipliers prove, up to the solver's tolerance.
        status: of the solver.
    """

    setting: Setting
    num_workers: int | None
    value: float
    upper: float
    status: str
    _model: _Model = field(repr=False, compare=False)

    @property
    def gap(self) -> float:
        """What is proved less what is attained; rounding may make it negative."""
        return self.upper - self.value

    def tightened(self, num_workers: int | None = None) -> WorstCase:
        """The worst case for M workers, with F* <= F wherever a search found it broken.

        The same value says that the first was exact. Of convex functions it always is.

        Args:
            num_workers: M; the only choice is its own where it has one, any M >= 2 elsewhere (2).

        Raises:
            ValueError: no such number of workers.
            Unreliable: F* is still broken after many cuts.
        """
        count, model = self._chosen(num_workers), self._model
        for seed in range(_CUTS):
            broken = [] if model.frame.optimum else self._broken(model, count, seed)
            if not broken:
                return _worst_case(self.setting, count, model)
            model = model.cut(self.setting, broken)
        raise Unreliable(f"F falls below F* after {_CUTS} rounds of cuts")

    def problem(self, num_workers: int | None = None) -> Interpolated:
        """Functions of M workers on which the method attains the tightened worst case; F* = 0.

        Args:
            num_workers: M; the only choice is its own where it has one, any M >= 2 elsewhere (2).

        Raises:
            ValueError: no such number of workers.
            Unreliable: F* is still broken after many cuts.
        """
        count, setting = self._chosen(num_workers), self.setting
        model = self.tightened(count)._model
        found, start = model.extremal(setting, count), model.schedule.start
        smoothness, unit = setting.function_class.smoothness, setting.objective_unit
        length = math.sqrt(unit / smoothness)
        return Interpolated(
            num_workers=count,
            points=nested(length * found.points),
            gradients=nested(smoothness * length * found.gradients),
            values=nested(unit * found.values),
            start=nested(length * found.points[0, start]),
            smoothness=smoothness,
            lowest=setting.function_class.lowest,
            initial_gap=unit * max(0.0, float(found.values[:, start].mean())),
        )

    def _chosen(self, num_workers: int | None) -> int:
        chosen = num_workers or self.num_workers or 2
        if chosen != (self.num_workers or max(2, chosen)):
            raise ValueError(f"num_workers={chosen} must be {self.num_workers or '>= 2'}")
        return chosen

    def _broken(self, model: _Model, num_workers: int, seed: int) -> list[np.ndarray]:
        """Weights of parabolas that let F fall below F*, (M, evaluations) each."""
        found: list[np.ndarray] = []
        for value, weights in model.extremal(self.setting, num_workers).descents(seed):
            known = any(np.abs(weights - other).max() < _SAME_CUT for other in found)
            if value < -_DIP and not known:
                found.append(weights)
        return found


@dataclass(frozen=True, eq=False)
class _Model:
    """A program with its solution and what its unknowns mean."""

    frame: Frame
    schedule: EvaluationSchedule
    program: Program
    optimum: Optimum

    def extremal(self, setting: Setting, num_workers: int) -> Extremal:
        """The functions of the solution, free of units."""
        estimation = Estimation(self.frame, self.schedule, setting)
        values = estimation.values @ self.optimum.scalars
        return Extremal.of(
            self.frame, self.optimum.matrices, values, num_workers, estimation.lowest
        )

    def cut(self, setting: Setting, broken: list[np.ndarray]) -> _Model:
        """Returns this model with more cuts."""
        estimation = Estimation(self.frame, self.schedule, setting)
        rows, bounds = zip(*map(estimation.cut, broken), strict=True)
        program = self.program.with_constraints(np.stack(rows), np.array(bounds))
        return replace(self, program=program, optimum=maximise(program))


def worst_case(
    algorithm: Algorithm[Any], setting: Setting, *, num_rounds: int, num_workers: int | None = None
) -> WorstCase:
    """The greatest measure that a method without gradient noise can have over a class.

    Args:
        algorithm: linear in its gradients, with one step size.
        setting: functions, start, measure.
        num_rounds: R, >= 1.
        num_workers: M, >= 1; None for a proof that holds for every M >= 2 and is the fastest.

    Raises:
        NotLinear: the method is not linear.
        NotExchangeable: no M was given, and the method treats workers differently.
        ImportError: Clarabel is missing.
        Unbounded: no finite worst case.
        Unreliable: the solver contradicts itself.
        ValueError: the run is too long for a program of this kind.
    """
    GLOSSARY["num_rounds"].check(num_rounds)
    _check_length(num_rounds * algorithm.local_steps, num_workers)
    counts = _EVERY_M if num_workers is None else (num_workers,)
    traces = [trace(algorithm, num_workers=count, num_rounds=num_rounds) for count in counts]
    planned = [schedule(item, setting.summary) for item in traces]
    options: dict[str, Any] = {
        "smoothness": setting.function_class.smoothness,
        "optimum": setting.function_class.convex,
        "merged": setting.heterogeneity == 0,
        "agreed": 0 in (setting.heterogeneity, setting.heterogeneity_at_optimum),
    }
    if num_workers is None:
        frame = symmetric_frame(traces, **options)
    else:
        frame = full_frame(traces[0], **options)
    made = program(frame, planned[0], setting)
    try:
        optimum = maximise(made)
    except Unbounded as error:
        raise Unbounded(f"no finite worst case: {error}{setting.advice}") from None
    except Unreliable as error:
        raise Unreliable(f"no worst case: {error}{setting.advice}") from None
    return _worst_case(setting, num_workers, _Model(frame, planned[0], made, optimum))


def _check_length(num_steps: int, num_workers: int | None) -> None:
    """Raises ValueError for a run whose program would take longer than anybody waits."""
    # The time grows like the fifth power of this size: seconds at 10, minutes at 30.
    size = num_steps * (1 if num_workers is None else num_workers)
    if size > _MOST_POINTS:
        of = "" if num_workers is None else f" of {num_workers} workers"
        raise ValueError(
            f"the worst case of {num_steps} steps{of} is too large to solve for; take fewer local "
            f"steps or rounds, {_MOST_POINTS} steps at most, and as many over all workers if their "
            "number is given"
        )


def tuned_step_size(
    algorithm: Algorithm[Any],
    setting: Setting,
    *,
    num_rounds: int,
    low: float,
    high: float,
    num_workers: int | None = None,
) -> float:
    """The step size with the least worst case, to about 0.1 %.

    The search takes for granted that the worst case falls and then rises between low and high.

    Args:
        algorithm: its own step size does not matter.
        setting: functions, start, measure.
        num_rounds: R, >= 1.
        low: least step size to look at, unit x^2/f, > 0.
        high: greatest.
        num_workers: as for worst_case.

    Raises:
        ValueError: the interval is empty; see also worst_case.
    """
    if not 0 < low < high:
        raise ValueError(f"low={low} and high={high} must satisfy 0 < low < high")

    def value(logarithm: float) -> float:
        method = replace(algorithm, step_size=math.exp(logarithm))
        try:
            found = worst_case(method, setting, num_rounds=num_rounds, num_workers=num_workers)
        except Unbounded:
            return math.inf
        return found.upper

    bounds = (math.log(low), math.log(high))
    found = minimize_scalar(value, bounds=bounds, method="bounded", options={"xatol": 1e-3})
    return math.exp(found.x)


def _worst_case(setting: Setting, num_workers: int | None, model: _Model) -> WorstCase:
    unit, optimum = setting.measure_unit, model.optimum
    return WorstCase(
        setting=setting,
        num_workers=num_workers,
        value=unit * optimum.value,
        upper=unit * optimum.upper,
        status=optimum.status,
        _model=model,
    )
