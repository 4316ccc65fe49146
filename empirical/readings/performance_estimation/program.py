"""The worst case over a class of functions as a program over Gram matrices and values.

Everything here is free of units: L = 1, and the start is bounded by 1.

Source: drori2014performance; taylor2017smooth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from empirical.problems.families.smooth_interpolation import required_rise
from empirical.readings.performance_estimation.gram import Frame
from empirical.readings.performance_estimation.iterate_coefficients import Trace
from empirical.readings.performance_estimation.semidefinite import Program
from empirical.readings.performance_estimation.setting import Setting, Summary
from theory.measures import Quantity

Constraint = tuple[np.ndarray, float]
"""A linear form (packed + scalars,) and what it must not exceed."""


@dataclass(frozen=True)
class EvaluationSchedule:
    """Which evaluations of a run are the start and the measured ones."""

    start: int
    measured: tuple[int, ...]


def schedule(trace: Trace, summary: Summary) -> EvaluationSchedule:
    """Makes the evaluations that the measure needs, beside those of the method."""
    start = trace.visit(np.eye(1, trace.reports.shape[-1]))
    before_end, end = trace.reports[:-1], trace.reports[-1:]
    if summary is Summary.LAST:
        wanted = end
    elif summary is Summary.AVERAGED_ITERATE:
        wanted = before_end.mean(0, keepdims=True)
    else:
        wanted = before_end
    return EvaluationSchedule(start, tuple(trace.visit(point[None]) for point in wanted))


def program(frame: Frame, schedule: EvaluationSchedule, setting: Setting) -> Program:
    """The program whose unknowns are Gram matrices, then values, then an epigraph variable."""
    builder = Estimation(frame, schedule, setting)
    constraints = [
        *builder.interpolation(),
        *builder.starts(),
        *builder.heterogeneity(),
        *builder.infimum(),
    ]
    objective, epigraph = builder.measure()
    rows = [row for row, _ in constraints] + list(epigraph)
    bounds = [bound for _, bound in constraints] + [0.0] * len(epigraph)
    return Program(frame.sizes, objective, np.stack(rows), np.array(bounds))


class Estimation:
    """Linear forms of (packed Gram matrices, values, epigraph variable) and what bounds them.

    Args:
        frame: of the workers' functions.
        schedule: where it starts and is measured.
        setting: what is asked.

    Attributes:
        values: f_m at each evaluation, forms (functions, evaluations, scalars).
    """

    def __init__(self, frame: Frame, schedule: EvaluationSchedule, setting: Setting) -> None:
        self.frame, self.schedule, self.setting = frame, schedule, setting
        self.lowest = setting.function_class.lowest / setting.function_class.smoothness
        self.best = setting.summary is Summary.BEST
        functions, evaluations = frame.points.shape[:2]
        self.values = _values(functions, evaluations, schedule.start, frame.optimum)
        if self.best:
            self.values = np.pad(self.values, ((0, 0), (0, 0), (0, 1)))
        self._slopes = frame.mean(frame.gradients)

    def interpolation(self) -> Iterator[Constraint]:
        """Between any two evaluations of a function."""
        x, g, f = self.frame.points, self.frame.gradients, self.values
        above, below = np.nonzero(~np.eye(x.shape[1], dtype=bool))
        for m in range(len(x)):
            ends, slopes = (x[m, above], x[m, below]), (g[m, above], g[m, below])
            rise = required_rise(self.frame.inner, ends, slopes, 1.0, self.lowest)
            yield from ((row, 0.0) for row in np.hstack([rise, f[m, below] - f[m, above]]))

    def starts(self) -> Iterator[Constraint]:
        """On F(x_0) - F* and |x_0 - x*|."""
        setting, start = self.setting, self.schedule.start
        if setting.initial_gap is not None:
            yield self._form(values=self.values[:, start].mean(0)), 1.0
        if setting.initial_distance is not None:
            x = self.frame.points[0, start]
            unit = setting.objective_unit / setting.function_class.smoothness
            yield self._form(self.frame.inner(x, x)), setting.initial_distance**2 / unit

    def heterogeneity(self) -> Iterator[Constraint]:
        """Wherever all workers meet, the optimum included; and on average over report points."""
        setting, frame = self.setting, self.frame
        unit = setting.objective_unit * setting.function_class.smoothness
        for e in np.flatnonzero(frame.common):
            bounds = [setting.heterogeneity]
            if frame.optimum and e == len(frame.common) - 1:
                bounds.append(setting.heterogeneity_at_optimum)
            known = [bound for bound in bounds if bound is not None]
            spread = frame.spread(frame.gradients[:, e])
            if known and spread.any():
                yield self._form(spread), min(known) ** 2 / unit
        if setting.heterogeneity_on_average is not None:
            spreads = [frame.spread(frame.gradients[:, e]) for e in self.schedule.measured]
            mean = np.mean(spreads, axis=0)
            if mean.any():
                yield self._form(mean), setting.heterogeneity_on_average**2 / unit

    def infimum(self) -> Iterator[Constraint]:
        """F* <= F, where there is no optimum that says so: by the parabola of each evaluation."""
        if not self.frame.optimum:
            functions, evaluations = self.frame.points.shape[:2]
            for only in np.eye(evaluations):
                yield self.cut(np.tile(only, (functions, 1)))

    def cut(self, weights: np.ndarray) -> Constraint:
        r"""F* <= min_x mean_m (the parabola above f_m with these weights), which is above F.

        Parabolas of curvature L~ = L - mu for f~ = f - mu |x|^2 / 2, with mean vertices c_m and
        mean least values v_m, leave mean_m (v_m + L~ |c_m|^2 / 2) - L~^2 |mean_m c_m|^2 / (2 L).

        Args:
            weights: in the simplex, one row a worker, (M, evaluations); in the symmetric frame M
                may be anything, and the cut holds for this M unless all rows are the same.
        """
        frame, lowest, curvature = self.frame, self.lowest, 1 - self.lowest
        workers = np.arange(len(weights)) % len(frame.points)
        x = frame.points
        slopes = frame.gradients - lowest * x
        least = -lowest / 2 * frame.inner(x, x) - frame.inner(slopes, slopes) / (2 * curvature)
        centres = np.einsum("me,men->mn", weights, (x - slopes / curvature)[workers])
        packed = np.einsum("me,mep->p", weights, least[workers]) / len(weights)
        packed += curvature / 2 * frame.inner(centres, centres).mean(0)
        packed -= curvature**2 / 2 * frame.squared_mean(centres)
        values = np.einsum("me,mes->s", weights, self.values[workers]) / len(weights)
        return -self._form(packed, values), 0.0

    def measure(self) -> tuple[np.ndarray, np.ndarray]:
        """What is maximised, and rows <= 0 that hold the epigraph variable below each term."""
        forms = np.stack([self._quantity(e) for e in self.schedule.measured])
        if not self.best:
            return forms.mean(0), forms[:0]
        epigraph = np.zeros(forms.shape[-1])
        epigraph[-1] = 1
        return epigraph, epigraph - forms

    def _quantity(self, e: int) -> np.ndarray:
        if self.setting.quantity is Quantity.SUBOPTIMALITY:
            return self._form(values=self.values[:, e].mean(0))
        return self._form(self.frame.inner(self._slopes[e], self._slopes[e]))

    def _form(
        self, packed: np.ndarray | None = None, values: np.ndarray | None = None
    ) -> np.ndarray:
        none = np.zeros(self.frame.packed_size), np.zeros(self.values.shape[-1])
        return np.concatenate(
            [none[0] if packed is None else packed, none[1] if values is None else values]
        )


def _values(functions: int, evaluations: int, start: int, optimum: bool) -> np.ndarray:
    """f_m at each evaluation as linear forms of scalars, (functions, evaluations, scalars).

    Only their mean is ever bounded, so each function may be moved up or down: they agree at x*
    where there is one, with value 0, and at x_0 elsewhere, where F* = 0.
    """
    index = np.arange(functions * evaluations).reshape(functions, evaluations)
    if optimum:
        index[:, -1] = -1
    else:
        index[:, start] = index[0, start]
    return np.asarray(index[..., None] == np.setdiff1d(index, [-1]), dtype=float)
