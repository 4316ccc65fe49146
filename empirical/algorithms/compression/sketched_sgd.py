"""Sketched-SGD: workers send count sketches, then exact values of the coordinates they reveal.

Between communications:   s_m <- s_m + g_m(x)                                  (K times)
First exchange:           u_m <- momentum u_m + s_m / K,   v_m <- v_m + u_m,   s_m <- 0
                          S = mean_m S(v_m), of which all workers find the same places I
Second exchange:          w = mean_m v_m on I;   J = I, or the k of I where |w| is largest
                          x <- x - eta w_J,   u_m <- 0 and v_m <- 0 on J

The sum of tables is the table of the sum, so sketches are all-reduced, and every worker finds
the places from the mean itself: no index ever travels. With `fresh`, every round has hashes of
its own, drawn from (sketch_seed, round). That is what theorems need: v depends on what earlier
hashes brought to light, so with one hash for all rounds no probability is proved; since all
that is kept from round to round is kept as vectors, nothing is lost by changing it.

Zeroing is local (v_m <- 0, not v_m <- v_m - w): the means are the same, while what is left of
one worker's would otherwise grow with every round where workers differ. So with momentum = 0
and a constant eta the iterates are those of Algorithm 2, whose steps are eta (v_m / eta).

Runs that share a tensor share hashes and random places; another sketch_seed gives others.
With kept >= d it is Minibatch SGD, whatever the momentum. Reports x_r.

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
    """Which coordinates are asked for once the mean sketch is there."""

    CANDIDATES = "the P k largest estimates, of which the k largest exact values are used"
    HEAVYMIX = "the heavy ones, at most k, and random others up to k"


class SketchedState(NamedTuple):
    """What a worker carries.

    Attributes:
        x: the common iterate (*batch, workers, d).
        inner: memory of the inner rule, the same on every worker.
        total: sum of the gradients of this round (*batch, workers, d).
        momentum: u (*batch, workers, d).
        residual: v, what has not been used yet (*batch, workers, d).
        asked: the coordinates that are asked for, the same everywhere (*batch, 1, m) int64.
        round: rounds that are over.
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
    """Workers send a sketch of what they have, then exact values where its estimates are large.

    Attributes:
        rows: r, odd, >= 1.
        columns: c, >= 1.
        kept: k, coordinates that are updated in a round, >= 1.
        recovery: which coordinates are asked for.
        candidates: P, >= 1; not used by HEAVYMIX.
        momentum: of u, dimensionless, in [0, 1).
        sketch_seed: of hashes and random places, >= 0.
        fresh: new hashes in every round.

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
        """The sketches, then the values that they ask for."""
        return (
            Exchange(post=self.post, absorb=self.absorb),
            Exchange(post=self._post_values, absorb=self._absorb_values),
        )

    def init(self, x: Tensor) -> SketchedState:
        """All workers at x, with nothing left from before."""
        asked = x.new_zeros(*x.shape[:-2], 1, self._num_asked(x.shape[-1]), dtype=torch.int64)
        inner, zero = self.inner_rule.init(x), zeros_like(x)
        return SketchedState(x, inner, zero, zero, zero, asked, 0)

    def post(self, state: SketchedState) -> tuple[Tensor, SketchedState]:
        """Adds the round's gradient to what is left, and sends its sketch."""
        gradient, state = self.mean_gradient(state)
        momentum = self.momentum * state.momentum + gradient
        residual = state.residual + momentum
        tables = self._sketch(state).accumulate(residual)
        return tables.flatten(-2), state._replace(momentum=momentum, residual=residual)

    def absorb(self, state: SketchedState, mean: Tensor) -> SketchedState:
        """Finds the coordinates to be asked for."""
        tables = finite_or_zero(mean).unflatten(-1, (self.rows, self.columns))
        places = [self._places(state, table) for table in tables.flatten(0, -3)]
        asked = torch.stack(places).reshape(state.asked.shape)
        state = poisoned(state, mean)
        return state._replace(asked=asked)

    def _post_values(self, state: SketchedState) -> tuple[Tensor, SketchedState]:
        asked = state.asked.expand(*state.residual.shape[:-1], -1)
        return state.residual.gather(-1, asked), state

    def _absorb_values(self, state: SketchedState, mean: Tensor) -> SketchedState:
        """Steps along the exact values, and forgets them."""
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
        """What one run asks for, from its mean table (r, c): (m,), ascending."""
        sketch = self._sketch(state)
        estimates = sketch.query(table)
        if self.recovery is Recovery.CANDIDATES:
            return largest(estimates, self._num_asked(sketch.size))
        key = (self.sketch_seed, state.round, sketch.size, self.rows, self.columns, self.kept, 0)
        return heavymix(estimates, sketch.norm(table), self.kept, generator(*key))

    def _num_asked(self, size: int) -> int:
        many = self.candidates if self.recovery is Recovery.CANDIDATES else 1
        return min(many * self.kept, size)

    def numbers_sent(self, size: int) -> int:
        """What a worker sends in a round, r c + m numbers; it receives as many."""
        return self.rows * self.columns + self._num_asked(size)

    def compression(self, size: int) -> float:
        """2 d / (r c + m + k), dense over this, up and down, as the paper counts: no indices."""
        return 2 * size / (self.numbers_sent(size) + min(self.kept, size))

    def compression_with_indices(
        self, size: int, *, number_bits: int = 32, entropy_coded: bool = False
    ) -> float:
        """Returns the compression in bits if a server named the coordinates to the workers.

        Up it is b (r c + m) bits, down I m for the question and (b + I) k for the answer, with I
        bits a coordinate. Here nothing of the kind is sent, since every worker finds the places
        itself.

        Args:
            size: d.
            number_bits: b, of a number.
            entropy_coded: I = log2 C(d, n) / n for n coordinates, the least possible on average,
                in place of ceil(log2 d).
        """
        asked, used = self._num_asked(size), min(self.kept, size)
        numbers = number_bits * (self.numbers_sent(size) + used)
        told = sum(count * _index_bits(size, count, entropy_coded) for count in (asked, used))
        return 2 * number_bits * size / (numbers + told)

    def recovery_failure(self, size: int, *, num_rounds: int = 1) -> float:
        """At most how often an update of some round is no k/d-contraction; 1 if nothing is proved.

        Lemma 1 speaks of HEAVYMIX with k <= d/2 and of hashes that do not depend on the vector:
        fresh ones, or the first round. Tables with c >= d, and k >= d, never fail.

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
        return min(1.0, num_rounds * recovery_failure(size, self.kept, self.rows, self.columns))

    def certified(self, size: int, *, num_rounds: int = 1, failure: float = 0.01) -> bool:
        """Whether rounds contract by k/d, but with that probability of failure, as theorems assume.

        At the sizes that are used in practice it is False: see theory.costs.sketch_size.
        """
        return self.recovery_failure(size, num_rounds=num_rounds) <= failure

    def _contracts(self, size: int) -> bool:
        """Whether exact tables would do: the k largest always contract, HEAVYMIX up to d/2."""
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
