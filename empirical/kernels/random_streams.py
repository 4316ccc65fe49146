"""Randomness as a pure function of (seed, worker, step), for samples and for compression."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

BLOCK = 64
"""Steps drawn at once: fewer would make generator calls dominate, more would take memory."""

Draw = Callable[[np.random.Generator, int], np.ndarray]
"""Draws the samples of that many steps for one worker: (num_steps, *sample)."""


def generator(*key: int) -> np.random.Generator:
    """Returns the random stream of a key of whole numbers >= 0, independent of all other keys.

    The length is made part of the key, since numpy pads short keys with zeros: (5,) would otherwise
    be the key (5, 0, 0).

    Raises:
        ValueError: a number of the key is negative.
    """
    if min(key) < 0:
        raise ValueError(f"seed {min(key)} must be a whole number >= 0")
    words = (len(key), *key)
    # Both forms give the same stream; the array is faster.
    entropy = np.array(words, np.uint32) if max(words) >> 32 == 0 else words
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(entropy)))


class Samples:
    """The samples of some seeds and workers, step by step.

    The sample of (seed, worker, step) depends on nothing else: not on which other seeds or workers
    are drawn, on which ranks they are, or in which order steps are asked for.

    Args:
        draw: function with which one worker draws a block of steps.
        seeds: the seeds of the runs, each >= 0.
        workers: numbers of the workers.
        dtype: number format of floating-point samples.
        device: device of the samples.
    """

    def __init__(
        self,
        draw: Draw,
        seeds: Sequence[int],
        workers: range,
        *,
        dtype: torch.dtype = torch.float64,
        device: str = "cpu",
    ) -> None:
        self._draw, self._seeds, self._workers = draw, tuple(seeds), workers
        self._dtype, self._device = dtype, device
        self._block, self._values = -1, torch.empty(0)

    def at(self, step: int) -> Tensor:
        """Returns the samples of one step, (seeds, workers, *sample)."""
        block, offset = divmod(step, BLOCK)
        if block != self._block:
            self._block, self._values = block, self._load(block)
        return self._values[:, :, offset]

    def _load(self, block: int) -> Tensor:
        drawn = np.stack(
            [
                [self._draw(generator(seed, worker, block), BLOCK) for worker in self._workers]
                for seed in self._seeds
            ]
        )
        values = torch.from_numpy(drawn).to(self._device)
        return values.to(self._dtype) if values.is_floating_point() else values


@dataclass(frozen=True)
class Noise:
    """The randomness of one encoding: a pure function of (seed, worker, key).

    It does not depend on which other workers are local, so neither does an encoded message. Workers
    never share their noise, so that their errors average out.

    Attributes:
        seeds: the seeds of the runs that share a tensor, the last batch axis.
        workers: the local workers.
        key: whole numbers >= 0 that no other encoding has: the step and the exchange.
    """

    seeds: tuple[int, ...] = (0,)
    workers: range = range(1)
    key: tuple[int, ...] = (0, 0)

    def each(self, draw: Callable[[np.random.Generator], np.ndarray]) -> Tensor:
        """Returns what each seed and worker draws from its own stream, (seeds, workers, *drawn).

        Args:
            draw: draws an array from a generator; its shape is the same for every stream.
        """
        rows = [[draw(self._stream(s, w)) for w in self.workers] for s in self.seeds]
        if len(rows) == len(rows[0]) == 1:
            return torch.from_numpy(rows[0][0])[None, None]  # no copy of what may be large
        return torch.from_numpy(np.stack([np.stack(row) for row in rows]))

    def _stream(self, seed: int, worker: int) -> np.random.Generator:
        return generator(seed, worker, *self.key, _ENCODING)


_ENCODING = 1
"""Last word of the key of an encoding: it makes the key longer than that of a sample.

Since the length is part of the key, an encoding and a sample never share a stream.
"""
