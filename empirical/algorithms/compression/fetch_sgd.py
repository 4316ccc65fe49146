"""FetchSGD: workers send sketches of gradients; momentum and error feedback live in sketches.

Between communications:   s_m <- s_m + g_m(x)                                  (K times)
At a communication:       S_u <- momentum S_u + mean_m S(s_m / K),   s_m <- 0
                          S_e <- S_e + S_u
                          D = the k largest estimates of S_e, zero elsewhere
                          S_e <- S_e - S(D),   x <- x - eta D

Workers keep nothing from round to round, so they may be others every time. Since sketches are
linear S_e stays the table of all that was added less all that was used: S(D) is subtracted;
the authors' code sets every bucket that D meets to zero instead, which throws away what shares
it. With momentum the same coordinate is used again and again, unless `masked`: then S_u less
its own estimates on D is kept. One hash serves all rounds, or tables could not be added up, so
what is recovered depends on it, and no probability is proved.

With c >= d and momentum = 0 it is error feedback with the k largest of the mean, exactly. Where
c is far below d, subtracting estimates makes buckets that differ by rounding alone; of these
another order of summation may choose another one, and then runs part. Reports x_r.

Two coordinates that share most of their buckets are estimated as one and both used: what is
left of them changes sign, and grows if there are three. With tables so small that such pairs
are common (see `confusions`) and kept beyond a few, S_e feeds on itself until it diverges; that
is Algorithm 1, and what zeroing prevents.

Source: rothchild2020fetchsgd, Algorithm 1, as recalled. Differs: every worker takes part in
every round, and eta multiplies D, not what is added to S_e, which is the same for a constant
one.
"""

from dataclasses import dataclass
from math import comb
from typing import NamedTuple

import torch
from torch import Tensor, zeros_like

from empirical.algorithms.compression.compressed_batch import (
    CompressedBatch,
    finite_or_zero,
    poisoned,
)
from empirical.components.inner_rule import InnerState
from empirical.field_ranges import check_whole, check_within
from empirical.kernels.count_sketch import Sketch, check_shape
from empirical.kernels.largest_entries import largest


class FetchState(NamedTuple):
    """What a worker carries: of its own only gradients, the rest is the same everywhere.

    Attributes:
        x: the common iterate (*batch, workers, d).
        inner: memory of the inner rule, the same on every worker.
        total: sum of the gradients of this round (*batch, workers, d).
        momentum: S_u, a table (*batch, 1, r c).
        residual: S_e, the table of what has not been used yet (*batch, 1, r c).
    """

    x: Tensor
    inner: InnerState
    total: Tensor
    momentum: Tensor
    residual: Tensor


@dataclass(frozen=True, kw_only=True)
class FetchSGD(CompressedBatch[FetchState]):
    """Workers send sketches of gradients; momentum and what is left over live in sketches too.

    Attributes:
        rows: r, odd, >= 1.
        columns: c, >= 1.
        kept: k, coordinates that are updated in a round, >= 1.
        momentum: of S_u, dimensionless, in [0, 1).
        masked: forget momentum where coordinates were updated.
        sketch_seed: of the hashes, >= 0.

    Shapes:
        x (*batch, workers, d); momentum, residual (*batch, 1, r c); message (*batch, workers,
        r c).

    Raises:
        ValueError: an attribute is out of its range.

    Source: rothchild2020fetchsgd, Algorithm 1, as recalled; the update rule stands at the top of
    this file.
    """

    rows: int
    columns: int
    kept: int
    momentum: float = 0.9
    masked: bool = False
    sketch_seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_shape(self.rows, self.columns)
        check_whole(self, 1, "kept")
        check_within(self, "[0, 1)", "momentum")
        check_whole(self, 0, "sketch_seed")

    def init(self, x: Tensor) -> FetchState:
        """All workers at x, and empty tables."""
        table = x.new_zeros(*x.shape[:-2], 1, self.rows * self.columns)
        return FetchState(x, self.inner_rule.init(x), zeros_like(x), table, table)

    def post(self, state: FetchState) -> tuple[Tensor, FetchState]:
        """Sends the sketch of the round's mean gradient."""
        gradient, state = self.mean_gradient(state)
        return self._flat_sketch(gradient), state

    def absorb(self, state: FetchState, mean: Tensor) -> FetchState:
        """Steps along the largest estimates, and subtracts their sketch."""
        momentum = self.momentum * state.momentum + finite_or_zero(mean)
        residual = state.residual + momentum
        size = state.x.shape[-1]
        estimates = self._sketch(size).query(self._tables(residual))
        places = largest(estimates, self.kept)
        used = _only(estimates, places)
        if self.masked:
            known = self._sketch(size).query_at(self._tables(momentum), places)
            momentum = momentum - self._flat_sketch(zeros_like(used).scatter(-1, places, known))
        stepped: FetchState = self.stepped(poisoned(state, mean), used)
        left = residual - self._flat_sketch(used)
        return stepped._replace(momentum=momentum, residual=left)

    def confusions(self, size: int) -> float:
        """How many pairs of d coordinates share more than half of their buckets, on average.

        d (d - 1) / 2 P[Bin(r, 1/c) >= (r + 1)/2], no more; neighbours within c never meet.
        """
        often = range((self.rows + 1) // 2, self.rows + 1)
        chances = (comb(self.rows, n) * (self.columns - 1) ** (self.rows - n) for n in often)
        return size * (size - 1) / 2 * float(sum(chances) / self.columns**self.rows)

    def _sketch(self, size: int) -> Sketch:
        return Sketch(size, self.rows, self.columns, seed=self.sketch_seed)

    def _flat_sketch(self, vectors: Tensor) -> Tensor:
        return self._sketch(vectors.shape[-1]).accumulate(vectors).flatten(-2)

    def _tables(self, flat: Tensor) -> Tensor:
        return flat.reshape(*flat.shape[:-1], self.rows, self.columns)


def _only(estimates: Tensor, places: Tensor) -> Tensor:
    return torch.zeros_like(estimates).scatter(-1, places, estimates.gather(-1, places))


EXAMPLES = (
    FetchSGD(local_steps=2, step_size=0.05, rows=3, columns=5, kept=2, momentum=0.5),
    FetchSGD(local_steps=1, step_size=0.05, rows=5, columns=6, kept=2, momentum=0.9, masked=True),
    FetchSGD(local_steps=2, step_size=0.05, rows=1, columns=8, kept=1, momentum=0.0),
)
