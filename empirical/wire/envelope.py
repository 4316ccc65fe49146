"""The layout of a packed message on the wire: a header, then its body.

Fields of the header, little-endian, HEADER_BYTES in all: magic "rb1" and a version byte; a code of
the compressor; a code of the number format; flags; the size d of the vector; two parameters of the
compressor; the length of the body; a CRC-32 of everything else. A body is made of fields, each
filled up to a whole byte. A message that is damaged on the way is refused with an error; it is
never read as another vector.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

_LAYOUT = struct.Struct("<3sBHBBQQQQI")

HEADER_BYTES = _LAYOUT.size
"""Length of a header in bytes."""

_MAGIC, _VERSION = b"rb1", 1

POISONED = 1
"""Flag of a vector that was not finite: it is read as NaN, so that all ranks see divergence."""

_FORMATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)


class CorruptMessage(ValueError):
    """Received bytes are not what was sent; the text of the error states the difference."""


@dataclass(frozen=True)
class Header:
    """The facts about a body that are needed to read it.

    Attributes:
        code: number of the compressor's class, >= 0.
        dtype: number format of the vector.
        size: d, the dimension of the vector.
        parameters: two whole numbers >= 0 of the compressor, such as its levels.
        flags: POISONED or 0.
    """

    code: int
    dtype: torch.dtype
    size: int
    parameters: tuple[int, int] = (0, 0)
    flags: int = 0


def seal(header: Header, body: Tensor) -> Tensor:
    """Returns header and body as one buffer: (n,) uint8 -> (HEADER_BYTES + n,) uint8."""
    sealed = torch.empty(HEADER_BYTES + len(body), dtype=torch.uint8)
    sealed[HEADER_BYTES:] = body
    fields = (
        _MAGIC,
        _VERSION,
        header.code,
        _FORMATS.index(header.dtype),
        header.flags,
        header.size,
        *header.parameters,
        len(body),
    )
    # The checksum covers the header too, with its own field taken as zero.
    unsigned = _LAYOUT.pack(*fields, 0)
    check = _check(unsigned, sealed[HEADER_BYTES:].numpy())
    raw = bytearray(_LAYOUT.pack(*fields, check))
    sealed[:HEADER_BYTES] = torch.frombuffer(raw, dtype=torch.uint8)
    return sealed


def open_first(buffer: Tensor) -> tuple[Header, Tensor, Tensor]:
    """Opens the first message of a buffer (n,) uint8.

    Returns:
        Its header, its body, and the rest of the buffer after it.

    Raises:
        CorruptMessage: the message is cut short, damaged, or no message at all.
    """
    if len(buffer) < HEADER_BYTES:
        raise CorruptMessage(f"a message of {len(buffer)} bytes is shorter than its header")
    raw = buffer[:HEADER_BYTES].numpy().tobytes()
    magic, version, code, form, flags, size, one, other, length, check = _LAYOUT.unpack(raw)
    if magic != _MAGIC or version != _VERSION:
        raise CorruptMessage(
            f"a message begins with {magic + bytes([version])!r}; it is none of ours"
        )
    body = buffer[HEADER_BYTES : HEADER_BYTES + length]
    if len(body) != length:
        raise CorruptMessage(f"a body of {length} bytes was announced and {len(body)} came")
    if _check(raw[:-4] + bytes(4), body.numpy()) != check or form >= len(_FORMATS):
        raise CorruptMessage("a message does not match its checksum: it was damaged on the way")
    header = Header(code, _FORMATS[form], size, (one, other), flags)
    return header, body, buffer[HEADER_BYTES + length :]


def _check(unsigned: bytes, body: np.ndarray) -> int:
    return zlib.crc32(body, zlib.crc32(unsigned))  # type: ignore[arg-type]  # numpy is a buffer
