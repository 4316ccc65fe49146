"""The largest functions with given values and gradients at given points.

f_m(x_i) = values[m][i] and grad f_m(x_i) = gradients[m][i] at every given point x_i.

Worker m's curvature lies in [lowest, L], and no such function through its data is larger
anywhere. Data that no function has give functions of the class all the same, which then miss
the data. This is how a worst case that is known by its points alone can be run.

Source: taylor2017smooth, Theorem 4 (its number as recalled; the formula is tested with PEPit).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from empirical.field_ranges import check_curvature, check_known
from empirical.problem import AdditiveNoiseProblem, Constant, Knowledge, exact, upper_bound
from empirical.problems.families.function_facts import alike, curved_from
from empirical.problems.families.smooth_interpolation import Interpolant
from theory.assumptions import Assumption

Vectors = tuple[tuple[tuple[float, ...], ...], ...]
"""Vectors (M, evaluations, d) that hash and pickle."""


@dataclass(frozen=True, kw_only=True)
class Interpolated(AdditiveNoiseProblem):
    """The largest functions with given values and gradients at given points.

    Attributes:
        points: where each worker's function is known, (M, evaluations, d), unit x.
        gradients: what it gives there, (M, evaluations, d), unit f/x.
        values: its value there, (M, evaluations), unit f.
        start: x_0, (d,), unit x.
        smoothness: L, unit f/x^2, > 0.
        lowest: mu, least curvature, unit f/x^2, in [-L, L).
        initial_gap: F(x_0) - F*, unit f, where somebody has estimated it.

    Raises:
        ValueError: an attribute is out of its range or the shapes do not fit.

    Source: taylor2017smooth, Theorem 4 (its number as recalled; the functions stand at the top of
    this file.
    """

    points: Vectors
    gradients: Vectors
    values: tuple[tuple[float, ...], ...]
    start: tuple[float, ...]
    smoothness: float = 1.0
    lowest: float = 0.0
    initial_gap: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known(self, "smoothness")
        check_curvature(self, "lowest", below=True)
        if self.initial_gap is not None:
            check_known(self, "initial_gap")
        for name in ("points", "gradients", "values", "start"):
            object.__setattr__(self, name, nested(getattr(self, name)))
        shape = np.shape(self.points)
        shapes = [np.shape(item) for item in (self.gradients, self.values, self.start)]
        if len(shape) != 3 or shape[0] != self.num_workers or 0 in shape:
            raise ValueError(f"points {shape} must be (num_workers={self.num_workers}, >= 1, d)")
        if shapes != [shape, shape[:2], shape[2:]]:
            raise ValueError(
                f"gradients, values, start {shapes} must be {[shape, shape[:2], shape[2:]]}"
            )

    @property
    def dimension(self) -> int:
        """That of the points."""
        return len(self.start)

    @property
    def constants(self) -> Mapping[str, Constant]:
        """L and sigma; the initial gap as it was estimated; zeta of a single worker."""
        known = {
            "smoothness": upper_bound(self.smoothness),
            "gradient_noise": exact(self.gradient_noise),
        }
        if self.initial_gap is not None:
            known["initial_gap"] = Constant(self.initial_gap, Knowledge.ESTIMATED)
        if self.num_workers == 1:
            known["heterogeneity"] = exact(0)
        return known

    @property
    def facts(self) -> frozenset[Assumption]:
        """Curved upwards from the lowest curvature on."""
        return curved_from(self.lowest) | alike(self.num_workers == 1)

    def initial_point(self) -> Tensor:
        """Returns the start, (d,)."""
        return torch.tensor(self.start, dtype=torch.float64)

    def objective(self, x: Tensor, workers: range) -> Tensor:
        """The convex hull of the parabolas, plus what the lowest curvature adds."""
        centre, least = self._parabolas(x, workers)
        above = (self.smoothness - self.lowest) / 2 * (x - centre).square().sum(-1)
        return above + least + self.lowest / 2 * x.square().sum(-1)

    def gradient(self, x: Tensor, workers: range) -> Tensor:
        """Away from the mean vertex of the parabolas that touch the hull at x."""
        centre, _ = self._parabolas(x, workers)
        return (self.smoothness - self.lowest) * (x - centre) + self.lowest * x

    @cached_property
    def _interpolants(self) -> list[Interpolant]:
        data = zip(*map(np.array, (self.points, self.gradients, self.values)), strict=True)
        return [
            Interpolant.through(points, gradients, values, self.smoothness, self.lowest)
            for points, gradients, values in data
        ]

    def _parabolas(self, x: Tensor, workers: range) -> tuple[Tensor, Tensor]:
        """Mean vertex (*batch, workers, d) and mean least value (*batch, workers) at each point.

        By the envelope theorem the weights may be held fixed when the objective is differentiated.
        """
        places = x.detach().to("cpu", torch.float64).numpy()
        shape = (*x.shape[:-2], len(workers))
        places = np.broadcast_to(places, (*shape, x.shape[-1]))
        centre, least = np.empty(places.shape), np.empty(shape)
        for index in np.ndindex(shape):
            interpolant = self._interpolants[workers[index[-1]]]
            weights = interpolant.weights(places[index])
            centre[index] = weights @ interpolant.vertices
            least[index] = weights @ interpolant.least
        return torch.from_numpy(centre).to(x), torch.from_numpy(least).to(x)


def nested(value: Any) -> Any:
    """Tuples of floats, however nested, from sequences or arrays."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return tuple(nested(item) for item in value)
    return float(value)


EXAMPLES = (
    Interpolated(
        num_workers=2,
        points=(((0.0, 0.0), (1.0, 0.0)), ((0.0, 0.0), (0.0, 2.0))),
        gradients=(((0.3, 0.0), (0.8, 0.1)), ((-0.3, 0.0), (-0.3, 1.0))),
        values=((0.0, 0.6), (0.0, 1.0)),
        start=(1.0, -1.0),
        initial_gap=1.5,
    ),
    Interpolated(
        num_workers=1,
        points=(((0.0,), (1.0,), (3.0,)),),
        gradients=(((1.0,), (0.0,), (-1.0,)),),
        values=((0.0, 0.6, 0.0),),
        start=(0.5,),
        smoothness=2.0,
        lowest=-2.0,
    ),
)
