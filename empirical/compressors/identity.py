"""No compression: the map that compressors are compared with.

Map: C(v) = v.

Wire: d numbers in the vector's own format.

Source: ratebound, the definition.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from empirical.compressor import Compressor, Payload
from empirical.kernels.random_streams import Noise
from empirical.wire.bit_packing import finite_from_bytes, to_bytes


@dataclass(frozen=True)
class Identity(Compressor):
    """The identity map: every number is sent as it is, for comparison with compression.

    Source: ratebound, the definition; the map and its wire format stand at the top of this file.
    """

    code: ClassVar[int] = 0

    @property
    def unbiased(self) -> bool:
        """True: C(v) = v without any noise."""
        return True

    def compression_variance(self, size: int) -> float | None:
        """Returns 0 for every dimension, since nothing is lost."""
        return 0.0

    def encode(self, vector: Tensor, noise: Noise) -> Payload:
        """Returns the vectors as they are."""
        return (vector,)

    def decode(self, payload: Payload, size: int) -> Tensor:
        """Returns the vectors as they are."""
        return payload[0]

    def payload_bits(self, size: int, dtype: torch.dtype) -> int:
        """Returns 8 itemsize d, the bits of d plain numbers."""
        return 8 * dtype.itemsize * size

    def write(self, payload: Payload) -> Tensor:
        """Writes the d numbers of one vector as bytes."""
        return to_bytes(payload[0])

    def read(self, body: Tensor, size: int, dtype: torch.dtype) -> Payload:
        """Reads the d numbers of one vector and checks that they are finite."""
        return (finite_from_bytes(body, size, dtype),)


EXAMPLES = (Identity(),)
