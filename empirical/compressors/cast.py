"""Half-length floating point: every entry is rounded to the nearest float16 or bfloat16.

Map: C(v)_j = the number of the format nearest to v_j.

For entries in the normal range of the format |C(t) - t| <= u |t| with u = 2^-11 (float16, from
6.1e-5 to 65504) or 2^-8 (bfloat16, the range of float32). Below it float16 has an absolute
error of up to 2^-25: vectors that small become zero, so no delta holds for all vectors.

Wire: 16 bits an entry.

Source: ratebound, IEEE 754 rounding to nearest; the constants u are derived above.
"""

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

import torch
from torch import Tensor

from empirical.compressor import Compressor, Payload
from empirical.kernels.blockwise import piecewise
from empirical.kernels.random_streams import Noise
from empirical.wire.bit_packing import finite_from_bytes, to_bytes


class Precision(Enum):
    """The number format that entries are rounded to and sent in."""

    FLOAT16 = torch.float16
    BFLOAT16 = torch.bfloat16


class Overflow(Enum):
    """The treatment of a number beyond the largest one of the format."""

    CLAMP = "the largest, with its sign"
    REFUSE = "an error"


@dataclass(frozen=True)
class Cast(Compressor):
    """Every entry rounded to the nearest number of half the length.

    Attributes:
        precision: the format that entries are rounded to.
        overflow: the treatment of |t| > 65504 in float16, or of |t| > 3.39e38 in bfloat16.

    Source: ratebound, IEEE 754 rounding to nearest; the map and its wire format stand at the top of
    this file.
    """

    code: ClassVar[int] = 5

    precision: Precision = Precision.FLOAT16
    overflow: Overflow = Overflow.CLAMP

    @property
    def homogeneous(self) -> bool:
        """False: C(s v) = s C(v) holds for powers of two only, and only in range."""
        return False

    def contraction(self, size: int) -> float | None:
        """Returns 1 - u^2 in bfloat16, which holds for normal numbers; None in float16."""
        return 1 - 2.0**-16 if self.precision is Precision.BFLOAT16 else None

    @property
    def parameters(self) -> tuple[int, int]:
        """The index of the format in `Precision`, and 0."""
        return (list(Precision).index(self.precision), 0)

    def encode(self, vector: Tensor, noise: Noise) -> Payload:
        """Returns the rounded vectors, in their own format.

        Raises:
            ValueError: an entry is beyond the format and overflow is an error.
        """
        target = self.precision.value
        largest = _largest(target, vector.dtype)
        if self.overflow is Overflow.REFUSE and bool((vector.abs() > largest).any()):
            raise ValueError(
                f"an entry of magnitude {float(vector.abs().max()):g} does not fit "
                f"{self.precision.name.lower()}, whose largest number is {largest:g}"
            )

        def rounded(part: Tensor) -> Tensor:
            return part.clamp(-largest, largest).to(target).to(vector.dtype)

        return (piecewise(rounded, vector),)

    def decode(self, payload: Payload, size: int) -> Tensor:
        """Returns the rounded vectors, (*batch, workers, d)."""
        return payload[0]

    def payload_bits(self, size: int, dtype: torch.dtype) -> int:
        """Returns 16 d, half a single-precision number an entry."""
        return 16 * size

    def write(self, payload: Payload) -> Tensor:
        """Writes the rounded entries in their own format, two bytes each."""
        return to_bytes(payload[0].to(self.precision.value))

    def read(self, body: Tensor, size: int, dtype: torch.dtype) -> Payload:
        """Reads the rounded vectors of one message.

        Raises:
            CorruptMessage: the length is wrong, or a number is not finite.
        """
        return (finite_from_bytes(body, size, self.precision.value).to(dtype),)


def _largest(target: torch.dtype, own: torch.dtype) -> float:
    """Returns the largest number that both formats have, so that neither cast overflows."""
    limit = min(torch.finfo(target).max, torch.finfo(own).max)
    for form in (target, own):
        rounded = torch.tensor(limit, dtype=form)
        if float(rounded) > limit:  # 65504 is no number of bfloat16
            rounded = rounded.nextafter(torch.zeros((), dtype=form))
        limit = float(rounded)
    return limit


EXAMPLES = (
    Cast(),
    Cast(overflow=Overflow.REFUSE),
    Cast(precision=Precision.BFLOAT16),
)
