"""What a compressor is: a map from vectors to payloads of known length, and back.

A compressor is a frozen description. It turns vectors (*batch, workers, d) into a payload (a tuple
of tensors with the same leading axes), the payload of one vector into bytes, and both back again.
The result is a pure function of the vector and of the noise.
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
"""Compressed vectors before they are bytes: tensors with leading axes (*batch, workers)."""


class Compressor(ABC):
    """A map C from vectors to shorter messages, with its bits, its bytes and its constants.

    A subclass defines `code` and the five abstract methods, and overrides the properties and
    constants whose defaults are not true of it.

    Attributes:
        code: number of the class on the wire, 0 to 255; no other class has it.

    Example:
        Top-k keeps the two largest of four entries: as a payload, as a vector, and as bytes.

        >>> import torch
        >>> from empirical import Noise, TopK
        >>> top, vector = TopK(kept=2), torch.tensor([[3.0, -4.0, 0.5, 0.0]])
        >>> payload = top.encode(vector, Noise())
        >>> top.decode(payload, size=4).tolist()
        [[3.0, -4.0, 0.0, 0.0]]
        >>> top.payload_bits(4, torch.float32), top.contraction(4)
        (68, 0.5)
        >>> body = top.write(tuple(part[0] for part in payload))
        >>> body.tolist()
        [3, 0, 0, 64, 64, 0, 0, 128, 192]
        >>> top.decode(top.read(body, 4, torch.float32), size=4).tolist()
        [3.0, -4.0, 0.0, 0.0]

        The first byte of the body marks places 0 and 1, the others are the two numbers.
    """

    code: ClassVar[int]

    @property
    def unbiased(self) -> bool:
        """Whether E C(v) = v, the mean being over the noise."""
        return False

    @property
    def random(self) -> bool:
        """Whether encoding draws random numbers from the noise."""
        return False

    @property
    def coordinates_alike(self) -> bool:
        """Whether permuting the coordinates of v permutes those of C(v), with the same noise."""
        return not self.random

    @property
    def homogeneous(self) -> bool:
        """Whether C(s v) = s C(v) for every s > 0, up to rounding.

        For powers of two every compressor has this property to the bit, as long as no number
        overflows or vanishes.
        """
        return True

    def compression_variance(self, size: int) -> float | None:
        """Returns omega with E|C(v) - v|^2 <= omega |v|^2 for every v, of an unbiased compressor.

        Args:
            size: d, the dimension of v.

        Returns:
            omega, dimensionless, >= 0; None if C is biased or no constant is known.
        """
        return None

    def contraction(self, size: int) -> float | None:
        """Returns delta with E|C(v) - v|^2 <= (1 - delta) |v|^2 for every v.

        Args:
            size: d, the dimension of v.

        Returns:
            delta, dimensionless, in (0, 1]; None if no constant is known. Unless overridden it is
            1 - omega, where omega is known and below 1.
        """
        omega = self.compression_variance(size)
        return 1 - omega if omega is not None and omega < 1 else None

    @property
    def parameters(self) -> tuple[int, int]:
        """Two whole numbers >= 0 in each header, on which sender and receiver must agree."""
        return (0, 0)

    def each(self, leading: torch.Size) -> Sequence[Compressor]:
        """Returns the compressor of each vector, in the order of the leading axes.

        It is this compressor for all vectors, unless the runs of a batch have parameters of their
        own. All workers of a run share one, so that the messages of all ranks are equally long.

        Args:
            leading: lengths of the axes (*batch, workers).
        """
        return (self,) * leading.numel()

    @abstractmethod
    def encode(self, vector: Tensor, noise: Noise) -> Payload:
        """Returns the payload of finite vectors (*batch, workers, d).

        The last batch axis is that of the seeds, by which the noise is drawn.
        """

    @abstractmethod
    def decode(self, payload: Payload, size: int) -> Tensor:
        """Returns the vectors C(v), (*batch, workers, size), that a payload stands for."""

    @abstractmethod
    def payload_bits(self, size: int, dtype: torch.dtype) -> int:
        """Returns the bits of the payload of one vector, before fields are filled up to bytes.

        They depend on the size d and the number format alone, never on the numbers.
        """

    @abstractmethod
    def write(self, payload: Payload) -> Tensor:
        """Returns the payload of one vector, without leading axes, as a body (n,) uint8."""

    @abstractmethod
    def read(self, body: Tensor, size: int, dtype: torch.dtype) -> Payload:
        """Returns the payload of one vector from the body that `write` made of it.

        Raises:
            CorruptMessage: the body cannot have been written by this compressor for this size.
        """

    def __call__(self, vector: Tensor, noise: Noise | None = None) -> Tensor:
        """Returns C(v) for vectors (*batch, workers, d) or (d,): encodes and decodes them.

        Args:
            vector: finite vectors.
            noise: randomness of the encoding; by default seed 0 for every run and workers 0, 1, ...

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
    """A message that is yet to be encoded, with the compressor that will do it.

    An algorithm posts drafts, since the noise of an encoding is known to the loop only.

    Attributes:
        vector: the messages of the local workers, (*batch, workers, m).
        compressor: how they are to be encoded.
    """

    vector: Tensor
    compressor: Compressor

    def encoded(self, noise: Noise) -> Encoded:
        """Returns the parcel that goes on the wire.

        A vector that is not finite is encoded as zero and flagged, and every rank reads NaN in its
        place: divergence is data that all ranks must see.
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
    """The encoded vectors of the local workers, ready to be sent.

    Args:
        compressor: how the vectors were encoded.
        payload: the encoded vectors.
        shape: shape of the vectors, (*batch, workers, d).
        dtype: number format of the vectors.
        finite: which of the vectors were finite, (*batch, workers).
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
        """Length in bytes of the messages of all local vectors, headers included."""
        each = self._compressor.each(self._shape[:-1])
        return sum(message_bytes(one, self._shape[-1], self._dtype) for one in each)

    def pack(self) -> Tensor:
        """Returns the messages of all local vectors, in the order of the leading axes."""
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
        """Returns the decoded vectors of another rank, which holds as many workers as this one.

        Args:
            data: what that rank has packed, (n,) uint8.

        Raises:
            CorruptMessage: the bytes are not what was sent.
        """
        # Each rank holds as many workers of as many runs, so the own shape gives the message count.
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
    """Returns the length of one vector on the wire: H + ceil(payload bits / 8), in bytes.

    H is the length of a header.
    """
    return HEADER_BYTES + -(-compressor.payload_bits(size, dtype) // 8)


def _poisoned(vectors: Tensor, finite: Tensor) -> Tensor:
    if bool(finite.all()):
        return vectors
    return vectors.where(finite.unsqueeze(-1), torch.full_like(vectors, torch.nan))
