"""Scalar functions with piecewise linear gradients and noise of two values.

f_m' is tilts[m] at the first knot, and has the slope slopes[m][i] left of knot i, slopes[m][n]
right of the last. A gradient has noise of two values: one with the given chance, the other
otherwise, of mean 0 and variance sigma^2, by chance of its own for every worker and step.

F has the minimum 0, where it has one. Small enough that all outcomes of a run can be listed,
and yet of whatever curvature a bound admits. All constants are exact: suprema over x are
attained at knots or far away, and F has its infimum where its gradient is 0.

Source: ratebound, our own instance, for exact enumeration of all outcomes of a run.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from empirical.field_ranges import check_known, check_within
from empirical.problem import Constant, ExactProblem, exact
from empirical.problems.families.function_facts import alike, curved_from
from theory.assumptions import Assumption, closure


@dataclass(frozen=True, kw_only=True)
class Bent(ExactProblem):
    """Scalar functions whose gradients are straight between a few knots.

    Attributes:
        knots: increasing, unit x, n >= 1.
        slopes: of every worker, n + 1 each, unit f/x^2; those of a worker who stands for all may be
            given alone.
        tilts: of every worker, unit f/x; one number stands for all.
        start: x_0, unit x.
        gradient_noise: sigma, unit f/x, >= 0.
        chance: of the larger value of the noise, in (0, 1).

    Raises:
        ValueError: an attribute is out of its range, or their lengths do not fit.

    Source: ratebound, our own instance, for exact enumeration of all outcomes of a run; the
    functions stand at the top of this file.
    """

    knots: tuple[float, ...] = (0.0,)
    slopes: tuple[tuple[float, ...], ...] = ((1.0, 1.0),)
    tilts: tuple[float, ...] = (0.0,)
    start: float = 1.0
    gradient_noise: float = 0.0
    chance: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known(self, "gradient_noise")
        check_within(self, "(0, 1)", "chance")
        if not self.knots or not (np.diff(self.knots) > 0).all():
            raise ValueError(f"knots={list(self.knots)} must be one or more increasing numbers")
        for name in ("slopes", "tilts"):
            if len(getattr(self, name)) not in (1, self.num_workers):
                raise ValueError(
                    f"{name} must be given once, or num_workers={self.num_workers} times"
                )
        if any(len(row) != len(self.knots) + 1 for row in self.slopes):
            raise ValueError(f"slopes must be {len(self.knots) + 1} for every worker")
        if not any(map(any, self.slopes)):
            raise ValueError("slopes must not all be 0: nothing would be smooth of L > 0")

    @property
    def dimension(self) -> int:
        """The number of parameters, one."""
        return 1

    @cached_property
    def _slopes(self) -> np.ndarray:
        """The slopes of all workers, (M, n + 1)."""
        given = np.array(self.slopes, dtype=np.float64)
        return np.broadcast_to(given, (self.num_workers, given.shape[1]))

    @cached_property
    def _at_knots(self) -> np.ndarray:
        """Gradients of all workers at the knots, (M, n)."""
        first = np.broadcast_to(np.array(self.tilts, dtype=np.float64), (self.num_workers,))
        steps = self._slopes[:, 1:-1] * np.diff(self.knots)
        return np.cumsum(np.column_stack([first, steps]), axis=1)

    @cached_property
    def minimiser(self) -> float | None:
        """The point nearest to x_0 where F is least; None where F has no minimum."""
        slopes, values, knots = self._slopes.mean(0), self._at_knots.mean(0), np.array(self.knots)
        left, right = (slopes[0], values[0]), (slopes[-1], values[-1])
        if left[0] < 0 or right[0] < 0 or (left[0] == 0 < left[1]) or (right[0] == 0 > right[1]):
            return None
        ends = np.array([-math.inf, *knots, math.inf])
        bases, heights = knots[[0, *range(len(knots))]], values[[0, *range(len(knots))]]
        found = [*knots]
        for index, (slope, base, height) in enumerate(zip(slopes, bases, heights, strict=True)):
            flat = slope == 0 == height
            wanted = self.start if flat else base - height / slope if slope else base
            found.append(float(np.clip(wanted, ends[index], ends[index + 1])))
        least = min(map(self._mean_at, found))
        unit = abs(least) + max(abs(self._mean_at(point)) for point in (*found, self.start))
        level = least + 4 * np.finfo(np.float64).eps * unit
        best = [point for point in found if self._mean_at(point) <= level]
        return float(min(best, key=lambda point: abs(point - self.start)))

    @cached_property
    def _least(self) -> float:
        """What is taken off every f_m, so that F* = 0 where F has a minimum."""
        return 0.0 if self.minimiser is None else self._mean_at(self.minimiser)

    @property
    def constants(self) -> Mapping[str, Constant]:
        """All of them, exactly; those that speak of x* where F has one and is convex."""
        slopes = self._slopes
        away = np.abs(slopes - slopes.mean(0)).max()
        known = {
            "smoothness": exact(float(np.abs(slopes).max())),
            "gradient_noise": exact(self.gradient_noise),
            "hessian_heterogeneity": exact(float(away)),
            "hessian_spread": exact(float(np.ptp(slopes, axis=0).max())),
        }
        if not np.ptp(slopes[:, [0, -1]], axis=0).any():  # else workers part for ever
            apart = self._at_knots - self._at_knots.mean(0)
            known["heterogeneity"] = exact(float(np.sqrt((apart**2).mean(0).max())))
            known["greatest_heterogeneity"] = exact(float(np.abs(apart).max()))
        if not slopes[:, [0, -1]].any():
            steepest = float((self._at_knots**2).max())
            known["gradient_bound"] = exact(math.sqrt(steepest + self.gradient_noise**2))
        if slopes.min() > 0:
            known["strong_convexity"] = exact(float(slopes.min()))
        if self.minimiser is None:
            return known
        known["initial_gap"] = exact(max(0.0, self._mean_at(self.start) - self._least))
        if Assumption.CONVEX in closure(self.facts):
            there = self.gradient(self._point(self.minimiser), range(self.num_workers))
            known["initial_distance"] = exact(abs(self.start - self.minimiser))
            known["noise_at_optimum"] = exact(self.gradient_noise)
            known["heterogeneity_at_optimum"] = exact(float(there.square().mean().sqrt()))
        return known

    @property
    def facts(self) -> frozenset[Assumption]:
        """Convex where no gradient falls; the noise adds a linear function."""
        convex = frozenset({Assumption.CONVEX} if self._slopes.mean(0).min() >= 0 else ())
        same = not np.ptp(self._slopes, axis=0).any() and not np.ptp(self._at_knots, axis=0).any()
        return curved_from(float(self._slopes.min())) | convex | alike(same)

    def initial_point(self) -> Tensor:
        """Returns the start, (1,)."""
        return torch.tensor([self.start], dtype=torch.float64)

    def objective(self, x: Tensor, workers: range) -> Tensor:
        """The integral of the gradient from the first knot, less inf F."""
        return self._integral(x, workers) - self._least

    def gradient(self, x: Tensor, workers: range) -> Tensor:
        """The tilt, and slope times length of every piece up to x."""
        slopes, first, pieces = self._of(workers, x)
        return ((slopes * pieces).sum(-1) + first).unsqueeze(-1)

    def draw(self, rng: np.random.Generator, num_steps: int) -> np.ndarray:
        """The noise itself, (num_steps, 1)."""
        values, chances = self.outcomes()
        return values[rng.choice(len(values), num_steps, p=chances)]

    def outcomes(self) -> tuple[np.ndarray, np.ndarray]:
        """Both values of the noise; 0 alone where there is none."""
        if self.gradient_noise == 0:
            return np.zeros((1, 1)), np.ones(1)
        odds = math.sqrt((1 - self.chance) / self.chance)
        values = self.gradient_noise * np.array([[odds], [-1 / odds]])
        return values, np.array([self.chance, 1 - self.chance])

    def stochastic_gradient(self, x: Tensor, sample: Tensor, workers: range) -> Tensor:
        """Grad f_m(x) plus noise."""
        return self.gradient(x, workers) + sample

    def noise_covariance(self, mean: Tensor, covariance: Tensor) -> Tensor:
        """Sigma^2 for every worker, wherever it is."""
        return torch.full_like(covariance, self.gradient_noise**2)

    def observe(self, point: Tensor, workers: range) -> Tensor:
        """Also, last, the squared distance from the minimiser, if there is one."""
        known = super().observe(point, workers)
        if self.minimiser is None:
            return known
        away = (point - self.minimiser).square().expand(*known.shape[:-1], 1)
        return torch.cat([known, away], dim=-1)

    def summarise(self, observed: Tensor) -> dict[str, Tensor]:
        """Also squared_distance, |x - x*|^2."""
        if self.minimiser is None:
            return super().summarise(observed)
        known = super().summarise(observed[..., :-1])
        return {**known, "squared_distance": observed[..., -1].clone()}

    def _integral(self, x: Tensor, workers: range) -> Tensor:
        """Returns the integral of the gradient from the first knot."""
        slopes, first, pieces = self._of(workers, x)
        return (slopes * pieces * (pieces / 2 + self._beyond(x))).sum(-1) + first * self._from(x)

    def _point(self, x: float) -> Tensor:
        return torch.tensor([[x]], dtype=torch.float64)

    def _mean_at(self, x: float) -> float:
        """Returns that integral on average over the workers."""
        return float(self._integral(self._point(x), range(self.num_workers)).mean())

    def _from(self, x: Tensor) -> Tensor:
        """How far x is from the first knot, (*batch, workers)."""
        return x.squeeze(-1) - self.knots[0]

    def _of(self, workers: range, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Slopes (workers, n + 1), tilts (workers,), lengths (*batch, workers or 1, n + 1)."""
        rows = slice(workers.start, workers.stop)
        slopes = torch.from_numpy(self._slopes[rows].copy()).to(x)
        first = torch.from_numpy(self._at_knots[rows, 0].copy()).to(x)
        away = self._from(x).unsqueeze(-1)
        bases, widths = self._pieces(x)
        right = torch.minimum((away - bases).clamp(min=0), widths)
        return slopes, first, torch.cat([away.clamp(max=0), right], dim=-1)

    def _beyond(self, x: Tensor) -> Tensor:
        """How far x is beyond the end of every piece, whose gradient goes on, (*batch, n + 1)."""
        away = self._from(x).unsqueeze(-1)
        bases, widths = self._pieces(x)
        beyond = (away - bases - widths).clamp(min=0)
        return torch.cat([torch.zeros_like(away), beyond], dim=-1)

    def _pieces(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Where the pieces right of the first knot begin, counted from it, and their lengths."""
        knots = torch.tensor(self.knots, dtype=torch.float64).to(x)
        infinite = torch.full_like(knots[:1], torch.inf)
        return knots - knots[0], torch.cat([knots[1:] - knots[:-1], infinite])


EXAMPLES = (
    Bent(
        num_workers=3,
        knots=(-1.0, 0.0, 0.5),
        slopes=((1.0, -0.5, 0.3, 0.8), (1.0, 0.2, -1.0, 0.8), (1.0, 0.0, 0.5, 0.8)),
        tilts=(0.3, -0.5, 0.1),
        gradient_noise=0.5,
        chance=0.2,
    ),
    Bent(num_workers=2, slopes=((0.25, 0.5),), tilts=(0.4, -0.4), start=-2.0),
)
