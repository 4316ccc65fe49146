"""Sketched-SGD: workers send count sketches, then exact values of the coordinates they reveal.

Update:
    s_m <- s_m + g_m(x)                                       between communications, K times
    u_m <- momentum u_m + s_m / K,  v_m <- v_m + u_m,  s_m <- 0,
    S = mean_m S(v_m), from which all workers find the same coordinates I     first exchange
    w = mean_m v_m on I;  J = I, or the k of I where |w| is largest
    x <- x - eta w_J,  u_m <- 0 and v_m <- 0 on J                             second exchange

The sum of tables is the table of the sum, so sketches are all-reduced, and every worker finds
the coordinates from the mean itself: no index is ever sent. With `fresh`, every round has hashes
of its own, drawn from (sketch_seed, round). Theorems need that, because v depends on what earlier
hashes revealed, so that with one hash for all rounds no probability is proved. It costs nothing,
since all that is kept from round to round is kept as vectors, not as tables.

Zeroing is local (v_m <- 0, not v_m <- v_m - w). The means of both are the same, but with the
latter the residual of a worker grows with every round where workers differ. So with momentum = 0
and a constant eta the iterates are those of Algorithm 2, whose steps are eta (v_m / eta).

Runs that share a tensor share hashes and random coordinates; another sketch_seed gives others.
With kept >= d the method is Minibatch SGD, whatever the momentum.

Source: ivkin2019sketched, Algorithm 3 (CANDIDATES) and Algorithms 1 and 2 (HEAVYMIX), as read.
Differs: HEAVYMIX with the constants that its lemma needs; fresh hashes; rows must be odd.
"""

from dataclasses import dataclass
from enum import Enum
from math import lgamma, log
from typing import NamedTuple

import torch
from torch import Tensor, zeros_like

from empirical.algorithm import Exchange
from empirical.algorithms.compression.compressed_batch import (
    CompressedBatch,
    finite_or_zero,
    poisoned,
)
from empirical.components.inner_rule import HeavyBall, InnerState
from empirical.field_ranges import check_whole, check_within
from empirical.kernels.count_sketch import Sketch, check_shape
from empirical.kernels.heavymix import heavymix
from empirical.kernels.largest_entries import largest
from empirical.kernels.random_streams import generator
from theory.costs.sketch_size import recovery_failure


class Recovery(Enum):
    """The rule that chooses the coordinates of the second exchange from the mean sketch."""

    CANDIDATES = "the P k largest estimates, of which the k largest exact values are used"
    HEAVYMIX = "the heavy ones, at most k, and random others up to k"


class SketchedState(NamedTuple):
    """The state of the workers in Sketched-SGD.

    Attributes:
        x: the common iterate (*batch, workers, d).
        inner: memory of the inner rule, the same on every worker.
        total: s_m, the sum of the gradients of this round (*batch, workers, d), unit f/x.
        momentum: u_m (*batch, workers, d), unit f/x.
        residual: v_m, what has not been used yet (*batch, workers, d), unit f/x.
        asked: I, the requested coordinates, the same on all workers (*batch, 1, m) int64.
        round: number of rounds that are over.
    """

    x: Tensor
    inner: InnerState
    total: Tensor
    momentum: Tensor
    residual: Tensor
    asked: Tensor
    round: int


@dataclass(frozen=True, kw_only=True)
class SketchedSGD(CompressedBatch[SketchedState]):
    """Sketched-SGD: workers send sketches, then exact values where the estimates are large.

    Reduces to Minibatch SGD when kept >= d.

    Attributes:
        rows: r, rows of a table, odd, >= 1.
        columns: c, buckets of a row, >= 1.
        kept: k, coordinates that are updated in a round, >= 1.
        recovery: the rule that chooses the coordinates of the second exchange.
        candidates: P, coordinates requested for each that is used, >= 1; not used by HEAVYMIX.
        momentum: the factor of u_m, dimensionless, in [0, 1).
        sketch_seed: seed of hashes and random coordinates, >= 0.
        fresh: whether every round has new hashes.

    Shapes:
        x, momentum, residual (*batch, workers, d); messages (*batch, workers, r c) and
        (*batch, workers, m), m = min(P k, d) or min(k, d).

    Raises:
        ValueError: an attribute is out of its range.

    Source: ivkin2019sketched, Algorithm 3 (CANDIDATES) and Algorithms 1 and 2 (HEAVYMIX), as read;
    the update rule stands at the top of this file.
    """

    rows: int
    columns: int
    kept: int
    recovery: Recovery = Recovery.CANDIDATES
    candidates: int = 4
    momentum: float = 0.0
    sketch_seed: int = 0
    fresh: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_shape(self.rows, self.columns)
        check_whole(self, 1, "kept", "candidates")
        check_within(self, "[0, 1)", "momentum")
        check_whole(self, 0, "sketch_seed")

    @property
    def exchanges(self) -> tuple[Exchange[SketchedState], ...]:
        """The exchange of sketches, followed by that of values at the requested coordinates."""
        return (
            Exchange(post=self.post, absorb=self.absorb),
            Exchange(post=self._post_values, absorb=self._absorb_values),
        )

    def init(self, x: Tensor) -> SketchedState:
        """Returns the state with all workers at x, and momentum and residuals 0."""
        asked = x.new_zeros(*x.shape[:-2], 1, self._num_asked(x.shape[-1]), dtype=torch.int64)
        inner, zero = self.inner_rule.init(x), zeros_like(x)
        return SketchedState(x, inner, zero, zero, zero, asked, 0)

    def post(self, state: SketchedState) -> tuple[Tensor, SketchedState]:
        """Adds the gradient of the round to u_m, and u_m to v_m, and sends the sketch of v_m."""
        gradient, state = self.mean_gradient(state)
        momentum = self.momentum * state.momentum + gradient
        residual = state.residual + momentum
        tables = self._sketch(state).accumulate(residual)
        return tables.flatten(-2), state._replace(momentum=momentum, residual=residual)

    def absorb(self, state: SketchedState, mean: Tensor) -> SketchedState:
        """Finds the coordinates whose exact values are requested from the mean sketch."""
        tables = finite_or_zero(mean).unflatten(-1, (self.rows, self.columns))
        # One run at a time: HEAVYMIX finds another number of heavy coordinates in each.
        places = [self._places(state, table) for table in tables.flatten(0, -3)]
        asked = torch.stack(places).reshape(state.asked.shape)
        state = poisoned(state, mean)
        return state._replace(asked=asked)

    def _post_values(self, state: SketchedState) -> tuple[Tensor, SketchedState]:
        asked = state.asked.expand(*state.residual.shape[:-1], -1)
        return state.residual.gather(-1, asked), state

    def _absorb_values(self, state: SketchedState, mean: Tensor) -> SketchedState:
        """Steps along the k largest mean values, and sets u_m and v_m to 0 there."""
        # For HEAVYMIX exactly min(k, d) values were requested, so that this keeps all of them.
        among = largest(mean, self.kept)
        used = state.asked.gather(-1, among)
        blank = zeros_like(state.residual[..., :1, :])
        direction = blank.scatter(-1, used, mean.gather(-1, among))
        done = torch.zeros_like(blank, dtype=torch.bool).scatter(-1, used, value=True)
        stepped: SketchedState = self.stepped(state, direction)
        return stepped._replace(
            momentum=state.momentum.masked_fill(done, 0),
            residual=state.residual.masked_fill(done, 0),
            round=state.round + 1,
        )

    def _sketch(self, state: SketchedState) -> Sketch:
        size, draw = state.residual.shape[-1], state.round if self.fresh else 0
        return Sketch(size, self.rows, self.columns, seed=self.sketch_seed, draw=draw)

    def _places(self, state: SketchedState, table: Tensor) -> Tensor:
        """Returns the coordinates that one run requests, (m,) ascending, from its mean table."""
        sketch = self._sketch(state)
        estimates = sketch.query(table)
        if self.recovery is Recovery.CANDIDATES:
            return largest(estimates, self._num_asked(sketch.size))
        # Hashes have keys of six numbers; streams with keys of different lengths are independent.
        key = (self.sketch_seed, state.round, sketch.size, self.rows, self.columns, self.kept, 0)
        return heavymix(estimates, sketch.norm(table), self.kept, generator(*key))

    def _num_asked(self, size: int) -> int:
        many = self.candidates if self.recovery is Recovery.CANDIDATES else 1
        return min(many * self.kept, size)

    def numbers_sent(self, size: int) -> int:
        """Returns how many numbers a worker sends in a round, r c + m; it receives as many.

        Args:
            size: d.
        """
        return self.rows * self.columns + self._num_asked(size)

    def compression(self, size: int) -> float:
        """Returns 2 d / (r c + m + k), dense traffic over that of this method, without indices.

        The paper counts so: r c + m numbers up and k down. Here the mean goes down as well.

        Args:
            size: d.
        """
        return 2 * size / (self.numbers_sent(size) + min(self.kept, size))

    def compression_with_indices(
        self, size: int, *, number_bits: int = 32, entropy_coded: bool = False
    ) -> float:
        """Returns the compression in bits if a server named the coordinates to the workers.

        A worker would send b (r c + m) bits. It would receive I m bits for the requested indices
        and (b + I) k for the update, with I bits an index. Here no index is sent, since every
        worker finds the coordinates itself.

        Args:
            size: d.
            number_bits: b, bits of a number.
            entropy_coded: whether I = log2 C(d, n) / n for n coordinates, the least possible on
                average, in place of ceil(log2 d).
        """
        asked, used = self._num_asked(size), min(self.kept, size)
        numbers = number_bits * (self.numbers_sent(size) + used)
        told = sum(count * _index_bits(size, count, entropy_coded) for count in (asked, used))
        return 2 * number_bits * size / (numbers + told)

    def recovery_failure(self, size: int, *, num_rounds: int = 1) -> float:
        """Returns a bound on the probability that some round is no k/d-contraction.

        It is 1 where nothing is proved. Lemma 1 is about HEAVYMIX with k <= d/2 and hashes that do
        not depend on the vector: fresh ones, or the first round. With k >= d, or with c >= d where
        exact estimates contract, no round fails.

        Args:
            size: d.
            num_rounds: T, >= 1.
        """
        if self.kept >= size or (self.columns >= size and self._contracts(size)):
            return 0.0
        if not (self._contracts(size) and self.recovery is Recovery.HEAVYMIX):
            return 1.0
        if not (self.fresh or num_rounds == 1):
            return 1.0
        # A union bound over the rounds, whose hashes are independent of the vectors.
        return min(1.0, num_rounds * recovery_failure(size, self.kept, self.rows, self.columns))

    def certified(self, size: int, *, num_rounds: int = 1, failure: float = 0.01) -> bool:
        """Returns whether all rounds contract by k/d, as theorems assume, but for a rare failure.

        At the sizes that are used in practice it is False: see theory.costs.sketch_size.

        Args:
            size: d.
            num_rounds: T, >= 1.
            failure: the largest probability of failure that is accepted, in [0, 1].
        """
        return self.recovery_failure(size, num_rounds=num_rounds) <= failure

    def _contracts(self, size: int) -> bool:
        """Whether exact estimates contract by k/d: the k largest do, HEAVYMIX if k <= d/2."""
        return self.recovery is Recovery.CANDIDATES or 2 * self.kept <= size


def _index_bits(size: int, count: int, entropy_coded: bool) -> float:
    if not entropy_coded:
        return (size - 1).bit_length()
    subsets = lgamma(size + 1) - lgamma(count + 1) - lgamma(size - count + 1)
    return subsets / log(2) / count


EXAMPLES = (
    SketchedSGD(local_steps=2, step_size=0.1, rows=3, columns=3, kept=2, candidates=2),
    SketchedSGD(
        local_steps=1,
        step_size=0.05,
        rows=5,
        columns=4,
        kept=3,
        recovery=Recovery.HEAVYMIX,
        momentum=0.5,
        fresh=False,
    ),
    SketchedSGD(
        local_steps=3,
        step_size=0.05,
        rows=1,
        columns=2,
        kept=1,
        momentum=0.9,
        inner_rule=HeavyBall(0.5),
    ),
)
