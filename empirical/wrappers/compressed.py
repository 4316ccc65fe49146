from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, NamedTuple

from torch import Tensor, zeros_like

from empirical.algorithm import Algorithm, Exchange
from empirical.algorithms.local_sgd import LocalSGD
from empirical.algorithms.minibatch_sgd import MinibatchSGD
from empirical.algorithms.overlap_local_sgd import OverlapLocalSGD
from empirical.compressor import Compressor, Draft
from empirical.compressors.identity import Identity
from empirical.wrapping import Wrapping
from theory.measures import ReportPoint


class Feedback(Enum):
    """What becomes of that part of a message which compression leaves out."""

    NONE = "it is lost"
    ERROR = "it is added to the next message (error feedback)"
    DIFFERENCE = "only the change since the last message is sent (EF21)"


class CompressedState(NamedTuple):
    """What a worker carries.

    Attributes:
        base: state of the method within.
        common: what all messages are measured from, (*batch, 1, m).
        kept: this worker's residual or, for DIFFERENCE, what all others know of its message,
            (*batch, workers, m).
        drafted: what was handed to the compressor last, (*batch, workers, m).
    """

    base: Any
    common: Tensor
    kept: Tensor
    drafted: Tensor


@dataclass(frozen=True, kw_only=True)
class Compressed(Wrapping[CompressedState]):
    r"""Any method of one exchange, its messages compressed, with or without feedback.

    With v_m the message of the method within, less what is common to all where it is a point:

    NONE:         sent C(v_m)
    ERROR:        sent C(v_m + e_m),   e_m <- v_m + e_m - C(v_m + e_m)
    DIFFERENCE:   sent C(v_m - h_m),   h_m <- h_m + C(v_m - h_m),   heard mean_m h_m

    What is common is the mean heard last (x_0 at first): a compressor that sends zero for what it
    leaves out would otherwise pull iterates to the origin. Reduces to the method within when the
    compressor is the identity.

    Attributes:
        compressor: C, the same on every worker.
        feedback: what becomes of what is left out.

    Shapes:
        as within, and three more of the shape of its message.

    Source: karimireddy2019ef, Algorithm 2 (ERROR, with messages that are not multiplied by the
    step size, which is the same for a constant one); richtarik2021ef21, Algorithm 2 (DIFFERENCE).
    """

    compressor: Compressor = field(default_factory=Identity)
    feedback: Feedback = Feedback.ERROR

    def _fitted(self, base: Algorithm[Any]) -> Algorithm[Any]:
        if len(base.exchanges) != 1:
            raise ValueError(
                f"base={type(base).__name__} makes {len(base.exchanges)} exchanges; "
                "only a method of one can be compressed"
            )
        return replace(base, local_steps=self.local_steps or base.local_steps)

    @property
    def report_point(self) -> ReportPoint:
        """As within."""
        return self.base.report_point

    @property
    def comm_delay(self) -> int:
        """As within."""
        return self.base.comm_delay

    @property
    def workers_alike(self) -> bool:
        """Unless the compressor is random: workers never share their noise."""
        return self.base.workers_alike and not self.compressor.random

    @property
    def coordinates_alike(self) -> bool:
        """If they are to the compressor."""
        return self.base.coordinates_alike and self.compressor.coordinates_alike

    @property
    def exchanges(self) -> tuple[Exchange[CompressedState], ...]:
        """That of the method within, encoded."""
        delay = self.comm_delay
        return (Exchange(post=self.post, absorb=self.absorb, sent=self.sent, delay=delay),)

    def init(self, x: Tensor) -> CompressedState:
        """The method within at x; its first message, all workers being alike, is known to all."""
        base = self.base.init(x)
        message, _ = self.base.post(base)
        assert isinstance(message, Tensor)
        kept = message if self.feedback is Feedback.DIFFERENCE else zeros_like(message)
        common = message[..., :1, :] if self.base.sends_points else zeros_like(message[..., :1, :])
        return CompressedState(base, common, kept, zeros_like(message))

    def post(self, state: CompressedState) -> tuple[Draft, CompressedState]:
        """The message within, or what is to be heard of it, to be encoded."""
        message, base = self.base.post(state.base)
        assert isinstance(message, Tensor)
        if self.feedback is Feedback.DIFFERENCE:
            drafted = message - state.kept
        else:
            drafted = message - state.common + state.kept
        return Draft(drafted, self.compressor), state._replace(base=base, drafted=drafted)

    def sent(self, state: CompressedState, own: Tensor) -> CompressedState:
        """Keeps what was left out, or what is now known."""
        if self.feedback is Feedback.DIFFERENCE:
            return state._replace(kept=state.kept + own)
        if self.feedback is Feedback.ERROR:
            return state._replace(kept=state.drafted - own)
        return state

    def absorb(self, state: CompressedState, mean: Tensor) -> CompressedState:
        """Hands the method within what it would have heard."""
        heard = state.common + mean
        moves = self.base.sends_points or self.feedback is Feedback.DIFFERENCE
        base = self.base.absorb(state.base, heard)
        return state._replace(base=base, common=heard if moves else state.common)


EXAMPLES = (
    Compressed(base=MinibatchSGD(local_steps=2, step_size=0.1)),
    Compressed(base=LocalSGD(local_steps=3, step_size=0.05), feedback=Feedback.DIFFERENCE),
    Compressed(
        base=OverlapLocalSGD(local_steps=2, step_size=0.05, pullback=0.5), feedback=Feedback.NONE
    ),
)
