"""Functions up to the constants of a bound: camps of parabolas, and gradients that are bent."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from empirical.falsification.admissible_functions import Room, Values, noise_of, start_at
from empirical.problem import ExactProblem
from empirical.problems.synthetic.bent import Bent
from empirical.problems.synthetic.two_camps import TwoCamps

_FINE = 40
"""Knots, slopes and tilts are multiples of one over it once a counterexample is made plainer."""


class Shape(ABC):
    """Functions up to the constants of a bound."""

    @abstractmethod
    def problem(self, room: Room, values: Values, num_workers: int) -> ExactProblem | None:
        """The functions with a bound's constants, untilted where heterogeneity is read off a run.

        Returns:
            None where there are none.
        """

    @abstractmethod
    def tilted(self, problem: ExactProblem, tilt: float) -> ExactProblem:
        """The same functions, workers further apart by a constant."""

    @abstractmethod
    def moved(self, rng: np.random.Generator) -> Shape:
        """One nearby."""

    @abstractmethod
    def plainer(self) -> Iterator[Shape]:
        """Some that are easier on the eye."""


@dataclass(frozen=True)
class Camps(Shape):
    """Two camps of parabolas.

    Attributes:
        first: curvature of the first camp over L, in (0, 1].
        second: that of the second camp over the first's, in (-1, 1].
        up: which of two tilts.
    """

    first: float = 1.0
    second: float = 1.0
    up: bool = True

    def problem(self, room: Room, values: Values, num_workers: int) -> TwoCamps | None:
        """Curvatures within the room; constants that bound tilts everywhere, exhausted."""
        smoothness, least = values.get("smoothness", 1.0), values.get("strong_convexity", 0.0)
        if least > smoothness:
            return None
        first = max(self.first * smoothness, least)
        second = max(self.second * first, least if room.convex or least else -smoothness)
        second = first if room.one_hessian or room.same else second
        made = TwoCamps(
            num_workers=num_workers,
            smoothness=smoothness,
            first=first,
            second=second,
            gradient_noise=noise_of(values),
        )
        gap = made.constants["initial_gap"].value if "initial_gap" in made.constants else 0.0
        start = start_at(values, gap, 1.0) if gap > 0 else None
        if start is None:
            return None
        tilt = self._tilt_everywhere(made, room, values)
        return replace(made, start=start, tilt=tilt if self.up else -tilt)

    def _tilt_everywhere(self, problem: TwoCamps, room: Room, values: Values) -> float:
        """The largest tilt that heterogeneity bounded at every x, or at x*, admits."""
        if problem.num_workers == 1 or room.same:
            return 0.0
        unit = replace(problem, tilt=1.0, second=problem.first).constants
        names = ["greatest_heterogeneity", "heterogeneity_at_optimum", "dissimilarity"]
        names += [] if room.on_path else ["heterogeneity"]
        found = [values[name] / unit[name].value for name in names if name in values]
        return min(found, default=0.0 if "heterogeneity" in values else 1.0)

    def tilted(self, problem: ExactProblem, tilt: float) -> TwoCamps:
        """With that tilt."""
        assert isinstance(problem, TwoCamps)
        return replace(problem, tilt=tilt)

    def moved(self, rng: np.random.Generator) -> Camps:
        """Both curvatures moved a little."""
        first = min(1.0, self.first * float(np.exp(0.2 * rng.standard_normal())))
        second = float(np.clip(self.second + 0.1 * rng.standard_normal(), -0.95, 1))
        return Camps(first, second, self.up)

    def plainer(self) -> Iterator[Camps]:
        """Camps alike and of curvature L; one of them flat; rounded curvatures."""
        for first in (1.0, rounded(self.first)):
            for second in (1.0, 0.0, rounded(self.second), self.second):
                yield Camps(first, second, up=True)
                yield Camps(first, second, up=self.up)


@dataclass(frozen=True)
class Bends(Shape):
    """Functions with gradients that are bent at a few knots, one of which is 0.

    Attributes:
        knots: increasing, in units of the start, 0 among them.
        slopes: one row for every worker up to three, in units of L, in [-1, 1].
        push: gradient of F at 0, in units of L times the start; 0 where F is convex.
        start: x_0, in those units.
        chance: of the larger value of the noise.
    """

    knots: tuple[float, ...]
    slopes: tuple[tuple[float, ...], ...]
    push: float
    start: float
    chance: float

    def problem(self, room: Room, values: Values, num_workers: int) -> Bent | None:
        """Slopes within the room, then the start, then tilts."""
        smoothness, least = values.get("smoothness", 1.0), values.get("strong_convexity", 0.0)
        if room.quadratic or least > smoothness:
            return None
        slopes = self._slopes(room, least / smoothness, num_workers)
        push = 0.0 if room.convex or room.convex_mean else self.push
        unit = self._made(slopes, np.full(num_workers, push), 1.0, num_workers)
        if unit is None or unit.minimiser is None:
            return None
        distance = unit.constants.get("initial_distance")
        gap = unit.constants["initial_gap"].value * smoothness
        stretch = start_at(values, gap, None if distance is None else distance.value)
        if stretch is None:
            return None
        apart = self._apart(room, values, num_workers)
        tilts = push * stretch * smoothness + apart
        made = self._made(smoothness * slopes, tilts, stretch, num_workers)
        return None if made is None else replace(made, gradient_noise=noise_of(values))

    def _slopes(self, room: Room, least: float, num_workers: int) -> np.ndarray:
        """In units of L, (rows, n + 1)."""
        rows = np.array(self.slopes)[np.arange(num_workers) % len(self.slopes)]
        rows = rows[:1] if room.one_hessian or room.same or num_workers == 1 else rows
        lowest = least if room.convex or least > 0 else -1.0
        return np.asarray(np.clip(rows, lowest, 1.0))

    def _apart(self, room: Room, values: Values, num_workers: int) -> np.ndarray:
        """Constants that part workers as far as a bound allows, of mean 0, (M,)."""
        pattern = _pattern(num_workers)
        if room.same or num_workers == 1:
            return 0 * pattern
        names = ["heterogeneity_at_optimum", "dissimilarity"]
        names += [] if room.on_path and len(self.slopes) > 1 else ["heterogeneity"]
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
        before = slopes[:, 1:-1] * np.diff(knots)  # what the gradient gains from knot to knot
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
        """With workers apart by a constant whose root mean square is the tilt."""
        assert isinstance(problem, Bent)
        tilts = np.broadcast_to(problem.tilts, (problem.num_workers,))
        moved = tilts + tilt * _pattern(problem.num_workers)
        return replace(problem, tilts=tuple(moved.tolist()))

    def moved(self, rng: np.random.Generator) -> Bends:
        """Everything moved a little, 0 staying a knot."""
        zero = self.knots.index(0.0)
        sizes = np.exp(0.15 * rng.standard_normal(len(self.knots)))
        knots = np.array(self.knots) * sizes
        if not (np.diff(knots) > 0).all():
            knots = np.array(self.knots)
        knots[zero] = 0.0
        slopes = np.array(self.slopes)
        change = 0.1 * rng.standard_normal(slopes.shape)
        change[:, [0, -1]] *= slopes[:, [0, -1]] != 0  # straight ends stay straight
        slopes = np.clip(slopes + change, -1, 1)
        return Bends(
            tuple(knots.tolist()),
            tuple(map(tuple, slopes.tolist())),
            self.push + 0.05 * rng.standard_normal() if self.push else 0.0,
            self.start * float(np.exp(0.1 * rng.standard_normal())),
            float(np.clip(self.chance + 0.05 * rng.standard_normal(), 0.02, 0.98)),
        )

    def plainer(self) -> Iterator[Bends]:
        """Everything rounded, and noise that is even."""

        def near(values: Any) -> Any:
            return tuple(map(near, values)) if isinstance(values, tuple) else rounded(values)

        plain = Bends(
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


def random_bends(rng: np.random.Generator, *, straight: bool = False) -> Bends:
    """Up to three knots, slopes that like to be extreme, noise that may be skewed.

    Args:
        rng: draws them.
        straight: whether gradients are constant far away, and so bounded.
    """
    count = int(rng.integers(1, 4)) + straight
    knots = np.sort(rng.normal(0, 0.7, count))
    knots[int(rng.integers(count))] = 0.0
    rows = int(rng.integers(1, 4))
    knots = np.sort(knots)
    wild = rng.uniform(-1, 1, (rows, count + 1))
    slopes = np.where(rng.random(wild.shape) < 0.5, rng.choice([-1.0, 0.0, 1.0], wild.shape), wild)
    slopes[:, [0, -1]] = 0.0 if straight else np.abs(slopes[:, [0, -1]])
    start = float(rng.choice([-1, 1]) * np.exp(rng.uniform(-2, 1)))
    push = 0.0 if rng.random() < 0.5 else float(rng.normal(0, 0.3))
    chance = 0.5 if rng.random() < 0.4 else float(rng.uniform(0.03, 0.97))
    return Bends(tuple(knots.tolist()), tuple(map(tuple, slopes.tolist())), push, start, chance)


def rounded(value: float) -> float:
    """To a multiple of 1/40."""
    return round(value * _FINE) / _FINE


def _pattern(num_workers: int) -> np.ndarray:
    """One worker against the others, or half against half: mean 0, mean square 1, (M,)."""
    first = (num_workers + 1) // 2
    ratio = math.sqrt((num_workers - first) / first) if num_workers > 1 else 1.0
    return np.array([ratio] * first + [-1 / ratio] * (num_workers - first))
