"""The seconds and bytes of rounds: links with latency and bandwidth, and straggling workers.

A round is K gradient steps on each of M workers, then one all-reduce. A blocking round waits for
its slowest worker, so its time is the expected maximum over workers of a sum of K step times.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from enum import Enum
from functools import lru_cache

import numpy as np
from scipy import special
from typing_extensions import override


class ComputeTime(ABC):
    """The random time of a gradient step on one worker, independent across steps and workers."""

    @property
    @abstractmethod
    def mean_seconds(self) -> float:
        """The expected time of one gradient step, in seconds."""

    @abstractmethod
    def slowest_seconds(self, workers: int, steps: int, floor_seconds: float = 0.0) -> float:
        """Returns E max(floor, max over M workers of the sum of their K step times), seconds."""


def _check(value: object, *, above_zero: tuple[str, ...], above: dict[str, float]) -> None:
    """Checks that the named numbers are > 0, or > their limit, and all others >= 0."""
    for item in fields(value):  # type: ignore[arg-type]  # always a dataclass
        number = getattr(value, item.name)
        if not isinstance(number, int | float):
            continue
        least = above.get(item.name, 0.0)
        strict = item.name in above_zero or item.name in above
        if not math.isfinite(number) or number < least or (strict and number == least):
            sign = ">" if strict else ">="
            raise ValueError(f"{item.name}={number:g} must be a number {sign} {least:g}")


@dataclass(frozen=True)
class ConstantStepTime(ComputeTime):
    """A constant time for every step, so that no worker is slower than another.

    Attributes:
        step_seconds: the seconds of a step; >= 0.

    Raises:
        ValueError: step_seconds is out of range.
    """

    step_seconds: float

    def __post_init__(self) -> None:
        _check(self, above_zero=(), above={})

    @property
    @override
    def mean_seconds(self) -> float:
        return self.step_seconds

    @override
    def slowest_seconds(self, workers: int, steps: int, floor_seconds: float = 0.0) -> float:
        return max(steps * self.step_seconds, floor_seconds)


@dataclass(frozen=True)
class ShiftedExponential(ComputeTime):
    """A least time plus an exponentially distributed excess: moderate stragglers.

    Attributes:
        least_seconds: the least time of a step; >= 0.
        excess_seconds: the mean of the excess over it; > 0.

    Raises:
        ValueError: an attribute is out of range.
    """

    least_seconds: float
    excess_seconds: float

    def __post_init__(self) -> None:
        _check(self, above_zero=("excess_seconds",), above={})

    @property
    def mean_seconds(self) -> float:
        """The least time plus the mean excess, in seconds."""
        return self.least_seconds + self.excess_seconds

    def slowest_seconds(self, workers: int, steps: int, floor_seconds: float = 0.0) -> float:
        r"""Returns the mean seconds of the slowest worker, by quadrature for K > 1.

        For K = 1 it is least + excess H_M, with H_M the harmonic number. The excess of K steps has
        an Erlang distribution F, and E max(f, max) = f + \int_f^\infty 1 - F(t)^M dt.
        """
        shift = steps * self.least_seconds
        if steps == 1 and floor_seconds <= shift:
            harmonic = float(special.digamma(workers + 1) - special.digamma(1))
            return shift + self.excess_seconds * harmonic
        floor = max(0.0, (floor_seconds - shift) / self.excess_seconds)
        return shift + self.excess_seconds * _erlang_maximum(workers, steps, floor)


@dataclass(frozen=True)
class Pareto(ComputeTime):
    """A heavy-tailed time, P(time > t) = (least / t)^shape: rare steps that take very long.

    Attributes:
        least_seconds: the least time of a step; > 0.
        shape: the exponent of the tail; > 1, else no expectation exists.

    Raises:
        ValueError: an attribute is out of range.
    """

    least_seconds: float
    shape: float

    def __post_init__(self) -> None:
        _check(self, above_zero=("least_seconds",), above={"shape": 1.0})

    @property
    def mean_seconds(self) -> float:
        """The mean of the distribution, least shape / (shape - 1), in seconds."""
        return self.least_seconds * self.shape / (self.shape - 1)

    def slowest_seconds(self, workers: int, steps: int, floor_seconds: float = 0.0) -> float:
        """Returns the mean seconds of the slowest worker, numerically for K > 1.

        For K = 1 it is least M B(M, 1 - 1/shape), with B the beta function. Else the sum of K steps
        is convolved on a grid, up to a time that one run in a thousand exceeds; beyond it, one step
        is taken as late and the others as their mean. Errors are below 1e-3 of the result, and
        below 1e-4 for shapes above 1.3.
        """
        if steps == 1 and floor_seconds <= self.least_seconds:
            beta = special.betaln(workers, 1 - 1 / self.shape)
            return self.least_seconds * workers * float(np.exp(beta))
        floor = floor_seconds / self.least_seconds
        return self.least_seconds * _pareto_maximum(workers, steps, self.shape, floor)


@lru_cache(maxsize=65536)
def _erlang_maximum(workers: int, steps: int, floor: float) -> float:
    """Returns E max(floor, maximum of M Erlang variables of K stages of mean 1)."""
    # The maximum is below that quantile with probability exp(-40), above high with 1e-17 at most.
    low = max(floor, float(special.gammaincinv(steps, math.exp(-40 / workers))))
    high = float(special.gammainccinv(steps, 1e-17 / workers))
    if high <= low:
        return max(low, floor)
    nodes, weights = _legendre(256)
    times = low + (high - low) * (nodes + 1) / 2
    with np.errstate(divide="ignore"):  # log 0 where a worker is certain to be late: late = 1
        late = -np.expm1(workers * np.log1p(-special.gammaincc(steps, times)))
    return low + (high - low) / 2 * float(weights @ late)


@lru_cache(maxsize=4)
def _legendre(count: int) -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return nodes, weights


_GRID = 2**16
"""Points of the grid on which sums of Pareto variables are convolved."""


@lru_cache(maxsize=4096)
def _pareto_maximum(workers: int, steps: int, shape: float, floor: float) -> float:
    """Returns E max(floor, maximum of M sums of K Pareto variables with least value 1)."""
    mean = shape / (shape - 1)
    others = (steps - 1) * mean
    end = max(steps * mean + (1e3 * workers * steps) ** (1 / shape), floor + others + 1)
    width = end / _GRID
    edges = width * np.arange(_GRID + 1)
    above = np.maximum(edges, 1.0)
    # E min(X, t): its second differences split every value between the two nearest grid points.
    limited = np.where(edges < 1, edges, 1 + (1 - above ** (1 - shape)) / (shape - 1))
    slopes = np.diff(limited) / width
    masses = np.concatenate([[1 - slopes[0]], -np.diff(slopes)])
    # Exponential tilting makes what the cyclic convolution wraps around exponentially small.
    tilt = np.exp(-20 / _GRID * np.arange(_GRID))
    waves = np.fft.rfft(masses * tilt, 2 * _GRID) ** steps
    sums = np.fft.irfft(waves, 2 * _GRID)[:_GRID] / tilt
    early = np.clip(np.cumsum(sums), 0, 1)
    late = 1 - early**workers
    late[edges[:-1] + width <= floor] = 1
    on_grid = width * float(late.sum())
    past = end - others  # a step beyond this leads past the grid; both: two workers have one
    tail = workers * steps * past ** (1 - shape) / (shape - 1)
    both = workers * (workers - 1) / 2 * steps**2 * past ** (1 - 2 * shape) / (2 * shape - 1)
    return float(on_grid + tail - both)


@dataclass(frozen=True)
class LinkModel:
    """The link of every worker: the seconds of a message are latency + bytes / bandwidth.

    Attributes:
        latency_seconds: the seconds that even an empty message takes; >= 0.
        bytes_per_second: the bandwidth; > 0.

    Raises:
        ValueError: an attribute is out of range.
    """

    latency_seconds: float
    bytes_per_second: float

    def __post_init__(self) -> None:
        _check(self, above_zero=("bytes_per_second",), above={})

    def message_seconds(self, size_bytes: float) -> float:
        """Returns the seconds that one message takes: latency plus bytes over bandwidth."""
        return self.latency_seconds + size_bytes / self.bytes_per_second

    def all_reduce_seconds(self, size_bytes: float, workers: int) -> float:
        """Returns the seconds of a ring all-reduce: 2 (M-1) messages of 1/M of the vector."""
        return 2 * (workers - 1) * self.message_seconds(size_bytes / workers)


def all_reduce_bytes(size_bytes: float, workers: int) -> float:
    """Returns the bytes that each worker sends in a ring: 2 (M-1)/M times the vector."""
    return 2 * (workers - 1) / workers * size_bytes


class Overlap(Enum):
    """Whether workers wait for a message or compute while it travels."""

    BLOCKING = "compute, then communicate"
    OVERLAPPED = "a message travels while the next round computes"


@dataclass(frozen=True)
class Runtime:
    """The seconds that rounds take on a cluster, computing and communicating.

    Attributes:
        dimension: number of coordinates of the vector that is averaged; > 0.
        compute: the random time of a gradient step.
        link: the link of every worker.
        bytes_per_number: bytes of a coordinate; > 0; 4 for float32.
        overlap: whether a message travels while the next round computes.

    Raises:
        ValueError: a number is out of range.
    """

    dimension: int
    compute: ComputeTime
    link: LinkModel
    bytes_per_number: float = 4.0
    overlap: Overlap = Overlap.BLOCKING

    def __post_init__(self) -> None:
        _check(self, above_zero=("dimension", "bytes_per_number"), above={})

    @property
    def vector_bytes(self) -> float:
        """The size in bytes of the vector that is averaged."""
        return self.dimension * self.bytes_per_number

    def sent_bytes(self, workers: int, rounds: float) -> float:
        """Returns the bytes that each worker sends in all rounds."""
        return rounds * all_reduce_bytes(self.vector_bytes, workers)

    def compute_seconds(self, workers: int, steps: int) -> float:
        """Returns the expected seconds until the slowest worker has done its steps of a round."""
        return self.compute.slowest_seconds(workers, steps)

    def communicate_seconds(self, workers: int) -> float:
        """Returns the seconds of one all-reduce of a vector among all workers."""
        return self.link.all_reduce_seconds(self.vector_bytes, workers)

    def seconds(self, workers: int, steps: int, rounds: float) -> float:
        """Returns the expected seconds of all rounds.

        Blocking: R (compute + communicate). Overlapped: a round lasts max(compute, communicate),
        while the first computation and the last message overlap with nothing:
        compute + (R-1) E max(compute, communicate) + communicate. This has every worker wait for
        the slowest of its own round; where workers wait only for the message of the round before,
        and so may run ahead, it is an upper bound.
        """
        compute, message = self.compute_seconds(workers, steps), self.communicate_seconds(workers)
        if self.overlap is Overlap.BLOCKING:
            return rounds * (compute + message)
        hidden = self.compute.slowest_seconds(workers, steps, floor_seconds=message)
        return compute + (rounds - 1) * hidden + message

    def least_seconds(self, workers: int, steps: np.ndarray, rounds: np.ndarray) -> np.ndarray:
        """Returns a lower bound on seconds(): the time if every step took the mean time."""
        compute, message = steps * self.compute.mean_seconds, self.communicate_seconds(workers)
        if self.overlap is Overlap.BLOCKING:
            return np.asarray(rounds * (compute + message))
        return np.asarray(compute + (rounds - 1) * np.maximum(compute, message) + message)
