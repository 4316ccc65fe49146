from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from empirical.compressor import Compressor, Payload
from empirical.kernels.random_streams import Noise
from empirical.wire.bit_packing import finite_from_bytes, to_bytes


@dataclass(frozen=True)
class Identity(Compressor):
    """Every number as it is: what compression is compared with.

    Wire: d numbers in the vector's own format.
    """

    code: ClassVar[int] = 0

    @property
    def unbiased(self) -> bool:
        """It is exact."""
        return True

    def compression_variance(self, size: int) -> float | None:
        """0."""
        return 0.0

    def encode(self, vector: Tensor, noise: Noise) -> Payload:
        """The vectors."""
        return (vector,)

    def decode(self, payload: Payload, size: int) -> Tensor:
        """The vectors."""
        return payload[0]

    def payload_bits(self, size: int, dtype: torch.dtype) -> int:
        """8 itemsize d."""
        return 8 * dtype.itemsize * size

    def write(self, payload: Payload) -> Tensor:
        """The numbers."""
        return to_bytes(payload[0])

    def read(self, body: Tensor, size: int, dtype: torch.dtype) -> Payload:
        """The numbers."""
        return (finite_from_bytes(body, size, dtype),)


EXAMPLES = (Identity(),)
