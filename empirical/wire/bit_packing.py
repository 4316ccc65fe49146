"""Numbers and codes as bytes: the fields that bodies of messages are made of.

A field of codes of b <= 8 bits is one stream: code i holds its bits [i b, (i + 1) b), bit j of it
is bit j mod 8 (the least significant first) of byte j // 8, and what is left of the last byte is
zero. Longer codes are cut into planes: the lowest 8 bits of every code, then the next 8, then what
remains as a stream of shorter codes. So b = 9, 12 or 24 is as fast as 1, 4 or 8.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import gcd

import numpy as np
import torch
from torch import Tensor

from empirical.wire.envelope import CorruptMessage

_CHUNK = 1 << 16
"""Codes handled at once, a multiple of 8: scratch stays in the second-level cache."""

_FOLDS = {1: (torch.int64, (7, 14, 28)), 2: (torch.int32, (6, 12)), 4: (torch.int16, (4,))}
"""By width: the word whose bytes hold the codes of one packed byte, and the shifts that fold it."""


def to_bytes(numbers: Tensor) -> Tensor:
    """Returns the bytes of a tensor's numbers in order: n of any format -> (n itemsize,) uint8."""
    return numbers.contiguous().reshape(-1).view(torch.uint8)


def from_bytes(body: Tensor, count: int, dtype: torch.dtype) -> Tensor:
    """Returns the numbers (count,) that `to_bytes` turned into this body.

    Raises:
        CorruptMessage: the bytes are not that many numbers.
    """
    if len(body) != count * dtype.itemsize:
        raise CorruptMessage(f"{len(body)} bytes are not {count} numbers of {dtype.itemsize} bytes")
    return body.clone().view(dtype)  # a clone is aligned, a slice of a buffer need not be


def finite_from_bytes(body: Tensor, count: int, dtype: torch.dtype) -> Tensor:
    """Returns the numbers (count,) that `to_bytes` turned into this body, and checks them.

    Raises:
        CorruptMessage: the bytes are not that many numbers, or one is NaN or infinite.
    """
    numbers = from_bytes(body, count, dtype)
    if count and not all(bool(end.isfinite()) for end in numbers.aminmax()):  # NaN is both ends
        raise CorruptMessage("a number of a finite vector is not finite")
    return numbers


def fields(body: Tensor, lengths: Sequence[int]) -> tuple[Tensor, ...]:
    """Returns a body cut into fields of the given lengths, in bytes.

    Raises:
        CorruptMessage: the lengths do not add up to that of the body.
    """
    if len(body) != sum(lengths):
        raise CorruptMessage(f"a body of {len(body)} bytes should have {sum(lengths)}")
    return tuple(torch.split(body, list(lengths)))


def packed_bytes(count: int, width: int) -> int:
    """Returns the bytes of a field of count codes of width bits: ceil(count width / 8)."""
    return -(-count * width // 8)


def pack(codes: Tensor, width: int) -> Tensor:
    """Packs codes of b = width bits one after the other: (n,) -> (ceil(n b / 8),) uint8.

    Codes may have any integer format; uint8 codes of 1, 2, 4 or 8 bits are packed fastest. It runs
    on the device of the codes; on a CPU in chunks, so that scratch does not grow with n.

    Args:
        codes: whole numbers in [0, 2^width).
        width: b, from 1 to 31.

    Raises:
        ValueError: the width or a code is out of its range.
    """
    _check_width(width)
    packed = codes.new_empty(packed_bytes(len(codes), width), dtype=torch.uint8)
    for first, last in _chunks(codes):
        part = codes[first:last]
        low, high = (int(end) for end in part.aminmax())
        if low < 0 or high >= 1 << width:
            raise ValueError(f"code={low if low < 0 else high} must lie in [0, 2^{width})")
        for plane, bits in enumerate(_planes(width)):
            shifted = part >> 8 * plane if plane else part
            start = plane * len(codes) + first * bits // 8
            goal = packed[start : start + packed_bytes(len(part), bits)]
            goal.copy_(_packed(_filled(shifted.to(torch.uint8), 8), bits)[: len(goal)])
    return packed


def unpack(body: Tensor, count: int, width: int) -> Tensor:
    """Returns the codes that `pack` was given: (ceil(count b / 8),) uint8 -> (count,).

    Every code lies in [0, 2^b) by construction; a compressor that uses fewer values must check for
    the others itself.

    Args:
        body: the packed codes.
        count: number of the codes.
        width: b, from 1 to 31.

    Returns:
        The codes, uint8 up to 8 bits and int32 above.

    Raises:
        CorruptMessage: the bytes are not that many codes, or their last bits are not zero.
        ValueError: the width is out of its range.
    """
    _check_width(width)
    if len(body) != packed_bytes(count, width):
        raise CorruptMessage(f"{len(body)} bytes are not {count} codes of {width} bits")
    left = count * width % 8
    if left and int(body[-1]) >> left:
        raise CorruptMessage("the bits after the last code are not zero")
    codes = body.new_empty(count, dtype=torch.uint8 if width <= 8 else torch.int32)
    for first, last in _chunks(codes):
        goal = codes[first:last]
        for plane, bits in enumerate(_planes(width)):
            start = plane * count + first * bits // 8
            part = body[start : start + packed_bytes(len(goal), bits)]
            found = _unpacked(_filled(part, bits), bits)[: len(goal)]
            if plane:
                goal |= found.to(goal.dtype) << 8 * plane
            else:
                goal.copy_(found)
    return codes


def _planes(width: int) -> list[int]:
    """Returns the bits of a code that each plane holds: 8, but in the last plane the rest."""
    return [min(8, width - first) for first in range(0, width, 8)]


def _filled(part: Tensor, multiple: int) -> Tensor:
    """Returns the entries, followed by zeros up to a multiple of that length."""
    missing = -len(part) % multiple
    return torch.cat([part, part.new_zeros(missing)]) if missing else part


def _check_width(width: int) -> None:
    if not 1 <= width <= 31:
        raise ValueError(f"width={width} must lie in [1, 31]")


def _chunks(codes: Tensor) -> Iterator[tuple[int, int]]:
    """Yields first and last of each piece: cache-sized pieces on a CPU, one piece elsewhere."""
    step = _CHUNK if codes.device.type == "cpu" else max(len(codes), 1)
    for first in range(0, len(codes), step):
        yield first, min(first + step, len(codes))


def _packed(codes: Tensor, width: int) -> Tensor:
    """Returns the bytes of uint8 codes of up to 8 bits, whose number is a multiple of 8."""
    if width == 8:
        return codes
    if width == 1 and codes.device.type == "cpu":
        return torch.from_numpy(np.packbits(codes.numpy(), bitorder="little"))
    if width in _FOLDS:
        # A word has one code in each of its bytes; each shift moves half of the codes that are left
        # next to the others, until the lowest byte holds all of them.
        word, shifts = _FOLDS[width]
        folded = codes.contiguous().view(word)
        for shift in shifts:
            folded = folded | folded >> shift
        return folded.to(torch.uint8)
    # Widths that are no power of two: lcm(width, 8) bits are the least that is whole in both codes
    # and bytes, and each byte of such a row is pieced together from the codes that overlap it.
    rows = codes.view(-1, 8 // gcd(width, 8))
    packed = rows.new_empty(len(rows), rows.shape[1] * width // 8)
    for byte, column in enumerate(packed.unbind(1)):
        parts = [_moved(rows[:, i], i * width - 8 * byte) for i in _overlap(byte, 8, width)]
        column.copy_(_either(parts))
    return packed.view(-1)


def _unpacked(body: Tensor, width: int) -> Tensor:
    """Returns the uint8 codes, a multiple of 8, of up to 8 bits each: the inverse of _packed."""
    if width == 8:
        return body
    if width == 1 and body.device.type == "cpu":
        return torch.from_numpy(np.unpackbits(body.numpy(), bitorder="little"))
    if width in _FOLDS:
        word, shifts = _FOLDS[width]
        unfolded, span = body.to(word), 8
        for shift in reversed(shifts):
            span = span // 2
            mask = _mask(8 * word.itemsize, shift + span, span)
            unfolded = (unfolded | unfolded << shift) & mask
        return unfolded.view(torch.uint8)
    rows = body.view(-1, width // gcd(width, 8))
    codes = rows.new_empty(len(rows), 8 // gcd(width, 8))
    for place, column in enumerate(codes.unbind(1)):
        parts = [_moved(rows[:, b], 8 * b - place * width) for b in _overlap(place, width, 8)]
        column.copy_(_either(parts) & ((1 << width) - 1))
    return codes.view(-1)


def _mask(bits: int, period: int, span: int) -> int:
    """Returns a number of that many bits in which the lowest `span` of every `period` are 1."""
    return sum(((1 << span) - 1) << first for first in range(0, bits, period))


def _overlap(index: int, width: int, other: int) -> range:
    """Returns which pieces of `other` bits share a bit with piece `index` of `width` bits."""
    return range(index * width // other, -(-(index + 1) * width // other))


def _moved(column: Tensor, shift: int) -> Tensor:
    return column << shift if shift >= 0 else column >> -shift


def _either(parts: list[Tensor]) -> Tensor:
    found = parts[0]
    for part in parts[1:]:
        found = found | part
    return found
