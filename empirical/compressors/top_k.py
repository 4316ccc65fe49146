"""Top-k sparsification: the k entries of largest magnitude, and zero elsewhere.

Map: C(v)_j = v_j where |v_j| is among the k largest, else 0.

Of equal magnitudes the lowest index is kept. |C(v) - v|^2 is the energy of the entries left out,
at most (1 - k/d) |v|^2, with equality where all magnitudes are equal.

Wire: the shortest of three forms, which depends on d, k and the number format alone: k indices of
ceil(log2 d) bits, ascending, and k numbers; d bits that mark k places, and k numbers; or all d
numbers. For comparison, the entropy of the places is about log2(d/k) + 1.44 bits for each.

Source: stich2018sparsified, Definition 2.2.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import ClassVar

import torch
from torch import Tensor

from empirical.compressor import Compressor, Payload
from empirical.field_ranges import check_whole
from empirical.kernels.largest_entries import largest
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


class _Form(Enum):
    """The ways in which a message can state which entries are kept."""

    INDICES = auto()
    BITMAP = auto()
    DENSE = auto()


@dataclass(frozen=True)
class TopK(Compressor):
    """The k entries of largest magnitude as they are, and zero elsewhere.

    Attributes:
        kept: k, the number of entries that are sent, >= 1; all of them where d <= k.

    Raises:
        ValueError: kept is below 1.

    Source: stich2018sparsified, Definition 2.2; the map and its wire format stand at the top of
    this file.
    """

    code: ClassVar[int] = 1

    kept: int

    def __post_init__(self) -> None:
        check_whole(self, 1, "kept")

    def contraction(self, size: int) -> float | None:
        """Returns k/d, which is attained where all magnitudes are equal."""
        return min(self.kept, size) / size if size else 1.0

    @property
    def parameters(self) -> tuple[int, int]:
        """The number k and 0, as the envelope carries them."""
        return (self.kept, 0)

    def encode(self, vector: Tensor, noise: Noise) -> Payload:
        """Returns indices (*leading, k), ascending, values (*leading, k), and d (*leading, 1).

        In the dense form it returns all entries of C(v) instead, (*leading, d). The payload states
        d, since `write` must know it to choose the form.
        """
        size = vector.shape[-1]
        places = largest(vector, self.kept)
        values = vector.gather(-1, places)
        if self._form(size, vector.dtype) is _Form.DENSE:
            return (_spread(places, values, size),)
        return (places, values, places.new_full((*vector.shape[:-1], 1), size))

    def decode(self, payload: Payload, size: int) -> Tensor:
        """Returns vectors that are zero but for the k kept entries."""
        if len(payload) == 1:
            return payload[0]
        places, values, _ = payload
        return _spread(places, values, size)

    def payload_bits(self, size: int, dtype: torch.dtype) -> int:
        """Returns the least of k (s + ceil(log2 d)), k s + d and d s, with s bits a number."""
        return min(self._lengths(size, dtype).values())

    def write(self, payload: Payload) -> Tensor:
        """Writes the places in the shortest form, then the values."""
        if len(payload) == 1:
            return to_bytes(payload[0])
        places, values, one = payload
        size = int(one)
        if self._form(size, values.dtype) is _Form.INDICES:
            said = pack(places, _index_bits(size))
        else:
            said = pack(_marks(places, size), 1)
        return torch.cat([said, to_bytes(values)])

    def read(self, body: Tensor, size: int, dtype: torch.dtype) -> Payload:
        """Reads the places and values of one message, or all entries in the dense form.

        Raises:
            CorruptMessage: the length is wrong, the places are too many, too few, out of range or
                not ascending, or a value is not finite.
        """
        form, count = self._form(size, dtype), min(self.kept, size)
        if form is _Form.DENSE:
            return (finite_from_bytes(body, size, dtype),)
        said, width = (count, _index_bits(size)) if form is _Form.INDICES else (size, 1)
        lengths = (packed_bytes(said, width), count * dtype.itemsize)
        first, second = fields(body, lengths)
        codes = unpack(first, said, width)
        places = codes.long() if form is _Form.INDICES else codes.nonzero().squeeze(-1)
        if len(places) != count or bool((places.diff() <= 0).any()) or int(places[-1]) >= size:
            raise CorruptMessage(f"the places of {count} of {size} entries are not what was sent")
        values = finite_from_bytes(second, count, dtype)
        return (places, values, places.new_full((1,), size))

    def _form(self, size: int, dtype: torch.dtype) -> _Form:
        lengths = self._lengths(size, dtype)
        return min(lengths, key=lengths.__getitem__)

    def _lengths(self, size: int, dtype: torch.dtype) -> dict[_Form, int]:
        """Returns the bits of a payload in each form; of equal ones the simplest comes first."""
        count, number = min(self.kept, size), 8 * dtype.itemsize
        return {
            _Form.DENSE: size * number,
            _Form.BITMAP: count * number + size,
            _Form.INDICES: count * (number + _index_bits(size)),
        }


def _index_bits(size: int) -> int:
    """Returns ceil(log2 d), the bits of an index, without rounding errors."""
    return max(size - 1, 0).bit_length()


def _spread(places: Tensor, values: Tensor, size: int) -> Tensor:
    return values.new_zeros(*values.shape[:-1], size).scatter(-1, places, values)


def _marks(places: Tensor, size: int) -> Tensor:
    marks = places.new_zeros(size, dtype=torch.uint8)
    marks[places] = 1
    return marks


EXAMPLES = (TopK(kept=2), TopK(kept=3), TopK(kept=40))
