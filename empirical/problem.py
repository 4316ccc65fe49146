"""What is minimised: F = mean_m f_m, with its constants, its randomness and its measures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from empirical.field_ranges import check_known
from empirical.progress import Progress
from theory.assumptions import Assumption


class Knowledge(Enum):
    """How well a constant of a problem is known."""

    EXACT = "exact"
    UPPER_BOUND = "upper bound"
    ESTIMATED = "estimated"


@dataclass(frozen=True)
class Constant:
    """A constant that bounds ask for, under its glossary name in Problem.constants."""

    value: float
    knowledge: Knowledge


def exact(value: float) -> Constant:
    """A constant that holds with equality."""
    return Constant(float(value), Knowledge.EXACT)


def upper_bound(value: float) -> Constant:
    """A constant that is proved to be large enough."""
    return Constant(float(value), Knowledge.UPPER_BOUND)


@dataclass(frozen=True, kw_only=True)
class Problem(ABC):
    """M workers' objectives, each known through stochastic gradients.

    Everything is a pure function of the description: two ranks that build the same problem hold
    the same numbers. Points end in the parameter axis (d).

    Attributes:
        num_workers: M, >= 1.

    Raises:
        ValueError: an attribute is out of its range.

    Example:
        Two workers' parabolas of one curvature with minima at -1 and 1. AdditiveNoiseProblem adds
        Gaussian noise of a known variance to the exact gradients; Problem alone leaves all open.

        >>> from dataclasses import dataclass
        >>> import torch
        >>> from empirical import AdditiveNoiseProblem, exact
        >>> @dataclass(frozen=True, kw_only=True)
        ... class Apart(AdditiveNoiseProblem):
        ...     dimension = 1
        ...
        ...     @property
        ...     def constants(self):
        ...         noise = exact(self.gradient_noise)
        ...         return {"smoothness": exact(1), "gradient_noise": noise}
        ...
        ...     def initial_point(self):
        ...         return torch.full((1,), 3.0, dtype=torch.float64)
        ...
        ...     def gradient(self, x, workers):
        ...         return x - torch.tensor([[-1.0], [1.0]]).to(x)[workers.start : workers.stop]
        ...
        ...     def objective(self, x, workers):
        ...         return self.gradient(x, workers).square().sum(-1) / 2
        >>> problem = Apart(num_workers=2, gradient_noise=0.1)
        >>> problem.gradient(problem.initial_point(), range(2)).flatten().tolist()
        [4.0, 2.0]
    """

    num_workers: int

    def __post_init__(self) -> None:
        check_known(self, "num_workers")

    @property
    def natural_dtype(self) -> str:
        """What numbers it is best computed with: float64, or float32 for networks."""
        return "float64"

    def prepare(  # noqa: B027  # most problems need nothing
        self, progress: Progress | None = None
    ) -> None:
        """Makes sure that everything the problem needs is there, before anything is spent."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences on how this instance was made that whoever runs it should know; often none."""
        return ()

    @property
    @abstractmethod
    def dimension(self) -> int:
        """d, the number of parameters."""

    @property
    @abstractmethod
    def constants(self) -> Mapping[str, Constant]:
        """What is known, by glossary name; what is unknown is absent."""

    @property
    def facts(self) -> frozenset[Assumption]:
        """What is known to hold of the functions beyond their constants; more may hold.

        A bound that assumes such a thing is judged on no problem that is not known to have it.
        """
        return frozenset({Assumption.HOMOGENEOUS} if self.num_workers == 1 else ())

    @abstractmethod
    def initial_point(self) -> Tensor:
        """x_0, (d,), the same for every seed."""

    @abstractmethod
    def draw(self, rng: np.random.Generator, num_steps: int) -> np.ndarray:
        """The randomness of one worker's next steps, (num_steps, *sample)."""

    @abstractmethod
    def stochastic_gradient(self, x: Tensor, sample: Tensor, workers: range) -> Tensor:
        """Unbiased gradients of the workers' objectives at their own points.

        Args:
            x: (*batch, workers, d).
            sample: (seeds, workers, *sample), where seeds is the last batch axis.
            workers: which workers the axis holds.

        Returns:
            (*batch, workers, d).
        """

    @abstractmethod
    def observe(self, point: Tensor, workers: range) -> Tensor:
        """What each worker contributes to the measures at a common point.

        Args:
            point: (*batch, 1, d).
            workers: which workers contribute.

        Returns:
            (*batch, workers, q); its mean over all workers goes to summarise.
        """

    @abstractmethod
    def summarise(self, observed: Tensor) -> dict[str, Tensor]:
        """The measures by name, (*batch,) each, from the mean observation (*batch, q)."""


@dataclass(frozen=True, kw_only=True)
class ExactProblem(Problem):
    """A problem whose workers' objectives and gradients can be computed exactly.

    Its measures are objective, squared_gradient_norm and dissimilarity, the latter being
    mean_m |grad f_m - grad F|^2.
    """

    @abstractmethod
    def objective(self, x: Tensor, workers: range) -> Tensor:
        """f_m at each worker's point: (*batch, workers or 1, d) -> (*batch, workers)."""

    @abstractmethod
    def gradient(self, x: Tensor, workers: range) -> Tensor:
        """Grad f_m at each worker's point: (*batch, workers or 1, d) -> (*batch, workers, d)."""

    def noise_covariance(self, mean: Tensor, covariance: Tensor) -> Tensor:
        """Covariance of each worker's gradient noise, over the noise and over its random point.

        Noise has mean 0 given the point, so that this is affine in mean mean' + covariance.

        Args:
            mean: of the points at which the workers take their gradients, (M, d).
            covariance: of those points, (M, d, d).

        Returns:
            (M, d, d), unit f^2/x^2.

        Raises:
            ValueError: it is not known in closed form.
        """
        raise ValueError(f"{type(self).__name__} does not know the covariance of its noise")

    def outcomes(self) -> tuple[np.ndarray, np.ndarray]:
        """What a worker's sample of one step may be, and with what chance, where that is a few.

        Returns:
            Samples (k, *sample) and their chances (k,), the same for every worker and step.

        Raises:
            ValueError: there are too many to list, or they are not known.
        """
        raise ValueError(f"{type(self).__name__} does not list what its noise may be")

    def observe(self, point: Tensor, workers: range) -> Tensor:
        """Objective, squared gradient norm and gradient of each worker."""
        gradient = self.gradient(point, workers)
        scalars = (self.objective(point, workers), gradient.square().sum(-1))
        return torch.cat([torch.stack(scalars, dim=-1), gradient], dim=-1)

    def summarise(self, observed: Tensor) -> dict[str, Tensor]:
        """Objective, |grad F|^2 and mean_m |grad f_m - grad F|^2."""
        objective, mean_square = observed[..., 0], observed[..., 1]
        square = observed[..., 2:].square().sum(-1)
        return {
            "objective": objective.clone(),  # not a view that keeps every gradient alive
            "squared_gradient_norm": square,
            "dissimilarity": (mean_square - square).clamp(min=0),
        }


@dataclass(frozen=True, kw_only=True)
class AdditiveNoiseProblem(ExactProblem):
    """An exact problem with isotropic Gaussian gradient noise, independent of the point.

    Attributes:
        gradient_noise: sigma, unit f/x, >= 0; E|g_m - grad f_m|^2 = sigma^2 exactly, in total.
    """

    gradient_noise: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known(self, "gradient_noise")

    @cached_property
    def _noise_scale(self) -> float:
        return self.gradient_noise / float(np.sqrt(self.dimension))

    def draw(self, rng: np.random.Generator, num_steps: int) -> np.ndarray:
        """Standard normals, (num_steps, d)."""
        if self.gradient_noise == 0:
            return np.zeros((num_steps, 1))
        return rng.standard_normal((num_steps, self.dimension))

    def noise_covariance(self, mean: Tensor, covariance: Tensor) -> Tensor:
        """(sigma^2 / d) I for every worker, wherever it is."""
        return (self._noise_scale**2 * torch.eye(self.dimension).to(mean)).expand_as(covariance)

    def stochastic_gradient(self, x: Tensor, sample: Tensor, workers: range) -> Tensor:
        """Grad f_m(x) plus noise."""
        return self.gradient(x, workers) + self._noise_scale * sample
