"""Measurements of a run at its report point, which do not change the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from empirical.loop import Loop
from empirical.problem import Problem
from empirical.transport import Transport


@dataclass(frozen=True)
class Trajectory:
    """The measurements of a run; the last axis runs along the run.

    Attributes:
        steps: steps done when each point was taken, (points,); the last is the end of the run.
        values: each measure at these points, (*batch, points).
        averages: running mean of each measure over all measurements up to a point, (*batch,
            points).
        final_averages: mean of each measure over all measurements of the run, (*batch,).
    """

    steps: list[int]
    values: dict[str, Tensor]
    averages: dict[str, Tensor]
    final_averages: dict[str, Tensor]

    @classmethod
    def of_steps(cls, values: Mapping[str, Tensor]) -> Trajectory:
        """Returns the trajectory of measures that are known at every step, (T + 1,) each.

        Averages run over t < T, without the end of the run, as in the theorems.
        """
        averages = {}
        for name, value in values.items():
            mean = value[:-1].cumsum(0) / torch.arange(1, len(value))
            averages[name] = torch.cat([mean, mean[-1:]])
        num_points = len(next(iter(values.values())))
        final = {name: mean[-1] for name, mean in averages.items()}
        return cls(list(range(num_points)), dict(values), averages, final)


def checkpoints(num_steps: int, stride: int, most: int = 48) -> list[int]:
    """Returns the steps, below num_steps, whose measurements are kept as points of a curve.

    Args:
        num_steps: T, steps of the run.
        stride: steps between measurements.
        most: how many points to keep at most.

    Returns:
        Multiples of the stride in ascending order: all if they are at most `most`, else some that
        are spread evenly in the logarithm, with the first and the last.
    """
    count = (num_steps - 1) // stride
    picked = {0, count}
    ratio = (max(count, 1)) ** (1 / max(most - 2, 1))
    picked.update(min(count, round(ratio**index)) for index in range(most - 1))
    if count < most:
        picked = set(range(count + 1))
    return [stride * index for index in sorted(picked)]


@dataclass
class Meter:
    """Takes measurements every few steps and keeps their running means.

    Attributes:
        problem: the problem that defines the measures.
        transport: the transport that forms means over workers.
        every: steps between measurements; 1 gives the theorems' average over all steps.
        kept: steps whose measurement is kept as a point of the curve.
    """

    problem: Problem
    transport: Transport
    every: int
    kept: list[int]
    _count: int = 0
    _sums: dict[str, Tensor] = field(default_factory=dict)
    _points: list[tuple[int, dict[str, Tensor], dict[str, Tensor]]] = field(default_factory=list)

    def observe(self, loop: Loop[object]) -> None:
        """Measures at the loop's report point if a measurement is due at this step."""
        if loop.steps_done % self.every:
            return
        values = self._measure(loop)
        self._count += 1
        for name, value in values.items():
            self._sums[name] = self._sums.get(name, torch.zeros_like(value)) + value
        if loop.steps_done in self.kept:
            self._points.append((loop.steps_done, values, self._averages()))

    def close(self, loop: Loop[object]) -> None:
        """Measures once more after the last step, outside the averages, which run over t < T."""
        self._points.append((loop.steps_done, self._measure(loop), self._averages()))

    def trajectory(self) -> Trajectory:
        """Returns everything measured so far as a trajectory."""
        names = self._sums
        return Trajectory(
            steps=[step for step, _, _ in self._points],
            values={n: torch.stack([v[n] for _, v, _ in self._points], -1) for n in names},
            averages={n: torch.stack([a[n] for _, _, a in self._points], -1) for n in names},
            final_averages=self._averages(),
        )

    def _measure(self, loop: Loop[object]) -> dict[str, Tensor]:
        shares = self.problem.observe(loop.report(), self.transport.workers)
        return self.problem.summarise(self.transport.mean(shares).squeeze(-2))

    def _averages(self) -> dict[str, Tensor]:
        return {name: total / self._count for name, total in self._sums.items()}
