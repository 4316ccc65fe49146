"""FetchSGD: workers send sketches of gradients; momentum and error feedback live in sketches.

Update:
    s_m <- s_m + g_m(x)                                       between communications, K times
    S_u <- momentum S_u + mean_m S(s_m / K),  s_m <- 0        at a communication
    S_e <- S_e + S_u
    D = the k largest estimates of S_e, zero elsewhere
    S_e <- S_e - S(D),  x <- x - eta D

Workers keep nothing of their own between rounds, so that other workers may take part in each. As
sketches are linear, S_e stays the sketch of all that was added less all that was used, since
S(D) is subtracted. The authors' code instead sets every bucket to zero into which a coordinate of
D falls, which also discards what other coordinates have there. With momentum the same coordinate
is used again and again, unless `masked`: then the estimates of S_u on D are subtracted from S_u as
well. One hash serves all rounds, because tables with different hashes cannot be added; what is
recovered depends on that hash, and no probability of recovery is proved.

With c >= d and momentum = 0 the method is exactly error feedback with the k largest coordinates of
the mean. Where c is far below d, subtracting estimates leaves buckets that differ by rounding only.
Another order of summation may then choose another of these coordinates, and two runs that should
be equal separate.

Two coordinates that share most of their buckets get the same estimate and are both used: what is
left of them changes sign, and grows if there are three. If tables are so small that such pairs
are common (see `confusions`) and more than a few coordinates are kept, S_e amplifies itself until
it diverges. Algorithm 1 has this property, and setting buckets to zero prevents it.

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
    """The state of the workers in FetchSGD; all but `total` is the same on every worker.

    Attributes:
        x: the common iterate (*batch, workers, d).
        inner: memory of the inner rule, the same on every worker.
        total: s_m, the sum of the gradients of this round (*batch, workers, d), unit f/x.
        momentum: S_u, the table of the momentum (*batch, 1, r c), unit f/x.
        residual: S_e, the table of what has not been used yet (*batch, 1, r c), unit f/x.
    """

    x: Tensor
    inner: InnerState
    total: Tensor
    momentum: Tensor
    residual: Tensor


@dataclass(frozen=True, kw_only=True)
class FetchSGD(CompressedBatch[FetchState]):
    """FetchSGD: workers send sketches, and momentum and error feedback are kept as sketches.

    Reduces to error feedback with the k largest coordinates if columns >= d and momentum = 0.

    Attributes:
        rows: r, rows of a table, odd, >= 1.
        columns: c, buckets of a row, >= 1.
        kept: k, coordinates that are updated in a round, >= 1.
        momentum: the factor of S_u, dimensionless, in [0, 1).
        masked: whether momentum is removed at the coordinates that were updated.
        sketch_seed: seed of the hashes, >= 0.

    Shapes:
        x (*batch, workers, d); momentum, residual (*batch, 1, r c); message (*batch,
        workers, r c).

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
        """Returns the state with all workers at x and tables of zeros."""
        table = x.new_zeros(*x.shape[:-2], 1, self.rows * self.columns)
        return FetchState(x, self.inner_rule.init(x), zeros_like(x), table, table)

    def post(self, state: FetchState) -> tuple[Tensor, FetchState]:
        """Sends the sketch of the mean gradient of the round, r c numbers."""
        gradient, state = self.mean_gradient(state)
        return self._flat_sketch(gradient), state

    def absorb(self, state: FetchState, mean: Tensor) -> FetchState:
        """Steps along the k largest estimates of S_e, and subtracts their sketch from it."""
        momentum = self.momentum * state.momentum + finite_or_zero(mean)
        residual = state.residual + momentum
        size = state.x.shape[-1]
        estimates = self._sketch(size).query(self._tables(residual))
        places = largest(estimates, self.kept)
        used = _only(estimates, places)
        # Buckets are shared, so none can be set to 0 for one coordinate alone; subtracting the
        # estimate removes that coordinate and leaves the table a sketch.
        if self.masked:
            known = self._sketch(size).query_at(self._tables(momentum), places)
            momentum = momentum - self._flat_sketch(zeros_like(used).scatter(-1, places, known))
        stepped: FetchState = self.stepped(poisoned(state, mean), used)
        left = residual - self._flat_sketch(used)
        return stepped._replace(momentum=momentum, residual=left)

    def confusions(self, size: int) -> float:
        """Returns a bound on the mean number of pairs that share more than half of their buckets.

        The value is d (d - 1) / 2 P[Bin(r, 1/c) >= (r + 1)/2], for the mean over the hashes. It is
        not exact, since two coordinates in one block of c never share a bucket.

        Args:
            size: d.
        """
        often = range((self.rows + 1) // 2, self.rows + 1)
        chances = (comb(self.rows, n) * (self.columns - 1) ** (self.rows - n) for n in often)
        # Whole numbers up to the quotient, since c^r may be larger than any float.
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
