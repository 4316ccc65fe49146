"""TernGrad: every coordinate becomes -S, 0 or S at random, S being the largest magnitude.

Map: T(v)_j = S sgn(v_j) b_j with b_j = 1 with probability |v_j| / S, else 0; S = max_j |v_j|.

It is QSGD with one level and the maximum norm, and E|T(v) - v|^2 = S |v|_1 - |v|^2 exactly.

With clip = c > 0, |v_j| is first cut to c times the root mean square of the coordinates. S is
smaller then and so is the variance, but the map is biased by what is cut off, and no constant is
known.

Wire: S in the vector's number format, then two bits a coordinate.

Source: wen2017terngrad, recalled. Differs: every worker scales by its own maximum, not by that
of all workers; a vector has one scale, not one a layer; and the deviation that limits magnitudes
is measured from 0. Measured from the mean of the coordinates it would cut equal ones to 0.
"""

from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

import torch
from torch import Tensor

from empirical.compressor import Compressor, Payload
from empirical.field_ranges import check_within
from empirical.kernels.ordered_sum import row_sum
from empirical.kernels.random_streams import Noise
from empirical.kernels.stochastic_rounding import (
    Norm,
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

_WIDTH = 2
"""Bits of a code, which is 1 more than the value -1, 0 or 1 that it stands for."""


@dataclass(frozen=True)
class TernGrad(Compressor):
    """Every coordinate becomes -S, 0 or S at random; without clipping it is unbiased.

    Attributes:
        clip: c, the largest magnitude kept, in units of the root mean square of the coordinates;
            dimensionless, >= 0. 0 cuts nothing; the paper takes 2.5.

    Raises:
        ValueError: clip is out of its range.

    Source: wen2017terngrad, recalled; the map and its wire format stand at the top of this file.
    """

    code: ClassVar[int] = 7

    clip: float = 0.0

    def __post_init__(self) -> None:
        check_within(self, "[0, inf)", "clip")

    @property
    def unbiased(self) -> bool:
        """Whether E T(v) = v, which is so only without clipping."""
        return self.clip == 0

    @property
    def random(self) -> bool:
        """True: encoding draws which coordinates become zero."""
        return True

    def compression_variance(self, size: int) -> float | None:
        """Returns (sqrt(d) - 1)/2, or None with clipping.

        It is attained by one entry S and d - 1 entries S / (1 + sqrt(d)).
        """
        return (sqrt(size) - 1) / 2 if size and not self.clip else None

    def variance(self, vectors: Tensor) -> Tensor:
        """Returns E|T(v) - E T(v)|^2 exactly, (*batch, workers, d) -> (*batch, workers).

        Its unit is that of v^2.
        """
        clipped = self._clipped(vectors)
        return variance(clipped, scales(clipped, Norm.MAXIMUM), 1)

    def encode(self, vector: Tensor, noise: Noise) -> Payload:
        """Returns the scales S (*batch, workers, 1) and the codes (*batch, workers, d)."""
        clipped = self._clipped(vector)
        made = scales(clipped, Norm.MAXIMUM)
        return made, quantised(clipped, made, 1, noise)

    def decode(self, payload: Payload, size: int) -> Tensor:
        """Returns T(v): S times the value -1, 0 or 1 of every code."""
        return restored(payload[1], payload[0], 1)

    def payload_bits(self, size: int, dtype: torch.dtype) -> int:
        """Returns 8 itemsize + 2 d, the bits of S and of the codes; 0 for d = 0."""
        return 8 * dtype.itemsize * num_buckets(size, None) + _WIDTH * size

    def write(self, payload: Payload) -> Tensor:
        """Writes the scale S, then two bits a coordinate."""
        codes = pack(payload[1], _WIDTH)
        return torch.cat([to_bytes(payload[0]), codes])

    def read(self, body: Tensor, size: int, dtype: torch.dtype) -> Payload:
        """Reads the scale and the codes of one message.

        Raises:
            CorruptMessage: the length is wrong, a code is 3, or the scale is negative or not
                finite.
        """
        count = num_buckets(size, None)
        lengths = (count * dtype.itemsize, packed_bytes(size, _WIDTH))
        made, packed = fields(body, lengths)
        scale, codes = finite_from_bytes(made, count, dtype), unpack(packed, size, _WIDTH)
        if bool((codes > 2).any()):
            raise CorruptMessage("a code is neither -1, 0 nor 1")
        if bool(scale.signbit().any()):
            raise CorruptMessage("a scale is negative")
        return scale, codes

    def _clipped(self, vectors: Tensor) -> Tensor:
        """Returns vectors whose magnitudes are cut to clip times their root mean square."""
        if not self.clip or not vectors.shape[-1]:
            return vectors
        unit = vectors.abs().amax(-1, keepdim=True).double()
        unit = unit.where(unit > 0, 1.0)  # squares of large entries could overflow
        squares = row_sum(vectors, lambda part: (part / unit).square())
        deviation = (squares / vectors.shape[-1]).sqrt().unsqueeze(-1) * unit
        limit = (self.clip * deviation).clamp(max=torch.finfo(vectors.dtype).max).to(vectors.dtype)
        return vectors.clamp(-limit, limit)


EXAMPLES = (TernGrad(), TernGrad(clip=2.5))
