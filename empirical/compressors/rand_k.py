"""Random-k sparsification: k entries at uniformly random places, and zero elsewhere.

Map: C(v)_j = v_j where j is in a uniformly random k-subset, else 0; times d/k if unbiased.

As they are, E|C(v) - v|^2 = (1 - k/d) |v|^2; times d/k they are unbiased, with
E|C(v) - v|^2 = (d/k - 1) |v|^2. Both are equalities, whatever v is.

Wire: k numbers, in the order of their places, and a seed of 64 bits, of which the places are a
pure function; all d numbers and no seed where d <= k.

Source: stich2018sparsified, Definition 2.1 and Section 2.2.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from empirical.compressor import Compressor, Payload
from empirical.field_ranges import check_whole
from empirical.kernels.random_streams import Noise
from empirical.wire.bit_packing import fields, finite_from_bytes, from_bytes, to_bytes

_SEED_BYTES = 8


@dataclass(frozen=True)
class RandK(Compressor):
    """The entries of a uniformly random k-subset, and zero elsewhere.

    Attributes:
        kept: k, entries that are sent, >= 1; all of them where d <= k.
        unbiased_scaling: multiply by d/k what is read.

    Raises:
        ValueError: kept is below 1.

    Source: stich2018sparsified, Definition 2.1 and Section 2.2; the map and its wire format stand
    at the top of this file.
    """

    code: ClassVar[int] = 2

    kept: int
    unbiased_scaling: bool = False

    def __post_init__(self) -> None:
        check_whole(self, 1, "kept")

    @property
    def unbiased(self) -> bool:
        """Whether E C(v) = v: with the factor d/k only."""
        return self.unbiased_scaling

    @property
    def random(self) -> bool:
        """Whether encoding draws random numbers: it draws the places."""
        return True

    def compression_variance(self, size: int) -> float | None:
        """d/k - 1 with the scaling, exact for every vector."""
        return size / min(self.kept, size) - 1 if self.unbiased_scaling and size else None

    def contraction(self, size: int) -> float | None:
        """k/d, exact for every vector; 2 - d/k with the scaling, where positive."""
        if self.unbiased_scaling or not size:
            return super().contraction(size)
        return min(self.kept, size) / size

    @property
    def parameters(self) -> tuple[int, int]:
        """The number k, and whether values are scaled."""
        return (self.kept, int(self.unbiased_scaling))

    def encode(self, vector: Tensor, noise: Noise) -> Payload:
        """Values and places (*leading, k) and seeds (*leading, 1); or all entries."""
        size = vector.shape[-1]
        if self.kept >= size:
            return (vector,)
        seeds = noise.each(_drawn_seed).expand(*vector.shape[:-1], 1)
        places = self._places(seeds, size).to(vector.device)
        return (vector.gather(-1, places), places, seeds)

    def decode(self, payload: Payload, size: int) -> Tensor:
        """Zero but for the subset, scaled or not."""
        if len(payload) == 1:
            return payload[0]
        values, places, _ = payload
        if self.unbiased_scaling:
            values = values * (size / self.kept)
        return values.new_zeros(*values.shape[:-1], size).scatter(-1, places, values)

    def payload_bits(self, size: int, dtype: torch.dtype) -> int:
        """With s bits a number, k s + 64; d s where d <= k."""
        number = 8 * dtype.itemsize
        if self.kept >= size:
            return size * number
        return self.kept * number + 8 * _SEED_BYTES

    def write(self, payload: Payload) -> Tensor:
        """Values, then the seed."""
        values, *rest = payload
        return torch.cat([to_bytes(part).cpu() for part in (values, *rest[1:])])

    def read(self, body: Tensor, size: int, dtype: torch.dtype) -> Payload:
        """Values, and the places that the seed stands for; there is none that stands for nothing.

        Raises:
            CorruptMessage: the length is wrong, or a value is not finite.
        """
        if self.kept >= size:
            return (finite_from_bytes(body, size, dtype),)
        first, second = fields(body, (self.kept * dtype.itemsize, _SEED_BYTES))
        seed = from_bytes(second, 1, torch.int64)
        return (finite_from_bytes(first, self.kept, dtype), self._places(seed, size), seed)

    def _places(self, seeds: Tensor, size: int) -> Tensor:
        """The subsets of seeds (*leading, 1): (*leading, k)."""
        rows = [subset(seed, size, self.kept) for seed in seeds.flatten().tolist()]
        return torch.from_numpy(np.stack(rows)).reshape(*seeds.shape[:-1], self.kept)


def subset(seed: int, size: int, count: int) -> np.ndarray:
    """The k-subset of {0, ..., d - 1} that 64 bits stand for, ascending: (k,) int64, 1 <= k < d.

    The first k distinct of random numbers, or all but the first d - k: uniform but for a bias below
    d / 2^64. It is made of the raw bits of a generator, which are the same in every version of
    numpy, unlike what numpy itself would make of them.
    """
    few = min(count, size - count)
    stream = np.random.SFC64(np.random.SeedSequence(seed % 2**64))
    drawn = np.empty(0, np.uint64)
    while True:
        drawn = np.concatenate([drawn, stream.random_raw(few + few // 2 + 16) % np.uint64(size)])
        distinct, first = np.unique(drawn, return_index=True)
        if len(distinct) >= few:
            break
    chosen = np.sort(distinct[np.argsort(first)[:few]]).astype(np.int64)
    return chosen if few == count else np.delete(np.arange(size), chosen)


def _drawn_seed(rng: np.random.Generator) -> np.ndarray:
    return rng.bit_generator.random_raw(1).view(np.int64)


EXAMPLES = (RandK(kept=2), RandK(kept=3, unbiased_scaling=True), RandK(kept=40))
