"""Random-k sparsification: k entries at uniformly random places, and zero elsewhere.

Map: C(v)_j = v_j where j is in a uniformly random k-subset, else 0; with `unbiased_scaling` all
of it times d/k.

Without the factor C is biased and E|C(v) - v|^2 = (1 - k/d) |v|^2; with it C is unbiased and
E|C(v) - v|^2 = (d/k - 1) |v|^2. Both are equalities for every v.

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
"""Bytes of the seed that stands for the k places in a message."""


@dataclass(frozen=True)
class RandK(Compressor):
    """The entries of a uniformly random k-subset, and zero elsewhere.

    Attributes:
        kept: k, entries that are sent, >= 1; all of them where d <= k.
        unbiased_scaling: whether the receiver multiplies the k entries by d/k.

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
        """Whether E C(v) = v, which needs the factor d/k."""
        return self.unbiased_scaling

    @property
    def random(self) -> bool:
        """True: encoding draws the seed of the places."""
        return True

    def compression_variance(self, size: int) -> float | None:
        """Returns d/k - 1 with the scaling, exact for every vector; None without."""
        return size / min(self.kept, size) - 1 if self.unbiased_scaling and size else None

    def contraction(self, size: int) -> float | None:
        """Returns k/d, exact for every vector; with the scaling 2 - d/k, None if that is <= 0."""
        if self.unbiased_scaling or not size:
            return super().contraction(size)
        return min(self.kept, size) / size

    @property
    def parameters(self) -> tuple[int, int]:
        """The number k, and 1 with the scaling or 0 without."""
        return (self.kept, int(self.unbiased_scaling))

    def encode(self, vector: Tensor, noise: Noise) -> Payload:
        """Returns values (*leading, k), places (*leading, k) and seeds (*leading, 1).

        Where d <= k it returns all entries instead, (*leading, d).
        """
        size = vector.shape[-1]
        if self.kept >= size:
            return (vector,)
        seeds = noise.each(_drawn_seed).expand(*vector.shape[:-1], 1)
        places = self._places(seeds, size).to(vector.device)
        return (vector.gather(-1, places), places, seeds)

    def decode(self, payload: Payload, size: int) -> Tensor:
        """Returns vectors that are zero but for the subset, times d/k with the scaling.

        A product beyond the number format is its largest number, so that a message stays finite.
        """
        if len(payload) == 1:
            return payload[0]
        values, places, _ = payload
        if self.unbiased_scaling:
            largest = torch.finfo(values.dtype).max
            values = (values * (size / self.kept)).clamp(-largest, largest)
        return values.new_zeros(*values.shape[:-1], size).scatter(-1, places, values)

    def payload_bits(self, size: int, dtype: torch.dtype) -> int:
        """Returns k s + 64 with s bits a number, or d s where d <= k."""
        number = 8 * dtype.itemsize
        if self.kept >= size:
            return size * number
        return self.kept * number + 8 * _SEED_BYTES

    def write(self, payload: Payload) -> Tensor:
        """Writes the values, then the seed: the places follow from it and are not sent."""
        values, *rest = payload
        return torch.cat([to_bytes(part).cpu() for part in (values, *rest[1:])])

    def read(self, body: Tensor, size: int, dtype: torch.dtype) -> Payload:
        """Reads the values and the seed of one message, and derives the places from the seed.

        Every 64 bits are a valid seed.

        Raises:
            CorruptMessage: the length is wrong, or a value is not finite.
        """
        if self.kept >= size:
            return (finite_from_bytes(body, size, dtype),)
        first, second = fields(body, (self.kept * dtype.itemsize, _SEED_BYTES))
        seed = from_bytes(second, 1, torch.int64)
        return (finite_from_bytes(first, self.kept, dtype), self._places(seed, size), seed)

    def _places(self, seeds: Tensor, size: int) -> Tensor:
        """Returns the places that seeds stand for: (*leading, 1) -> (*leading, k)."""
        rows = [subset(seed, size, self.kept) for seed in seeds.flatten().tolist()]
        return torch.from_numpy(np.stack(rows)).reshape(*seeds.shape[:-1], self.kept)


def subset(seed: int, size: int, count: int) -> np.ndarray:
    """Returns the k-subset of {0, ..., d - 1} that a seed of 64 bits stands for.

    It is the first k distinct values of a stream of random numbers, or the complement of the first
    d - k: uniform but for a bias below d / 2^64. It is made of the raw bits of a generator, which
    are the same in every version of numpy, unlike the numbers that numpy itself makes of them.

    Args:
        seed: 64 bits, signed or not.
        size: d.
        count: k, 1 <= k < d.

    Returns:
        The places in ascending order, (k,) int64.
    """
    few = min(count, size - count)  # the smaller of the subset and its complement is drawn
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
