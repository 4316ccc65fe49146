"""Scaled sign: the sign of every entry times the mean magnitude of its bucket.

Map: C(v) = (|v|_1 / d) sgn(v), bucket by bucket.

Zero, of either sign, has sgn +1, since a bit can hold two values only. Then
|C(v) - v|^2 = |v|^2 - |v|_1^2 / d exactly, bucket by bucket, which is (1 - delta) |v|^2 with
delta = |v|_1^2 / (d |v|^2) between 1/d (one entry) and 1 (all magnitudes equal).

Wire: one number a bucket, and d bits.

Source: karimireddy2019ef, Section 4. Differs from the code of its authors, where the sign of
zero is zero.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from empirical.compressor import Compressor, Payload
from empirical.field_ranges import check_whole
from empirical.kernels.blockwise import piecewise
from empirical.kernels.ordered_sum import row_sum
from empirical.kernels.random_streams import Noise
from empirical.wire.bit_packing import (
    fields,
    finite_from_bytes,
    pack,
    packed_bytes,
    to_bytes,
    unpack,
)
from empirical.wire.envelope import CorruptMessage


@dataclass(frozen=True)
class ScaledSign(Compressor):
    """The sign of every entry times the mean magnitude of its bucket: (|v|_1 / d) sgn(v).

    Attributes:
        bucket: number of entries that share a scale, >= 1; the last bucket may be shorter. None is
            one bucket of all d.

    Raises:
        ValueError: bucket is below 1.

    Source: karimireddy2019ef, Section 4; the map and its wire format stand at the top of this file.
    """

    code: ClassVar[int] = 3

    bucket: int | None = None

    def __post_init__(self) -> None:
        check_whole(self, 1, "bucket", optional=True)

    @property
    def coordinates_alike(self) -> bool:
        """Whether permuting v permutes C(v), which is so without buckets only."""
        return self.bucket is None

    def contraction(self, size: int) -> float | None:
        """Returns 1 over the entries of a bucket, which is tight."""
        return 1 / max(self._bucket(size), 1)

    @property
    def parameters(self) -> tuple[int, int]:
        """The bucket, where 0 stands for one bucket of all entries, and 0."""
        return (self.bucket or 0, 0)

    def encode(self, vector: Tensor, noise: Noise) -> Payload:
        """Returns scales (*leading, buckets), and 1 for negative entries, else 0, (*leading, d)."""
        size = vector.shape[-1]
        bucket = self._bucket(size)
        whole = size - size % bucket if size else 0
        parts = [vector[..., :whole].unflatten(-1, (-1, bucket))] if whole else []
        parts += [vector[..., None, whole:]] if whole < size else []
        scales = [_mean_magnitude(part) for part in parts]
        empty = vector[..., :0]
        negative = piecewise(lambda part: (part < 0).to(torch.uint8), vector)
        return (torch.cat([empty, *scales], dim=-1), negative)

    def decode(self, payload: Payload, size: int) -> Tensor:
        """Returns the scale of the bucket with the sign of the entry, 0 where the scale is 0."""
        scales, negative = payload
        if scales.shape[-1] > 1:
            scales = scales.repeat_interleave(self._bucket(size), dim=-1)[..., :size]
        else:
            scales = scales.expand(negative.shape)
        return piecewise(
            lambda part, scale: (1 - 2 * part.to(scale.dtype)) * scale, negative, scales
        )

    def payload_bits(self, size: int, dtype: torch.dtype) -> int:
        """Returns s ceil(d/b) + d, with s bits a number and buckets of b entries."""
        return 8 * dtype.itemsize * self._num_buckets(size) + size

    def write(self, payload: Payload) -> Tensor:
        """Writes the scales of all buckets, then one bit an entry."""
        scales, negative = payload
        return torch.cat([to_bytes(scales), pack(negative, 1)])

    def read(self, body: Tensor, size: int, dtype: torch.dtype) -> Payload:
        """Reads the scales and the signs of one message.

        Raises:
            CorruptMessage: the length is wrong, or a scale is negative or not finite.
        """
        count = self._num_buckets(size)
        first, second = fields(body, (count * dtype.itemsize, packed_bytes(size, 1)))
        scales = finite_from_bytes(first, count, dtype)
        if bool(scales.signbit().any()):
            raise CorruptMessage("a scale is negative")
        return (scales, unpack(second, size, 1))

    def _bucket(self, size: int) -> int:
        return size if self.bucket is None else min(self.bucket, size)

    def _num_buckets(self, size: int) -> int:
        return -(-size // self._bucket(size)) if size else 0


def _mean_magnitude(vector: Tensor) -> Tensor:
    """Returns the mean magnitude along the last axis, in the vector's own format."""
    size = vector.shape[-1]
    if vector.dtype.itemsize < 8:  # sums of what is finite fit a double
        return (row_sum(vector) / size).to(vector.dtype)
    # Sums of large doubles could overflow, so entries are divided by the largest of them first.
    peak = vector.abs().amax(-1, keepdim=True)
    unit = peak.where(peak > 0, torch.ones_like(peak))
    return peak.squeeze(-1) * (row_sum(vector / unit) / size)


EXAMPLES = (ScaledSign(), ScaledSign(bucket=2))
