"""Count sketch: r rows of c sums, from which every coordinate is estimated.

Map: row i holds sum_j sign_i(j) v_j in bucket_i(j); v_j is estimated by the median over rows of
sign_i(j) times its bucket, and C(v) = all d estimates.

Encoding is linear: the table of a sum is the sum of the tables, so that tables can be added on
the way. Decoding is not: the estimate of a coordinate is a median over the rows. The error of all
estimates together is of the order of sqrt(d / c) |v|, more than |v| where d > c; so error feedback
needs `kept`, which reads only the k largest. No bound holds for every single vector unless c >= d,
where the estimates are exact.

Hashes depend on (seed, d, r, c) alone and never on the noise: all workers share them, without
which their tables could not be added.

Wire: r c numbers in the vector's own format.

Source: charikar2002frequent, Section 3, with blocks that are moved cyclically for a hash.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from empirical.compressor import Compressor, Payload
from empirical.field_ranges import check_whole
from empirical.kernels.count_sketch import Sketch, check_shape
from empirical.kernels.largest_entries import largest
from empirical.kernels.random_streams import Noise
from empirical.wire.bit_packing import finite_from_bytes, to_bytes

_HALF = 32
"""Bits of each of the two numbers that share a parameter of the wire."""


@dataclass(frozen=True)
class CountSketch(Compressor):
    """A count sketch: a table of r rows and c columns from which all coordinates are estimated.

    Attributes:
        rows: r, odd, >= 1 and below 2^31.
        columns: c, >= 1 and below 2^31.
        kept: k, >= 1 and below 2^31: the k largest estimates are read, zero elsewhere; all
            estimates where it is None. Of equal ones the lowest index is kept.
        sketch_seed: seed of the hashes, in [0, 2^31).
        four_wise: whether signs are independent for any four coordinates; much slower.

    Raises:
        ValueError: an attribute is out of its range.

    Source: charikar2002frequent, Section 3, with blocks that are moved cyclically for a hash; the
    map and its wire format stand at the top of this file.
    """

    code: ClassVar[int] = 8

    rows: int
    columns: int
    kept: int | None = None
    sketch_seed: int = 0
    four_wise: bool = False

    def __post_init__(self) -> None:
        check_shape(self.rows, self.columns)
        check_whole(self, 1, "kept", optional=True)
        if not 0 <= self.sketch_seed < 1 << (_HALF - 1):
            raise ValueError(f"sketch_seed={self.sketch_seed} must lie in [0, 2^{_HALF - 1})")
        for name, value in (("columns", self.columns), ("rows", self.rows), ("kept", self.kept)):
            if value is not None and value >= 1 << (_HALF - 1):
                raise ValueError(f"{name}={value} must be below 2^{_HALF - 1}")

    @property
    def coordinates_alike(self) -> bool:
        """False: the bucket and the sign of a coordinate depend on its index."""
        return False

    def contraction(self, size: int) -> float | None:
        """Returns k/d for c >= d, where estimates are exact; None for c < d."""
        if self.columns < size:
            return None
        return min(self.kept or size, size) / size if size else 1.0

    @property
    def parameters(self) -> tuple[int, int]:
        """Rows and columns in one number; seed, kind of signs and k in the other."""
        second = self.sketch_seed << 1 | self.four_wise
        return (self.rows << _HALF | self.columns, second << _HALF | (self.kept or 0))

    def sketch(self, size: int) -> Sketch:
        """Returns the linear map that sketches vectors of size coordinates."""
        return Sketch(
            size, self.rows, self.columns, seed=self.sketch_seed, four_wise=self.four_wise
        )

    def encode(self, vector: Tensor, noise: Noise) -> Payload:
        """Returns the tables (*batch, workers, r, c).

        A sum beyond the format becomes the largest number of the format.
        """
        sketch = self.sketch(vector.shape[-1])
        table = sketch.accumulate(vector)
        finite = table.isfinite().flatten(-2).all(-1)
        if not bool(finite.all()):
            # Sums that overflow on the way may cancel; divided by 2^s >= d they cannot overflow.
            shift = -torch.tensor(vector.shape[-1].bit_length(), device=vector.device)
            smaller = torch.ldexp(vector, shift.where(~finite, 0).unsqueeze(-1))
            table = sketch.accumulate(smaller)
            table = torch.ldexp(table, -shift.where(~finite, 0)[..., None, None])
        largest_number = torch.finfo(vector.dtype).max
        return (table.clamp(-largest_number, largest_number),)

    def decode(self, payload: Payload, size: int) -> Tensor:
        """Returns all estimates, or the k largest and zero elsewhere."""
        estimates = self.sketch(size).query(payload[0])
        if self.kept is None or self.kept >= size:
            return estimates
        places = largest(estimates, self.kept)
        return torch.zeros_like(estimates).scatter(-1, places, estimates.gather(-1, places))

    def payload_bits(self, size: int, dtype: torch.dtype) -> int:
        """Returns 8 itemsize r c, whatever d is."""
        return 8 * dtype.itemsize * self.rows * self.columns

    def write(self, payload: Payload) -> Tensor:
        """Writes the table of one vector, row by row."""
        return to_bytes(payload[0])

    def read(self, body: Tensor, size: int, dtype: torch.dtype) -> Payload:
        """Reads the table of one message.

        Raises:
            CorruptMessage: the length is wrong, or a number is not finite.
        """
        numbers = finite_from_bytes(body, self.rows * self.columns, dtype)
        return (numbers.reshape(self.rows, self.columns),)


EXAMPLES = (
    CountSketch(rows=3, columns=4),
    CountSketch(rows=5, columns=8, kept=3, sketch_seed=7),
    CountSketch(rows=3, columns=6, kept=2, four_wise=True),
    CountSketch(rows=1, columns=64),
)
