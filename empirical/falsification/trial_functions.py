"""Shapes of the functions that bounds are tried on: scalar quadratics, and piecewise ones."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from empirical.falsification.admissible_functions import (
    AdmissibleFunctions,
    Values,
    largest_noise,
    stretch_to_start,
)
from empirical.problem import ExactProblem
from empirical.problems.synthetic.bent import Bent
from empirical.problems.synthetic.two_camps import TwoCamps

_FINE = 40
"""A counterexample is made plainer by rounding its shape to multiples of 1/40."""


class Shape(ABC):
    """The shape of functions: all about them but L, sigma, start and tilt, which a bound fixes."""

    @abstractmethod
    def problem(
        self, functions: AdmissibleFunctions, values: Values, num_workers: int
    ) -> ExactProblem | None:
        """Returns the functions of this shape that have a bound's constants.

        Workers are not tilted against each other where heterogeneity is bounded on the path only:
        how large it is there is known after a run.

        Args:
            functions: the class of functions that the bound admits.
            values: numbers for the bound's parameters.
            num_workers: M.

        Returns:
            None where no functions of this shape have these constants.
        """

    @abstractmethod
    def tilted(self, problem: ExactProblem, tilt: float) -> ExactProblem:
        """Returns a problem with linear functions added to the f_m that sum to 0 over workers."""

    @abstractmethod
    def moved(self, rng: np.random.Generator) -> Shape:
        """Returns a random shape near this one."""

    @abstractmethod
    def plainer(self) -> Iterator[Shape]:
        """Yields shapes with rounder or fewer numbers, those that differ most first."""


@dataclass(frozen=True)
class TwoQuadratics(Shape):
    """Two scalar quadratics, each the objective of half of the workers (problem two_camps).

    Attributes:
        first: curvature of the first half's quadratic, over L, in (0, 1].
        second: curvature of the second half's quadratic, over that of the first, in (-1, 1].
        up: whether the tilt of the first half is the larger (positive) one of two.
    """

    first: float = 1.0
    second: float = 1.0
    up: bool = True

    def problem(
        self, functions: AdmissibleFunctions, values: Values, num_workers: int
    ) -> TwoCamps | None:
        """Clips curvatures to the class, and tilts as far as bounds at every x, or at x*, allow."""
        smoothness, least = values.get("smoothness", 1.0), values.get("strong_convexity", 0.0)
        if least > smoothness:
            return None
        first = max(self.first * smoothness, least)
        second = max(self.second * first, least if functions.convex or least else -smoothness)
        second = first if functions.shared_hessian or functions.homogeneous else second
        made = TwoCamps(
            num_workers=num_workers,
            smoothness=smoothness,
            first=first,
            second=second,
            gradient_noise=largest_noise(values),
        )
        gap = made.constants["initial_gap"].value if "initial_gap" in made.constants else 0.0
        start = stretch_to_start(values, gap, 1.0) if gap > 0 else None
        if start is None:
            return None
        tilt = self._tilt_everywhere(made, functions, values)
        return replace(made, start=start, tilt=tilt if self.up else -tilt)

    def _tilt_everywhere(
        self, problem: TwoCamps, functions: AdmissibleFunctions, values: Values
    ) -> float:
        """Returns the largest tilt that bounds on heterogeneity at every x, or at x*, allow."""
        if problem.num_workers == 1 or functions.homogeneous:
            return 0.0
        # These constants are proportional to the tilt, and known where curvatures agree.
        unit = replace(problem, tilt=1.0, second=problem.first).constants
        names = ["greatest_heterogeneity", "heterogeneity_at_optimum", "dissimilarity"]
        names += [] if functions.heterogeneity_on_path else ["heterogeneity"]
        found = [values[name] / unit[name].value for name in names if name in values]
        return min(found, default=0.0 if "heterogeneity" in values else 1.0)

    def tilted(self, problem: ExactProblem, tilt: float) -> TwoCamps:
        """Returns the problem with this tilt in place of its own."""
        assert isinstance(problem, TwoCamps)
        return replace(problem, tilt=tilt)

    def moved(self, rng: np.random.Generator) -> TwoQuadratics:
        """Returns the shape with both curvatures changed a little at random."""
        first = min(1.0, self.first * float(np.exp(0.2 * rng.standard_normal())))
        second = float(np.clip(self.second + 0.1 * rng.standard_normal(), -0.95, 1))
        return TwoQuadratics(first, second, self.up)

    def plainer(self) -> Iterator[TwoQuadratics]:
        """Yields shapes of equal curvature, with a flat second half, and of rounded curvatures."""
        for first in (1.0, rounded(self.first)):
            for second in (1.0, 0.0, rounded(self.second), self.second):
                yield TwoQuadratics(first, second, up=True)
                yield TwoQuadratics(first, second, up=self.up)


@dataclass(frozen=True)
class PiecewiseQuadratics(Shape):
    """Scalar functions whose gradients are linear between a few knots, one of which is 0.

    Attributes:
        knots: increasing, 0 among them, in a unit of x that the bound's gap and distance fix.
        slopes: of each piece, in units of L, in [-1, 1]; rows are repeated over the workers.
        push: gradient of F at 0, in units of L times that unit; taken for 0 where F is convex.
        start: x_0, in that unit.
        chance: probability of the larger value of the noise.
    """

    knots: tuple[float, ...]
    slopes: tuple[tuple[float, ...], ...]
    push: float
    start: float
    chance: float

    def problem(
        self, functions: AdmissibleFunctions, values: Values, num_workers: int
    ) -> Bent | None:
        """Clips slopes to the class, stretches x to meet gap and distance, then tilts workers."""
        smoothness, least = values.get("smoothness", 1.0), values.get("strong_convexity", 0.0)
        if functions.quadratic or least > smoothness:
            return None
        slopes = self._slopes(functions, least / smoothness, num_workers)
        push = 0.0 if functions.convex or functions.convex_mean else self.push
        unit = self._made(slopes, np.full(num_workers, push), 1.0, num_workers)
        if unit is None or unit.minimiser is None:
            return None
        distance = unit.constants.get("initial_distance")
        gap = unit.constants["initial_gap"].value * smoothness
        stretch = stretch_to_start(values, gap, None if distance is None else distance.value)
        if stretch is None:
            return None
        apart = self._apart(functions, values, num_workers)
        tilts = push * stretch * smoothness + apart
        made = self._made(smoothness * slopes, tilts, stretch, num_workers)
        return None if made is None else replace(made, gradient_noise=largest_noise(values))

    def _slopes(self, functions: AdmissibleFunctions, least: float, num_workers: int) -> np.ndarray:
        """Returns the slopes in units of L, clipped to the class, (rows, n + 1)."""
        rows = np.array(self.slopes)[np.arange(num_workers) % len(self.slopes)]
        rows = (
            rows[:1]
            if functions.shared_hessian or functions.homogeneous or num_workers == 1
            else rows
        )
        lowest = least if functions.convex or least > 0 else -1.0
        return np.asarray(np.clip(rows, lowest, 1.0))

    def _apart(
        self, functions: AdmissibleFunctions, values: Values, num_workers: int
    ) -> np.ndarray:
        """Returns tilts of mean 0 that let workers differ as much as a bound allows, (M,)."""
        pattern = _pattern(num_workers)
        if functions.homogeneous or num_workers == 1:
            return 0 * pattern
        names = ["heterogeneity_at_optimum", "dissimilarity"]
        names += (
            [] if functions.heterogeneity_on_path and len(self.slopes) > 1 else ["heterogeneity"]
        )
        found = [values[name] for name in names if name in values]
        if "greatest_heterogeneity" in values:
            found.append(values["greatest_heterogeneity"] / float(np.abs(pattern).max()))
        return pattern * min(found, default=0.0)

    def _made(
        self, slopes: np.ndarray, at_zero: np.ndarray, stretch: float, num_workers: int
    ) -> Bent | None:
        if not slopes.any():
            return None
        knots = stretch * np.array(self.knots)
        before = slopes[:, 1:-1] * np.diff(knots)  # gain of the gradient from knot to knot
        tilts = at_zero - before[:, : self.knots.index(0.0)].sum(1)
        return Bent(
            num_workers=num_workers,
            knots=tuple(knots.tolist()),
            slopes=tuple(map(tuple, slopes.tolist())),
            tilts=tuple(tilts.tolist()),
            start=stretch * self.start,
            chance=self.chance,
        )

    def tilted(self, problem: ExactProblem, tilt: float) -> Bent:
        """Returns the problem with tilts of mean 0 added whose root mean square is the tilt."""
        assert isinstance(problem, Bent)
        tilts = np.broadcast_to(problem.tilts, (problem.num_workers,))
        moved = tilts + tilt * _pattern(problem.num_workers)
        return replace(problem, tilts=tuple(moved.tolist()))

    def moved(self, rng: np.random.Generator) -> PiecewiseQuadratics:
        """Returns the shape with every number changed a little at random; 0 remains a knot."""
        zero = self.knots.index(0.0)
        sizes = np.exp(0.15 * rng.standard_normal(len(self.knots)))
        knots = np.array(self.knots) * sizes
        if not (np.diff(knots) > 0).all():
            knots = np.array(self.knots)
        knots[zero] = 0.0
        slopes = np.array(self.slopes)
        change = 0.1 * rng.standard_normal(slopes.shape)
        change[:, [0, -1]] *= slopes[:, [0, -1]] != 0  # flat ends keep gradients bounded
        slopes = np.clip(slopes + change, -1, 1)
        return PiecewiseQuadratics(
            tuple(knots.tolist()),
            tuple(map(tuple, slopes.tolist())),
            self.push + 0.05 * rng.standard_normal() if self.push else 0.0,
            self.start * float(np.exp(0.1 * rng.standard_normal())),
            float(np.clip(self.chance + 0.05 * rng.standard_normal(), 0.02, 0.98)),
        )

    def plainer(self) -> Iterator[PiecewiseQuadratics]:
        """Yields the shape with all numbers rounded, with even chances of noise, or with both."""

        def near(values: Any) -> Any:
            return tuple(map(near, values)) if isinstance(values, tuple) else rounded(values)

        plain = PiecewiseQuadratics(
            near(self.knots),
            near(self.slopes),
            rounded(self.push),
            rounded(self.start),
            self.chance,
        )
        plain = plain if (np.diff(plain.knots) > 0).all() else self
        yield replace(plain, chance=0.5)
        yield replace(plain, chance=min(max(rounded(self.chance), 0.02), 0.98))
        yield replace(self, chance=0.5)


def random_piecewise(
    rng: np.random.Generator, *, bounded_gradients: bool = False
) -> PiecewiseQuadratics:
    """Draws a few knots, slopes that are often -1, 0 or 1, and noise that may be skewed.

    Args:
        rng: the only source of randomness.
        bounded_gradients: whether gradients must be constant far away, and so bounded.
    """
    count = int(rng.integers(1, 4)) + bounded_gradients
    knots = np.sort(rng.normal(0, 0.7, count))
    knots[int(rng.integers(count))] = 0.0
    rows = int(rng.integers(1, 4))
    knots = np.sort(knots)
    wild = rng.uniform(-1, 1, (rows, count + 1))
    slopes = np.where(rng.random(wild.shape) < 0.5, rng.choice([-1.0, 0.0, 1.0], wild.shape), wild)
    slopes[:, [0, -1]] = 0.0 if bounded_gradients else np.abs(slopes[:, [0, -1]])
    start = float(rng.choice([-1, 1]) * np.exp(rng.uniform(-2, 1)))
    push = 0.0 if rng.random() < 0.5 else float(rng.normal(0, 0.3))
    chance = 0.5 if rng.random() < 0.4 else float(rng.uniform(0.03, 0.97))
    return PiecewiseQuadratics(
        tuple(knots.tolist()), tuple(map(tuple, slopes.tolist())), push, start, chance
    )


def rounded(value: float) -> float:
    """Returns the multiple of 1/40 that is nearest to a value."""
    return round(value * _FINE) / _FINE


def _pattern(num_workers: int) -> np.ndarray:
    """Returns one value for half of the workers, one for the rest: mean 0, mean square 1, (M,)."""
    first = (num_workers + 1) // 2
    ratio = math.sqrt((num_workers - first) / first) if num_workers > 1 else 1.0
    return np.array([ratio] * first + [-1 / ratio] * (num_workers - first))
