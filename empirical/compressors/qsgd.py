"""QSGD: every coordinate is rounded at random to one of its two neighbouring levels.

Map: Q(v)_j = |v| sgn(v_j) l_j / s, where l_j is floor(y) or floor(y) + 1 with mean y, and
y = s |v_j| / |v|; |v| is the norm of the bucket that v_j lies in. Q(0) = 0.

Wire: the scale of every bucket, in the vector's number format; then the whole numbers
sgn(v_j) l_j + s in a fixed width of 1 + ceil(log2(s + 1)) bits, which is ceil(log2(2 s + 1));
s = 2^(b-1) - 1 is the most that b bits can hold.

Source: alistarh2017qsgd, Section 3.1 (Euclidean norm, whole vector) and Section 4 (maximum,
buckets). Differs: a fixed width instead of Elias codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import ClassVar

import torch
from torch import Tensor

from empirical.compressor import Compressor, Payload
from empirical.field_ranges import check_whole
from empirical.kernels.random_streams import Noise
from empirical.kernels.stochastic_rounding import (
    MOST_LEVELS,
    Norm,
    code_width,
    levels_of_each,
    num_buckets,
    quantised,
    restored,
    scales,
    variance,
)
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
class QSGD(Compressor):
    """Every coordinate becomes one of its two neighbouring levels, at random and without bias.

    Attributes:
        levels: s, the levels on each side of zero, in [1, 2^15 - 1]. A tensor (*batch, 1, 1) of
            whole numbers gives every run its own s, and messages of different lengths.
        norm: the norm that a bucket is scaled by; with the maximum norm the levels lie closer.
        bucket: number of coordinates that share a scale, >= 1; the last bucket may be shorter.
            None is one bucket of all d.

    Raises:
        ValueError: an attribute is out of its range.

    Example:
        >>> QSGD.of_bits(4).levels
        7

    Source: alistarh2017qsgd, Section 3.1 (Euclidean norm, whole vector) and Section 4 (maximum,
    buckets); the map and its wire format stand at the top of this file.
    """

    code: ClassVar[int] = 6

    levels: int | Tensor = 7
    norm: Norm = Norm.EUCLIDEAN
    bucket: int | None = None

    def __post_init__(self) -> None:
        for level in torch.as_tensor(self.levels).flatten().tolist():
            if level != int(level) or not 1 <= level <= MOST_LEVELS:
                raise ValueError(f"levels={level} must be a whole number in [1, {MOST_LEVELS}]")
        check_whole(self, 1, "bucket", optional=True)

    @classmethod
    def of_bits(cls, bits: int, norm: Norm = Norm.EUCLIDEAN, bucket: int | None = None) -> QSGD:
        """Returns the finest quantiser of that many bits a coordinate: s = 2^(bits - 1) - 1.

        Args:
            bits: bits of a code, in [2, 16].
            norm: the norm that a bucket is scaled by.
            bucket: number of coordinates that share a scale; None is one bucket of all d.

        Raises:
            ValueError: bits is out of its range.
        """
        if not 2 <= bits <= 16:
            raise ValueError(f"bits={bits} must be a whole number in [2, 16]")
        return cls(levels=2 ** (bits - 1) - 1, norm=norm, bucket=bucket)

    @property
    def unbiased(self) -> bool:
        """True, up to a bias of 2^-16 |v|/s a coordinate, since random numbers have 16 bits."""
        return True

    @property
    def random(self) -> bool:
        """True: each coordinate takes one of its neighbouring levels at random."""
        return True

    @property
    def parameters(self) -> tuple[int, int]:
        """The levels s, and the bucket, where 0 stands for one bucket of all coordinates."""
        return self._least_levels, self.bucket or 0

    def each(self, leading: torch.Size) -> Sequence[QSGD]:
        """Returns the quantiser of each vector, with the levels s of its run."""
        if isinstance(self.levels, int):
            return (self,) * leading.numel()
        made = {level: replace(self, levels=level) for level in self.levels.unique().tolist()}
        return tuple(made[level] for level in levels_of_each(self.levels, leading))

    def compression_variance(self, size: int) -> float:
        r"""Returns the least omega with E|Q(v) - v|^2 <= omega |v|^2 for every v.

        With b = min(d, bucket) and the fewest levels s of all runs it is:
        Euclidean norm: b / (4 s^2) up to b = 4 s^2, where all fractions f = y - floor(y) can be 1/2
        (attained by four equal entries at s = 1); above, sqrt(b)/s - 1, attained by equal entries.
        Maximum norm: (sqrt(1 + (b-1)/s^2) - 1)/2, attained by one entry S and b - 1 equal ones
        below S/s. Derived here from the concave envelope of f (1 - f) as a function of y^2 under
        sum y^2 = s^2 |v_b|^2 / S^2. alistarh2017qsgd, Lemma 3.1, has min(d/s^2, sqrt(d)/s). The
        value d/(6 s^2), which takes fractions to be uniform, is no bound.
        """
        block, s = min(size, self.bucket or size), self._least_levels
        if block <= 1:
            return 0.0
        if self.norm is Norm.MAXIMUM:
            return (sqrt(1 + (block - 1) / s**2) - 1) / 2
        return block / (4 * s**2) if block <= 4 * s**2 else sqrt(block) / s - 1

    def variance(self, vectors: Tensor) -> Tensor:
        """Returns E|Q(v) - v|^2 exactly: (*batch, workers, d) -> (*batch, workers), unit of v^2."""
        made = scales(vectors, self.norm, self.bucket)
        return variance(vectors, made, self.levels, self.bucket)

    def encode(self, vector: Tensor, noise: Noise) -> Payload:
        """Returns the scales (*batch, workers, buckets) and the codes (*batch, workers, d)."""
        made = scales(vector, self.norm, self.bucket)
        return made, quantised(vector, made, self.levels, noise, self.bucket)

    def decode(self, payload: Payload, size: int) -> Tensor:
        """Returns Q(v): the scale of the bucket times the signed level l over s."""
        return restored(payload[1], payload[0], self.levels, self.bucket)

    def payload_bits(self, size: int, dtype: torch.dtype) -> int:
        """Returns the bits of one scale a bucket and of one code a coordinate."""
        count = num_buckets(size, self.bucket)
        return 8 * dtype.itemsize * count + size * code_width(self._least_levels)

    def write(self, payload: Payload) -> Tensor:
        """Writes the scales of all buckets, then the codes of all coordinates."""
        codes = pack(payload[1], code_width(self._least_levels))
        return torch.cat([to_bytes(payload[0]), codes])

    def read(self, body: Tensor, size: int, dtype: torch.dtype) -> Payload:
        """Reads the scales and the codes of one message.

        Raises:
            CorruptMessage: the length is wrong, a code is above 2 s, or a scale is negative or not
                finite.
        """
        width, count = code_width(self._least_levels), num_buckets(size, self.bucket)
        lengths = (count * dtype.itemsize, packed_bytes(size, width))
        made, packed = fields(body, lengths)
        scale, codes = finite_from_bytes(made, count, dtype), unpack(packed, size, width)
        if size and int(codes.max()) > 2 * self._least_levels:
            raise CorruptMessage(f"a code lies above 2 s = {2 * self._least_levels}")
        if bool(scale.signbit().any()):
            raise CorruptMessage("a scale is negative")
        return scale, codes

    @property
    def _least_levels(self) -> int:
        """The levels s; the fewest, where runs have their own."""
        return self.levels if isinstance(self.levels, int) else int(self.levels.amin())


EXAMPLES = (
    QSGD(),
    QSGD(levels=1),
    QSGD.of_bits(3, Norm.MAXIMUM, bucket=4),
    QSGD(levels=1000, norm=Norm.MAXIMUM),
    QSGD(levels=100, bucket=512),
)
