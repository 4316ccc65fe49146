"""Rounding at random to evenly spaced levels, without bias: the kernel that quantisers share.

A coordinate v_j of a bucket of scale S becomes sgn(v_j) S l/s, where l is one of the two whole
numbers around y = s |v_j| / S, the upper one with probability y - floor(y), so that the mean is
v_j. The random number ("chance") is a whole number k of 16 bits, and l = floor(y + (k + 1/2) /
2^16): the probability of the upper level is off by at most 2^-17, twice that with the rounding of
single precision, and a v_j that is a level already stays one. Magnitudes are rounded, not signed
numbers, so that the map is odd in v; and scaling v by a power of two scales the result, to the bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from enum import Enum

import numpy as np
import torch
from torch import Tensor

from empirical.kernels.ordered_sum import row_sum
from empirical.kernels.random_streams import Noise

CHUNK = 1 << 15
"""Coordinates handled at once on a CPU, so that scratch stays in the second-level cache."""

MOST_LEVELS = (1 << 15) - 1
"""The most levels on each side of zero that codes of 16 bits can hold."""

_NARROW = 127
"""Levels up to which single precision adds y and a chance well enough, and a byte holds a code."""


class Norm(Enum):
    """The norm of a bucket of coordinates that is its scale S."""

    EUCLIDEAN = "|v|_2"
    MAXIMUM = "|v|_inf"


def code_width(levels: int) -> int:
    """Returns the bits of a code: 1 + ceil(log2(s + 1)), which is ceil(log2(2 s + 1))."""
    return 1 + levels.bit_length()


def code_format(levels: int) -> torch.dtype:
    """Returns the number format of codes of s levels: bytes where they fit, else int32."""
    return torch.uint8 if levels <= _NARROW else torch.int32


def num_buckets(size: int, bucket: int | None) -> int:
    """Returns the number of buckets of a vector (d,): ceil(d / bucket); 1 if bucket is None."""
    return -(-size // (bucket or size)) if size else 0


def scales(vectors: Tensor, norm: Norm, bucket: int | None = None) -> Tensor:
    """Returns the norm of every bucket, in the vectors' format, (*leading, buckets).

    Sums are taken in double precision, so that nothing overflows or vanishes on the way; a norm
    beyond the format becomes its largest number, which is above every coordinate as well.
    """
    leading, size = vectors.shape[:-1], vectors.shape[-1]
    rows, whole = vectors.reshape(leading.numel(), size), bucket or max(size, 1)
    full = size // whole
    even = rows[:, : full * whole].reshape(len(rows) * full, whole)
    made = [_norms(even, norm).reshape(len(rows), full)]
    if size % whole:
        made.append(_norms(rows[:, full * whole :], norm).unsqueeze(-1))
    return torch.cat(made, dim=-1).reshape(*leading, num_buckets(size, bucket))


def quantised(
    vectors: Tensor, scale: Tensor, levels: int | Tensor, noise: Noise, bucket: int | None = None
) -> Tensor:
    """Returns the codes sgn(v) l + s, whole numbers in [0, 2 s], of vectors (*batch, workers, d).

    Args:
        vectors: finite vectors.
        scale: the scale of every bucket, (*batch, workers, buckets).
        levels: s, or a whole number for every run, (*batch, 1, 1).
        noise: one stream for every seed and worker, the same on every device.
        bucket: number of coordinates that share a scale; None is all of a vector.
    """
    leading, size = vectors.shape[:-1], vectors.shape[-1]
    rows = vectors.reshape(leading.numel(), size)
    by_row = scale.reshape(len(rows), scale.shape[-1])
    each = levels_of_each(levels, leading)
    made = torch.empty(rows.shape, dtype=code_format(max(each, default=1)), device=rows.device)
    # Long vectors are drawn and rounded chunk by chunk, one vector after the other, so that neither
    # the random numbers nor the scratch of a whole vector must be held.
    if size > CHUNK and rows.device.type == "cpu":
        for row, stream in enumerate(_streams(noise, leading)):
            _stream(
                rows[row : row + 1], by_row[row : row + 1], each[row], stream, bucket, made[row]
            )
        return made.reshape(vectors.shape)
    drawn = noise.each(lambda rng: _chances(rng, size)).to(rows.device)
    chances = drawn.expand(vectors.shape).reshape(rows.shape)
    together = _rows_together(rows)
    for level in set(each):
        alike = [row for row, one in enumerate(each) if one == level]
        for first in range(0, len(alike), together):
            some = alike[first : first + together]
            spread = _spread(by_row[some], bucket, 0, size)
            made[some] = rounded(rows[some], spread, level, chances[some]).to(made.dtype)
    return made.reshape(vectors.shape)


def rounded(values: Tensor, scale: Tensor, levels: int, chances: Tensor) -> Tensor:
    """Returns the codes of values (n, m), a pure function of the values and of the chances.

    Args:
        values: numbers with |v| <= scale.
        scale: S, (n, m) or (n, 1); where it is 0 so are the values.
        levels: s, the levels on each side of zero.
        chances: the numbers k - 2^15, uniform, (n, m) int16.
    """
    narrow = levels <= _NARROW
    kind = torch.float32 if narrow and values.dtype is not torch.float64 else torch.float64
    divisor = scale.to(kind)
    divisor = divisor.where(divisor > 0, torch.ones_like(divisor))
    # y + (k + 1/2) / 2^16, written with the signed number k - 2^15 that an int16 holds.
    above = values.abs().to(kind).div_(divisor).mul_(levels).add_(0.5 + 2**-17)
    above.add_(chances.to(kind), alpha=2**-16).copysign_(values)
    codes = above.to(torch.int16 if narrow else torch.int32).add_(levels)  # truncates towards zero
    return codes.to(code_format(levels))


def restored(
    codes: Tensor, scale: Tensor, levels: int | Tensor, bucket: int | None = None
) -> Tensor:
    """Returns the vectors that codes stand for, (*batch, workers, d), in the scales' format.

    A coordinate is S (l / s), so that the top level is the scale itself.
    """
    leading, size = codes.shape[:-1], codes.shape[-1]
    rows = codes.reshape(leading.numel(), size)
    by_row = scale.reshape(len(rows), scale.shape[-1])
    each = torch.tensor(levels_of_each(levels, leading), device=codes.device).unsqueeze(-1)
    kind = torch.float64 if scale.dtype is torch.float64 else torch.float32
    made = torch.empty(rows.shape, dtype=scale.dtype, device=codes.device)
    for some, first, last in _pieces(rows):
        level = each[some].to(kind)
        part = rows[some, first:last].to(kind).sub_(level).div_(level)
        made[some, first:last] = part.mul_(_spread(by_row[some], bucket, first, last))
    return made.reshape(codes.shape)


def variance(
    vectors: Tensor, scale: Tensor, levels: int | Tensor, bucket: int | None = None
) -> Tensor:
    """Returns E|C(v) - v|^2 exactly.

    It is the sum over buckets of (S/s)^2 sum_j f_j (1 - f_j) with f_j = frac(s |v_j| / S).

    Args:
        vectors: finite vectors, (*batch, workers, d).
        scale: the scale of every bucket, (*batch, workers, buckets).
        levels: s, or a whole number for every run, (*batch, 1, 1).
        bucket: number of coordinates that share a scale; None is all of a vector.

    Returns:
        (*batch, workers) in double precision, unit of v^2.
    """
    leading, size = vectors.shape[:-1], vectors.shape[-1]
    rows = vectors.reshape(leading.numel(), size)
    by_row = scale.reshape(len(rows), scale.shape[-1])
    each = torch.tensor(levels_of_each(levels, leading), device=rows.device).unsqueeze(-1)
    total = torch.zeros(len(rows), dtype=torch.float64, device=rows.device)
    for some, first, last in _pieces(rows):
        level = each[some]
        spacing = _spread(by_row[some], bucket, first, last).double() / level
        above = rows[some, first:last].double().abs() / spacing.where(spacing > 0, 1.0)
        fraction = above - above.floor()
        total[some] += (spacing.square() * fraction * (1 - fraction)).sum(-1)
    return total.reshape(leading)


def levels_of_each(levels: int | Tensor, leading: torch.Size) -> list[int]:
    """Returns the levels of every vector, in the order of the leading axes (*batch, workers)."""
    if isinstance(levels, int):
        return [levels] * leading.numel()
    return [int(one) for one in levels.squeeze(-1).expand(leading).flatten().tolist()]


def _norms(parts: Tensor, norm: Norm) -> Tensor:
    """Returns the norm of every row: (n, m) -> (n,)."""
    double = parts.dtype is torch.float64
    unit = parts.new_ones(len(parts), dtype=torch.float64)
    if norm is Norm.MAXIMUM or double:
        peak = parts.new_zeros(len(parts))
        for some, first, last in _pieces(parts):
            peak[some] = torch.maximum(peak[some], parts[some, first:last].abs().amax(-1))
        if norm is Norm.MAXIMUM:
            return peak
        exponent = torch.frexp(peak).exponent.clamp(-1000, 1000)
        unit = torch.ldexp(unit, -exponent)  # squares of doubles could overflow or vanish
    total = torch.zeros_like(unit)
    for first in range(0, len(parts), _rows_together(parts)):
        some = slice(first, first + _rows_together(parts))
        total[some] = row_sum(parts[some], _squares(unit[some].unsqueeze(-1) if double else None))
    return (total.sqrt() / unit).clamp(max=torch.finfo(parts.dtype).max).to(parts.dtype)


def _squares(unit: Tensor | None) -> Callable[[Tensor], Tensor]:
    return lambda part: (part.double() if unit is None else part * unit).square_()


def _rows_together(rows: Tensor) -> int:
    """Returns how many rows of (n, m) are handled at once: a chunk on a CPU, all elsewhere."""
    return max(1, CHUNK // max(rows.shape[1], 1) if rows.device.type == "cpu" else len(rows))


def _pieces(rows: Tensor) -> Iterator[tuple[slice, int, int]]:
    """Yields the rows, and first and last of the columns, that are handled at once, in order."""
    count, size = rows.shape
    together = _rows_together(rows)
    chunk = CHUNK if rows.device.type == "cpu" else max(size, 1)
    for row in range(0, count, together):
        for first in range(0, size, chunk):
            yield slice(row, row + together), first, min(first + chunk, size)


def _spread(by_row: Tensor, bucket: int | None, first: int, last: int) -> Tensor:
    """Returns the scale of coordinates first to last: (n, buckets) -> (n, last - first or 1)."""
    if not bucket or first // bucket == (last - 1) // bucket:
        place = first // bucket if bucket else 0
        return by_row[:, place : place + 1]
    if bucket > CHUNK:
        return by_row[:, torch.arange(first, last, device=by_row.device) // bucket]
    before = first // bucket
    some = by_row[:, before : -(-last // bucket)].unsqueeze(-1)
    spread = some.expand(-1, -1, bucket).reshape(len(by_row), -1)
    return spread[:, first - before * bucket : last - before * bucket]


def _chances(rng: np.random.Generator, count: int) -> np.ndarray:
    """Returns uniform 16-bit numbers (count,), four from each 64-bit word of the generator."""
    words = rng.integers(0, 1 << 64, -(-count // 4), dtype=np.uint64)
    return words.astype("<u8", copy=False).view("<i2")[:count]


def _streams(noise: Noise, leading: torch.Size) -> Iterator[Noise]:
    """Yields the noise of each single vector, in the order of the leading axes."""
    runs, workers = leading[:-1].numel(), leading[-1]
    for run in range(runs):
        seed = noise.seeds[run % len(noise.seeds)]
        for place in range(workers):
            worker = noise.workers[place]
            yield replace(noise, seeds=(seed,), workers=range(worker, worker + 1))


def _stream(
    row: Tensor, by_row: Tensor, levels: int, noise: Noise, bucket: int | None, made: Tensor
) -> None:
    """Writes the codes of one long vector (1, d) into made (d,), chunk by chunk."""

    def draw(rng: np.random.Generator) -> np.ndarray:
        for _, first, last in _pieces(row):
            chances = torch.from_numpy(_chances(rng, last - first)).unsqueeze(0)
            scale = _spread(by_row, bucket, first, last)
            made[first:last] = rounded(row[:, first:last], scale, levels, chances)[0]
        return np.empty(0)

    noise.each(draw)
