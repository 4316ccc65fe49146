"""Compressed messages around any method of one exchange, with or without feedback.

With v_m the message of the method within, less what is common to all where it is a point:

NONE:         sent C(v_m)
ERROR:        sent C(v_m + e_m),   e_m <- v_m + e_m - C(v_m + e_m)
DIFFERENCE:   sent C(v_m - h_m),   h_m <- h_m + C(v_m - h_m),   received mean_m h_m

What is common is what all received last (x_0 at first): a compressor that sends zero for what
it leaves out would otherwise pull iterates to the origin. With a compressor D on the way down,
the mean q of what was sent is passed on as

NONE:                 received D(q)
ERROR, DIFFERENCE:    received D(q + l),   l <- q + l - D(q + l)

by a server, whose part every worker plays for itself, with the same noise. DIFFERENCE comes to
the same as ERROR there: l is what the server knows of mean_m h_m and the workers do not.

Reduces to the method within when the compressors are the identity. A message of several parts
(the memory of an inner rule that is averaged) is compressed as one vector, so that a compressor
which weighs entries against each other then depends on the units of both.

Source: karimireddy2019ef, Algorithm 2 (ERROR, with messages that are not multiplied by the
step size, which is the same for a constant one); richtarik2021ef21, Algorithm 2 (DIFFERENCE);
tang2019doublesqueeze, Algorithm 1 (ERROR in both directions); horvath2022natural, Algorithm 1
(NONE in both directions).
"""

from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor, zeros_like

from empirical.algorithm import Algorithm, Exchange, Relay
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.algorithms.wrappers.wrapper import Wrapper
from empirical.components.error_feedback import CompressedState, Downlink, Feedback
from empirical.components.inner_rule import HeavyBall, Nesterov
from empirical.components.topology import COMPLETE
from empirical.compressor import Compressor, Draft
from empirical.compressors.cast import Cast, Precision
from empirical.compressors.count_sketch import CountSketch
from empirical.compressors.identity import Identity
from empirical.compressors.natural import Natural
from empirical.compressors.power_sgd import PowerFactors
from empirical.compressors.qsgd import QSGD
from empirical.compressors.rand_k import RandK
from empirical.compressors.scaled_sign import ScaledSign
from empirical.compressors.terngrad import TernGrad
from empirical.compressors.top_k import TopK
from theory.measures import ReportPoint


@dataclass(frozen=True, kw_only=True)
class Compressed(Wrapper[CompressedState]):
    """Any method of one exchange, its messages compressed, with or without feedback.

    Attributes:
        compressor: C, the same on every worker.
        feedback: what becomes of what is left out. ERROR and DIFFERENCE want a contraction, which
            an unbiased compressor with omega >= 1 is not: what they remember may grow for ever.
        down: D; nothing is compressed on the way down where it is None.

    Shapes:
        as the base's state, and three more of the shape of its message; two more (*batch, 1, m)
        with D.

    Raises:
        ValueError: the method within makes several exchanges, gossips or compresses by itself.

    Source: karimireddy2019ef, Algorithm 2 (ERROR, with messages that are not multiplied by the step
    size, which is the same for a constant one); the update rule stands at the top of this file.
    """

    compressor: Compressor = field(default_factory=Identity)
    feedback: Feedback = Feedback.ERROR
    down: Compressor | None = None

    @classmethod
    def usual_base(cls) -> type[Algorithm[Any]] | None:
        """Returns Minibatch SGD, the base where none is given."""
        return MinibatchSGD

    def _fitted(self, base: Algorithm[Any]) -> Algorithm[Any]:
        name = type(base).__name__
        if len(base.exchanges) != 1:
            raise ValueError(
                f"base={name} makes {len(base.exchanges)} exchanges; "
                "only a method of one can be compressed"
            )
        if base.exchanges[0].relay is not None:
            raise ValueError(f"base={name} compresses its messages by itself")
        if base.exchanges[0].topology != COMPLETE:
            raise ValueError(f"base={name} gossips; only means can be compressed")
        return replace(base, local_steps=self.local_steps or base.local_steps)

    @property
    def report_point(self) -> ReportPoint:
        """The report point of the base."""
        return self.base.report_point

    @property
    def comm_delay(self) -> int:
        """The delay of the base, in local steps."""
        return self.base.comm_delay

    @property
    def sends_points(self) -> bool:
        """Never: what is compressed is a difference of points, or a gradient."""
        return False

    @property
    def workers_alike(self) -> bool:
        """Unless the compressor is random: workers never share their noise on the way up."""
        return self.base.workers_alike and not self.compressor.random

    @property
    def keeps_to_scale(self) -> bool:
        """If the base does, and the compressors do where they see gradients."""
        used = [item for item in (self.compressor, self.down) if item is not None]
        even = self.base.sends_points or all(item.homogeneous for item in used)
        return self.base.keeps_to_scale and even

    @property
    def coordinates_alike(self) -> bool:
        """If they are to the compressors."""
        alike = self.base.coordinates_alike and self.compressor.coordinates_alike
        return alike and (self.down is None or self.down.coordinates_alike)

    @property
    def exchanges(self) -> tuple[Exchange[CompressedState], ...]:
        """That of the method within, encoded; its answer is relayed where D is given."""
        delay = self.base.exchanges[0].delay
        up = Exchange(post=self.post, absorb=self.absorb, sent=self.sent, delay=delay)
        if self.down is None:
            return (up,)
        return (replace(up, relay=Relay(draft=self._draft_down, read=self._read_down)),)

    def due(self, state: CompressedState, steps_done: int) -> tuple[int, ...]:
        """When the method within communicates."""
        return self.base.due(state.base, steps_done)

    def init(self, x: Tensor) -> CompressedState:
        """The method within at x; its first message, all workers being alike, is known to all."""
        base = self.base.init(x)
        message = self._message(base)
        common = message[..., :1, :]
        if not self._follows:
            common = zeros_like(common)
        kept = message if self.feedback is Feedback.DIFFERENCE else zeros_like(message)
        downlink = Downlink(zeros_like(common), zeros_like(common), 0) if self.down else ()
        return CompressedState(base, common, kept, zeros_like(message), downlink)

    def post(self, state: CompressedState) -> tuple[Draft, CompressedState]:
        """Drafts the base's message, less what is common or known and plus what was left out."""
        message, base = self.base.exchanges[0].post(state.base)
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
        """Hands the mean to the base, or to the server that compresses it on the way down."""
        if not state.downlink:
            return self._told(state, mean)
        return state._replace(downlink=state.downlink._replace(heard=mean, waiting=1))

    def report(self, state: CompressedState) -> Tensor:
        """The base's report; what the server has yet to pass on counts as passed on."""
        if state.downlink and state.downlink.waiting:
            state = self._told(state, state.downlink.heard + state.downlink.left)
        return self.base.report(state.base)

    def moved(self, state: CompressedState, x: Tensor) -> CompressedState:
        """Moves the base; residuals stay, and points are measured from the new one."""
        base = self.base.moved(state.base, x)
        if not self.base.sends_points:
            return state._replace(base=base)
        message = self._message(base)
        state = state._replace(base=base, common=message[..., :1, :])
        if self.feedback is not Feedback.DIFFERENCE:
            return state
        known = state._replace(kept=message)  # by all, and nothing of it is left to be told
        if not state.downlink:
            return known
        nothing = zeros_like(state.downlink.left)
        return known._replace(downlink=state.downlink._replace(left=nothing))

    @property
    def _follows(self) -> bool:
        """Whether the common part follows what was received."""
        return self.base.sends_points or self.feedback is Feedback.DIFFERENCE

    def _message(self, base: Any) -> Tensor:
        message, _ = self.base.exchanges[0].post(base)
        if not isinstance(message, Tensor):
            raise ValueError(f"base={type(self.base).__name__} compresses its messages by itself")
        return message

    def _told(self, state: CompressedState, change: Tensor) -> CompressedState:
        told = state.common + change
        base = self.base.exchanges[0].absorb(state.base, told)
        return state._replace(base=base, common=told if self._follows else state.common)

    def _draft_down(self, state: CompressedState) -> Draft:
        """What the server is to pass on."""
        assert state.downlink
        assert self.down is not None
        return Draft(state.downlink.heard + state.downlink.left, self.down)

    def _read_down(self, state: CompressedState, own: Tensor) -> CompressedState:
        """Passes on what is read of it, and keeps the rest."""
        assert state.downlink
        left = state.downlink.heard + state.downlink.left - own
        if self.feedback is Feedback.NONE:
            left = zeros_like(left)
        downlink = Downlink(zeros_like(left), left, 0)
        return self._told(state, own)._replace(downlink=downlink)


EXAMPLES = (
    Compressed(base=MinibatchSGD(local_steps=2, step_size=0.1)),
    Compressed(base=MinibatchSGD(local_steps=1, step_size=0.1), compressor=TopK(kept=2)),
    Compressed(
        base=MinibatchSGD(local_steps=3, step_size=0.05),
        compressor=TopK(kept=1),
        feedback=Feedback.DIFFERENCE,
    ),
    Compressed(
        base=MinibatchSGD(local_steps=1, step_size=0.1),
        compressor=QSGD(levels=4),
        feedback=Feedback.NONE,
        down=RandK(kept=3, unbiased_scaling=True),
    ),
    Compressed(
        base=MinibatchSGD(local_steps=2, step_size=0.1),
        compressor=TernGrad(),
        feedback=Feedback.NONE,
    ),
    Compressed(
        base=MinibatchSGD(local_steps=1, step_size=0.1),
        compressor=CountSketch(rows=3, columns=4, kept=2),
    ),
    Compressed(
        base=MinibatchSGD(local_steps=2, step_size=0.1),
        compressor=PowerFactors(rank=1),
        feedback=Feedback.DIFFERENCE,
    ),
    Compressed(
        base=LocalSGD(local_steps=3, step_size=0.05),
        compressor=ScaledSign(),
        inner_rule=HeavyBall(0.5),
    ),
    Compressed(
        base=LocalSGD(local_steps=2, step_size=0.05, inner_rule=Nesterov(0.5)),
        compressor=Natural(),
        feedback=Feedback.NONE,
    ),
    Compressed(
        base=LocalSGD(local_steps=3, step_size=0.05),
        compressor=RandK(kept=2),
        feedback=Feedback.DIFFERENCE,
        down=TopK(kept=3),
    ),
    Compressed(
        base=OverlapLocalSGD(local_steps=2, step_size=0.05, pullback=0.5),
        compressor=Cast(),
        feedback=Feedback.NONE,
    ),
    Compressed(
        base=OverlapLocalSGD(local_steps=3, step_size=0.04, pullback=0.5, anchor_momentum=0.5),
        compressor=ScaledSign(bucket=2),
        down=Cast(precision=Precision.BFLOAT16),
    ),
)
