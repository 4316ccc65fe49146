"""Laws that every compressor obeys on the wire.

A law is a plain function of a compressor and vectors (seeds, workers, d). It raises AssertionError
if the compressor breaks it.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from empirical.compressor import Compressor, Draft, Encoded, message_bytes
from empirical.kernels.random_streams import Noise
from empirical.wire.envelope import HEADER_BYTES, CorruptMessage, Header, open_first, seal
from theory.testing.requirement import require


def noise_of(vectors: Tensor, *, seed: int = 0, step: int = 0) -> Noise:
    """Returns the noise of vectors (seeds, workers, d) at a step, with seeds seed, seed + 1, ..."""
    seeds, workers = vectors.shape[-3], vectors.shape[-2]
    return Noise(tuple(range(seed, seed + seeds)), range(workers), (step, 0))


def encoded(compressor: Compressor, vectors: Tensor) -> Encoded:
    """Returns the parcel of vectors (seeds, workers, d) at seed 0 and step 0."""
    return Draft(vectors, compressor).encoded(noise_of(vectors))


def payload_has_declared_bits(compressor: Compressor, vectors: Tensor) -> None:
    """Every message has the declared H + ceil(bits / 8) bytes, whatever the vector is."""
    parcel = encoded(compressor, vectors)
    one = message_bytes(compressor, vectors.shape[-1], vectors.dtype)
    bits = compressor.payload_bits(vectors.shape[-1], vectors.dtype)
    require(one == HEADER_BYTES + (bits + 7) // 8)
    require(parcel.num_bytes == one * vectors.shape[:-1].numel() == len(parcel.pack()))


def bytes_bring_everything_back(compressor: Compressor, vectors: Tensor) -> None:
    """Unpacked vectors equal those that the sender itself decodes, to the bit."""
    parcel = encoded(compressor, vectors)
    same_numbers(parcel.unpack(parcel.pack()), parcel.own, "unpacked")
    require(parcel.own.dtype == vectors.dtype)
    require(parcel.own.shape == vectors.shape)


def any_damage_is_noticed(compressor: Compressor, vectors: Tensor) -> None:
    """A flipped bit anywhere, missing bytes or an additional one are refused, never misread."""
    parcel = encoded(compressor, vectors)
    data = parcel.pack()
    for place in range(len(data)):
        damaged = data.clone()
        damaged[place] ^= 1 << place % 8
        _refused(parcel, damaged, f"bit {place % 8} of byte {place} flipped")
    for missing in {1, HEADER_BYTES, len(data)} - {0}:
        _refused(parcel, data[:-missing], f"{missing} bytes cut off")
    _refused(parcel, torch.cat([data, data[:1]]), "a byte added")


def bodies_are_read_to_the_bit_or_refused(
    compressor: Compressor, size: int, dtype: torch.dtype, body: Callable[[int], Tensor]
) -> None:
    """Any body is refused, or is read to a payload that is written as the same bytes again.

    Such a payload is decoded to vectors without NaN, of the right size and format.

    Args:
        compressor: the compressor under test.
        size: d, the dimension of the vector.
        dtype: number format of the vector.
        body: makes a body of the length that it is given, (n,) uint8.
    """
    count = message_bytes(compressor, size, dtype) - HEADER_BYTES
    given = body(count)
    try:
        payload = compressor.read(given, size, dtype)
    except CorruptMessage:
        return
    require(torch.equal(compressor.write(payload), given), "two bodies stand for one payload")
    found = compressor.decode(payload, size)
    require(found.shape == (size,))
    require(found.dtype == dtype)
    require(not bool(found.isnan().any()), "a body was read as NaN")


def foreign_messages_are_refused(compressor: Compressor, vectors: Tensor) -> None:
    """A message of another compressor, format, size, parameter or length is refused."""
    parcel = encoded(compressor, vectors[:1, :1])
    header, body, _ = open_first(parcel.pack())
    one, other = header.parameters
    formats = {torch.float32: torch.float64, torch.float64: torch.float32}
    wrong = {
        "compressor": Header(header.code + 1, header.dtype, header.size, (one, other)),
        "format": Header(header.code, formats[header.dtype], header.size, (one, other)),
        "size": Header(header.code, header.dtype, header.size + 1, (one, other)),
        "parameter": Header(header.code, header.dtype, header.size, (one + 1, other)),
        "second parameter": Header(header.code, header.dtype, header.size, (one, other + 1)),
    }
    for name, forged in wrong.items():
        _refused(parcel, seal(forged, body), f"another {name}")
    for wrong_body in (body[:-1], torch.cat([body, body[:1]])):
        if len(wrong_body) != len(body):
            _refused(parcel, seal(header, wrong_body), "a body of another length")


def zero_stays_zero(compressor: Compressor, size: int, dtype: torch.dtype) -> None:
    """The zero vector, of either sign, is read as zeros, and its message is no shorter."""
    zeros = torch.zeros(1, 2, size, dtype=dtype)
    for vectors in (zeros, -zeros):
        parcel = encoded(compressor, vectors)
        require(bool((parcel.own == 0).all()), "zero is read as something else")
        payload_has_declared_bits(compressor, vectors)
        bytes_bring_everything_back(compressor, vectors)


def extremes_stay_finite(compressor: Compressor, vectors: Tensor) -> None:
    """Vectors of any finite magnitude are read as finite vectors, or refused by a ValueError."""
    try:
        found = encoded(compressor, vectors).own
    except ValueError:
        return
    require(bool(found.isfinite().all()), "something overflowed")
    bytes_bring_everything_back(compressor, vectors)


def what_is_not_finite_is_seen(compressor: Compressor, vectors: Tensor, bad: float) -> None:
    """NaN and inf raise in a call; in a message that vector is read as NaN, and no other is."""
    spoilt = vectors.clone()
    spoilt[0, 0, -1] = bad
    try:
        compressor(spoilt)
    except ValueError:
        pass
    else:
        raise AssertionError("a call took a vector that is not finite")
    parcel = encoded(compressor, spoilt)
    for read in (parcel.own, parcel.unpack(parcel.pack())):
        require(bool(read[0, 0].isnan().all()), "divergence was hidden")
        others = torch.ones(vectors.shape[:-1], dtype=torch.bool)
        others[0, 0] = False
        same_numbers(
            read[others], encoded(compressor, vectors).own[others], "beside a spoilt vector"
        )
    require(len(parcel.pack()) == parcel.num_bytes)


def same_numbers(found: Tensor, expected: Tensor, what: str) -> None:
    """Asserts equality to the bit, but for the sign of zero."""
    same = (found == expected) | (found.isnan() & expected.isnan())
    require(found.shape == expected.shape, f"{what}: {found.shape} is not {expected.shape}")
    require(bool(same.all()), f"{what}: {found} is not {expected}")


def _refused(parcel: Encoded, data: Tensor, what: str) -> None:
    try:
        parcel.unpack(data)
    except CorruptMessage:
        return
    raise AssertionError(f"{what}, and nobody noticed")
