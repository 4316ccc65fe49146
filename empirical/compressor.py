"""What a compressor is: a map from vectors to payloads of known length, and back.

A compressor is a frozen description. It turns vectors (*batch, workers, d) into a payload (a tuple
of tensors with the same leading axes), the payload of one vector into bytes, and all of it back.
What a vector becomes is a pure function of the vector and of its noise.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from empirical.kernels.random_streams import Noise
from empirical.transport import Parcel
from empirical.wire.envelope import HEADER_BYTES, POISONED, CorruptMessage, Header, open_first, seal

Payload = tuple[Tensor, ...]
"""What is left of vectors: tensors with leading axes (*batch, workers)."""


class Compressor(ABC):
    """A map C from vectors to shorter messages, with its bits, its bytes and its constants.

    Attributes:
        code: number of the class on the wire, 0 to 255; no other class has it.

    Example:
        The two largest of four entries, as a payload, as a vector, and as bytes.

        >>> import torch
        >>> from empirical import Noise, TopK
        >>> vector = torch.tensor([[3.0, -4.0, 0.5, 0.0]])
        >>> payload = TopK(kept=2).encode(vector, Noise())
        >>> TopK(kept=2).decode(payload, size=4).tolist()
        [[3.0, -4.0, 0.0, 0.0]]
        >>> TopK(kept=2).payload_bits(4, torch.float32), TopK(kept=2).contraction(4)
        (68, 0.5)
    """

    code: ClassVar[int]

    @property
    def unbiased(self) -> bool:
        """Whether the mean over the noise of what is read is the vector."""
        return False

    @property
    def random(self) -> bool:
        """Whether it uses its noise."""
        return False

    @property
    def coordinates_alike(self) -> bool:
        """Whether renumbering coordinates renumbers what is read."""
        return not self.random

    @property
    def homogeneous(self) -> bool:
        """Whether C(s v) = s C(v) for every s > 0; in range it holds for powers of two anyway."""
        return True

    def compression_variance(self, size: int) -> float | None:
        """Omega with E|C(v) - v|^2 <= omega |v|^2, of an unbiased one; None where none is known."""
        return None

    def contraction(self, size: int) -> float | None:
        """Delta with E|C(v) - v|^2 <= (1 - delta) |v|^2; None where none is known."""
        omega = self.compression_variance(size)
        return 1 - omega if omega is not None and omega < 1 else None

    @property
    def parameters(self) -> tuple[int, int]:
        """What a reader checks: two whole numbers >= 0 that both sides must share."""
        return (0, 0)

    def each(self, leading: torch.Size) -> Sequence[Compressor]:
        """What writes and reads each vector, in the order of the leading axes (*batch, workers).

        Itself, unless it treats runs of a batch differently; workers must be treated alike, so that
        the messages of all ranks are equally long.
        """
        return (self,) * leading.numel()

    @abstractmethod
    def encode(self, vector: Tensor, noise: Noise) -> Payload:
        """The payload of finite vectors (*batch, workers, d)."""

    @abstractmethod
    def decode(self, payload: Payload, size: int) -> Tensor:
        """The vectors (*batch, workers, size) that a payload stands for."""

    @abstractmethod
    def payload_bits(self, size: int, dtype: torch.dtype) -> int:
        """Bits of the payload of one vector, before each field is filled up to a byte."""

    @abstractmethod
    def write(self, payload: Payload) -> Tensor:
        """The body of the payload of one vector, whose tensors have no leading axes: (n,) uint8."""

    @abstractmethod
    def read(self, body: Tensor, size: int, dtype: torch.dtype) -> Payload:
        """What write has written.

        Raises:
            CorruptMessage: it cannot have been written by this compressor for this size.
        """

    def __call__(self, vector: Tensor, noise: Noise | None = None) -> Tensor:
        """What is read of vectors (*batch, workers, d) or (d,).

        Raises:
            ValueError: an entry is not finite.
        """
        if not bool(vector.isfinite().all()):
            raise ValueError("a vector with NaN or inf in it cannot be compressed; look for why")
        lifted = vector.reshape((1,) * (3 - vector.dim()) + vector.shape)
        chance = noise or Noise((0,) * lifted.shape[-3], range(lifted.shape[-2]))
        return self.decode(self.encode(lifted, chance), vector.shape[-1]).reshape(vector.shape)


@dataclass(frozen=True)
class Draft:
    """A message that is yet to be encoded.

    Attributes:
        vector: (*batch, workers, m).
        compressor: encodes it.
    """

    vector: Tensor
    compressor: Compressor

    def encoded(self, noise: Noise) -> Encoded:
        """The parcel that goes on the wire.

        Vectors that are not finite are sent as such: divergence is data that all ranks must see.
        """
        finite = self.vector.isfinite().all(-1)
        vector = self.vector
        if not bool(finite.all()):
            vector = vector.where(finite.unsqueeze(-1), torch.zeros_like(vector))
        if vector.dim() > 2:
            payload = self.compressor.encode(vector, noise)
        else:  # noise has a seed axis, which vectors without a batch lack
            payload = tuple(part[0] for part in self.compressor.encode(vector[None], noise))
        return Encoded(self.compressor, payload, vector.shape, vector.dtype, finite)


class Encoded(Parcel):
    """Encoded vectors of the local workers.

    Args:
        compressor: how they were encoded.
        payload: what they became.
        shape: of the vectors, (*batch, workers, d).
        dtype: of the vectors.
        finite: which of them were, (*batch, workers).
    """

    def __init__(
        self,
        compressor: Compressor,
        payload: Payload,
        shape: torch.Size,
        dtype: torch.dtype,
        finite: Tensor,
    ) -> None:
        self._compressor, self._payload, self._shape = compressor, payload, shape
        self._dtype, self._finite = dtype, finite
        self.own = _poisoned(compressor.decode(payload, shape[-1]), finite)

    @property
    def num_bytes(self) -> int:
        """Headers and bodies of all local vectors."""
        each = self._compressor.each(self._shape[:-1])
        return sum(message_bytes(one, self._shape[-1], self._dtype) for one in each)

    def pack(self) -> Tensor:
        """One message after the other, in the order of the leading axes."""
        flat = [part.flatten(0, len(self._shape) - 2).unbind(0) for part in self._payload]
        each = self._compressor.each(self._shape[:-1])
        rows = zip(each, self._finite.flatten().tolist(), *flat, strict=True)
        sealed = [self._sealed(one, finite, tuple(payload)) for one, finite, *payload in rows]
        return torch.cat(sealed).to(self.own.device)

    def _sealed(self, compressor: Compressor, finite: bool, payload: Payload) -> Tensor:
        header = Header(
            code=compressor.code,
            dtype=self._dtype,
            size=self._shape[-1],
            parameters=compressor.parameters,
            flags=0 if finite else POISONED,
        )
        return seal(header, compressor.write(payload).cpu())

    def unpack(self, data: Tensor) -> Tensor:
        """The vectors of another rank, which holds as many workers as this one.

        Raises:
            CorruptMessage: the bytes are not what was sent.
        """
        rest, payloads, finite = data.cpu(), [], []
        for one in self._compressor.each(self._shape[:-1]):
            header, body, rest = open_first(rest)
            self._check(header, one)
            payloads.append(one.read(body, header.size, header.dtype))
            finite.append(header.flags != POISONED)
        if len(rest):
            raise CorruptMessage(f"{len(rest)} bytes are left over after the last message")
        leading = self._shape[:-1]
        parts = [torch.stack(part) for part in zip(*payloads, strict=True)]
        payload = tuple(part.reshape(*leading, *part.shape[1:]).to(data.device) for part in parts)
        flags = torch.tensor(finite, device=data.device).reshape(leading)
        return _poisoned(self._compressor.decode(payload, self._shape[-1]), flags)

    def _check(self, header: Header, compressor: Compressor) -> None:
        expected = (compressor.code, self._dtype, self._shape[-1])
        if (header.code, header.dtype, header.size) != expected:
            raise CorruptMessage("a message is of another compressor, number format or size")
        if header.parameters != compressor.parameters:
            raise CorruptMessage(
                f"a message was written with parameters {header.parameters}, not "
                f"{compressor.parameters}: the ranks do not agree"
            )


def message_bytes(compressor: Compressor, size: int, dtype: torch.dtype) -> int:
    """Length on the wire of one vector: H + ceil(payload bits / 8), each field filled to a byte."""
    return HEADER_BYTES + -(-compressor.payload_bits(size, dtype) // 8)


def _poisoned(vectors: Tensor, finite: Tensor) -> Tensor:
    if bool(finite.all()):
        return vectors
    return vectors.where(finite.unsqueeze(-1), torch.full_like(vectors, torch.nan))
