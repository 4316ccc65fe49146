"""What compression leaves out of messages, and what a method that minds it has to remember."""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple

from torch import Tensor


class Feedback(Enum):
    """What becomes of that part of a message which compression leaves out."""

    NONE = "it is lost"
    ERROR = "it is added to the next message (error feedback)"
    DIFFERENCE = "only the change since the last message is sent (EF21)"


class Downlink(NamedTuple):
    """What a server would hold, the same on every worker.

    Attributes:
        heard: the mean that it received last, (*batch, 1, m), to be passed on.
        left: what it has not passed on so far, (*batch, 1, m).
        waiting: 1 from hearing to passing on, 0 otherwise.
    """

    heard: Tensor
    left: Tensor
    waiting: int


class CompressedState(NamedTuple):
    """What a worker carries.

    Attributes:
        base: state of the method within.
        common: what all workers have received, from which messages are differences, (*batch, 1, m).
        kept: this worker's residual or, for DIFFERENCE, what all others know of its message,
            (*batch, workers, m).
        drafted: what was handed to the compressor last, (*batch, workers, m).
        downlink: of a method with one, else empty.
    """

    base: Any
    common: Tensor
    kept: Tensor
    drafted: Tensor
    downlink: Downlink | tuple[()]
