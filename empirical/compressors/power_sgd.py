"""PowerSGD's projection: a vector, seen as a matrix, is projected on r random directions.

Map: A (n, m) is the vector row by row, filled up with zeros; Q (m, r) spans a uniformly random
subspace, P is an orthonormal basis of the span of A Q, and C(A) = P P^T A.

C is a projection: |A|^2 = |P P^T A|^2 + |A - P P^T A|^2. Since P P^T A is at least as near to A as
A Q Q^T is, E|A - P P^T A|^2 <= (1 - r/m) |A|^2, with equality where A is the identity matrix; it
is exact, almost surely, where the rank of A is at most r.

Wire: P and A^T P, r (n + m) numbers in the vector's own format.

Source: vogels2019powersgd, Algorithm 1, with a random Q and no feedback. Differs: reflections
in place of Gram-Schmidt, so that dependent columns do no harm.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from empirical.compressor import Compressor, Payload
from empirical.kernels.low_rank import Matrices, check_rank, orthonormal
from empirical.kernels.random_streams import Noise
from empirical.wire.bit_packing import fields, finite_from_bytes, to_bytes
from empirical.wire.envelope import CorruptMessage


@dataclass(frozen=True)
class PowerFactors(Compressor):
    """The projection of a vector, seen as a matrix, on r directions: PowerSGD's cold start.

    Attributes:
        rank: r, the number of directions, >= 1; at most min(n, m) are used.
        matrix_rows: n, >= 0; 0 stands for ceil(sqrt(d)), which makes matrices nearly square.

    Raises:
        ValueError: an attribute is out of its range.

    Source: vogels2019powersgd, Algorithm 1, with a random Q and no feedback; the map and its wire
    format stand at the top of this file.
    """

    code: ClassVar[int] = 9

    rank: int
    matrix_rows: int = 0

    def __post_init__(self) -> None:
        check_rank(self.rank, self.matrix_rows)

    @property
    def random(self) -> bool:
        """True: encoding draws Q."""
        return True

    def contraction(self, size: int) -> float | None:
        """Returns r/m, which is tight; 1 where r = min(n, m), since nothing is lost then."""
        seen = self._seen(size)
        exact = seen.directions == min(seen.shape)
        return 1.0 if exact else seen.directions / seen.shape[1]

    @property
    def parameters(self) -> tuple[int, int]:
        """The rank and the rows of the matrix, as the attributes state them."""
        return (self.rank, self.matrix_rows)

    def encode(self, vector: Tensor, noise: Noise) -> Payload:
        """Returns P^T (*batch, workers, r, n) and P^T A (*batch, workers, r, m).

        Matrices are scaled by a power of two first, so that nothing overflows or vanishes; factors
        beyond the format become its largest number.
        """
        seen = self._seen(vector.shape[-1])
        numbers, exponent = _scaled(_working(vector))
        drawn = noise.each(seen.random_right).to(vector.device, numbers.dtype)
        right = orthonormal(drawn).expand(*vector.shape[:-1], *drawn.shape[-2:])
        left = orthonormal(seen.lefts(numbers, right)).to(vector.dtype)
        factor = torch.ldexp(seen.rights(numbers, left.to(numbers.dtype)), exponent.unsqueeze(-1))
        return (left, _clamped(factor, vector.dtype))

    def decode(self, payload: Payload, size: int) -> Tensor:
        """Returns P P^T A as vectors; numbers beyond the format become its largest number."""
        left, right = payload
        factor, exponent = _scaled(_working(right).flatten(-2))
        found = self._seen(size).vectors(_working(left), factor.view(right.shape))
        return _clamped(torch.ldexp(found, exponent), right.dtype)

    def payload_bits(self, size: int, dtype: torch.dtype) -> int:
        """Returns 8 itemsize r (n + m), the bits of both factors."""
        return 8 * dtype.itemsize * sum(self._counts(size))

    def write(self, payload: Payload) -> Tensor:
        """Writes P, then A^T P, each column by column."""
        return torch.cat([to_bytes(part) for part in payload])

    def read(self, body: Tensor, size: int, dtype: torch.dtype) -> Payload:
        """Reads both factors of one message.

        Raises:
            CorruptMessage: the length is wrong, a number is not finite, or an entry of P is
                larger than those of a unit vector can be.
        """
        seen, counts = self._seen(size), self._counts(size)
        parts = fields(body, [count * dtype.itemsize for count in counts])
        left, right = (
            finite_from_bytes(part, count, dtype).reshape(seen.directions, side)
            for part, count, side in zip(parts, counts, seen.shape, strict=True)
        )
        # Rounding may leave an entry of a unit vector a few epsilons above 1, but no more.
        if left.numel() and float(left.abs().max()) > 1 + 8 * torch.finfo(dtype).eps:
            raise CorruptMessage("a direction is longer than 1")
        return (left, right)

    def _seen(self, size: int) -> Matrices:
        return Matrices(size, self.rank, self.matrix_rows)

    def _counts(self, size: int) -> list[int]:
        seen = self._seen(size)
        return [seen.directions * side for side in seen.shape]


def _working(numbers: Tensor) -> Tensor:
    """Returns numbers in the format of the products: float32 for formats of 16 bits."""
    return numbers if numbers.dtype.itemsize > 2 else numbers.float()


def _scaled(vectors: Tensor) -> tuple[Tensor, Tensor]:
    """Returns vectors (*leading, d) scaled to magnitudes up to 1, and the exponents of 2 taken out.

    The exponents are (*leading, 1).
    """
    if not vectors.numel():
        return vectors, vectors.new_zeros(*vectors.shape[:-1], 1)
    exponent = torch.frexp(vectors.abs().amax(-1, keepdim=True)).exponent
    half = exponent // 2  # two steps, since 2^-exponent itself may be no number of the format
    return torch.ldexp(torch.ldexp(vectors, -half), half - exponent), exponent


def _clamped(numbers: Tensor, dtype: torch.dtype) -> Tensor:
    largest = torch.finfo(dtype).max
    return numbers.clamp(-largest, largest).to(dtype)


EXAMPLES = (
    PowerFactors(rank=1),
    PowerFactors(rank=2),
    PowerFactors(rank=2, matrix_rows=4),
)
