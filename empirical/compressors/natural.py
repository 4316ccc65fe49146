"""Natural compression: every entry is rounded at random to a neighbouring power of two.

Map: |t| = (1 + m) 2^e with 0 <= m < 1 becomes 2^(e+1) with probability m and 2^e otherwise, and t
keeps its sign.

So E|C(v) - v|^2 <= |v|^2 / 8, with equality where all |t| are 4/3 of a power of two; and
1/2 < |C(t)| / |t| < 2 for every t that is not flushed to zero. The map is unbiased to the last bit,
since the random number has as many bits as the fraction m.

Two kinds of numbers are outside the theorem. Subnormal numbers are flushed to zero (the error is
the number itself; rounding them without bias has up to 2^p / |t| times the variance). Numbers of
the last binade before overflow are rounded down to its power of two, since the next one is inf.

Wire: sign and exponent, 9 bits an entry for float32 and bfloat16, 12 for float64, 6 for
float16.

Source: horvath2022natural, Definition 1 and Theorem 1.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor

from empirical.compressor import Compressor, Payload
from empirical.kernels.blockwise import piecewise
from empirical.kernels.random_streams import Noise
from empirical.wire.bit_packing import pack, unpack
from empirical.wire.envelope import CorruptMessage


class _Layout(NamedTuple):
    """Where the sign, the exponent and the fraction of a number format are.

    Attributes:
        word: whole numbers of the format's length, in torch.
        drawn: whole numbers of that length in numpy, which draws the noise.
        fraction: bits of the fraction, after the binary point.
        exponent: bits of the exponent.
    """

    word: torch.dtype
    drawn: type[np.signedinteger]
    fraction: int
    exponent: int


_LAYOUTS = {
    torch.float32: _Layout(torch.int32, np.int32, 23, 8),
    torch.float64: _Layout(torch.int64, np.int64, 52, 11),
    torch.float16: _Layout(torch.int16, np.int16, 10, 5),
    torch.bfloat16: _Layout(torch.int16, np.int16, 7, 8),
}


@dataclass(frozen=True)
class Natural(Compressor):
    """Every entry rounded at random to one of the two powers of two beside it, without bias.

    Source: horvath2022natural, Definition 1 and Theorem 1; the map and its wire format stand at the
    top of this file.
    """

    code: ClassVar[int] = 4

    @property
    def unbiased(self) -> bool:
        """True, for normal numbers below the last binade."""
        return True

    @property
    def random(self) -> bool:
        """True: every entry is rounded up or down at random."""
        return True

    @property
    def homogeneous(self) -> bool:
        """False: C(s v) = s C(v) holds for powers of two only."""
        return False

    def compression_variance(self, size: int) -> float | None:
        """Returns 1/8, which is tight; it holds for normal numbers below the last binade."""
        return 1 / 8

    def encode(self, vector: Tensor, noise: Noise) -> Payload:
        """Returns the rounded vectors, (*batch, workers, d)."""
        layout = _LAYOUTS[vector.dtype]
        chance = noise.each(_drawing(vector.shape[-1], layout)).to(vector.device)
        kept, exponents = -(1 << layout.fraction), _mask(layout.exponent)

        def rounded(bits: Tensor, chance: Tensor) -> Tensor:
            # A uniform number added to the fraction m carries over with probability m, and a carry
            # increases the exponent by one: 2^e becomes 2^(e+1).
            found = (bits + chance) & kept
            exponent = (bits >> layout.fraction) & exponents
            found = torch.where(exponent == exponents - 1, bits & kept, found)
            return found.masked_fill_(exponent == 0, 0)

        return (piecewise(rounded, vector.view(layout.word), chance).view(vector.dtype),)

    def decode(self, payload: Payload, size: int) -> Tensor:
        """Returns the rounded vectors, (*batch, workers, d)."""
        return payload[0]

    def payload_bits(self, size: int, dtype: torch.dtype) -> int:
        """Returns d times the bits of a sign and an exponent."""
        return size * (1 + _LAYOUTS[dtype].exponent)

    def write(self, payload: Payload) -> Tensor:
        """Writes the sign and the exponent of every entry as one code."""
        layout = _LAYOUTS[payload[0].dtype]
        width = 1 + layout.exponent

        def coded(bits: Tensor) -> Tensor:
            return ((bits >> layout.fraction) & _mask(width)).to(torch.int16)

        return pack(piecewise(coded, payload[0].view(layout.word)), width)

    def read(self, body: Tensor, size: int, dtype: torch.dtype) -> Payload:
        """Reads the rounded vectors of one message.

        Raises:
            CorruptMessage: the length is wrong, or a code stands for inf or for -0.
        """
        layout = _LAYOUTS[dtype]
        least, infinite = 1 << layout.exponent, _mask(layout.exponent)

        def decoded(codes: Tensor) -> Tensor:
            if bool((((codes & infinite) == infinite) | (codes == least)).any()):
                raise CorruptMessage("a code stands for no power of two and not for zero")
            return codes.to(layout.word) << layout.fraction

        codes = unpack(body, size, 1 + layout.exponent)
        return (piecewise(decoded, codes).view(dtype),)


def _mask(bits: int) -> int:
    return (1 << bits) - 1


def _drawing(size: int, layout: _Layout) -> Callable[[np.random.Generator], np.ndarray]:
    """Returns what draws uniform whole numbers (d,) of as many bits as a fraction has."""
    return lambda rng: rng.integers(0, 1 << layout.fraction, size, layout.drawn)


EXAMPLES = (Natural(),)
