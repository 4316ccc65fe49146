"""PowerSGD: workers send two thin factors of their gradients, seen as matrices.

Update:
    s_m <- s_m + g_m(x)                                       between communications, K times
    A_m = e_m + s_m / K,  s_m <- 0,  P = orth(mean_m A_m Q)   first exchange
    e_m = A_m - P P^T A_m,  Q' = mean_m A_m^T P,
    x <- x - eta P Q'^T                                       second exchange

Both messages are linear in A_m, so sums are all-reduced, and the common direction is the projection
of the mean matrix on the span of P: the method acts as one worker with mean_m A_m. With warm_start
the next Q spans the same space as Q', which makes a power iteration over the rounds; otherwise Q
is random in every round. For random Q the projection leaves at most (1 - r/m) |A|^2 on average
over Q; with a warm start no such factor holds uniformly. Every worker orthonormalises the same
mean, so that all have the same P to the bit.

e_m is what its own projection leaves of A_m, not A_m less the common P Q'^T. The means of both are
the same, but this one is never longer than A_m, while the other grows with every round where
workers differ. Where the mean has rank below r, the further directions are arbitrary.

Source: vogels2019powersgd, Algorithms 1 and 2. Differs: the whole vector is one matrix; Q is
orthonormalised too, which leaves its span, by reflections; momentum is the inner rule's.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, zeros_like

from empirical.algorithm import Exchange
from empirical.algorithms.compression.compressed_batch import (
    CompressedBatch,
    finite_or_zero,
    poisoned,
)
from empirical.components.inner_rule import InnerState, Nesterov
from empirical.field_ranges import check_whole
from empirical.kernels.low_rank import Matrices, check_rank
from empirical.kernels.random_streams import generator


class PowerState(NamedTuple):
    """The state of the workers in PowerSGD.

    Factors are flattened row by row, and are the same on every worker.

    Attributes:
        x: the common iterate (*batch, workers, d).
        inner: memory of the inner rule, the same on every worker.
        total: s_m, the sum of the gradients of this round (*batch, workers, d), unit f/x.
        residual: e_m, or A_m between the two exchanges (*batch, workers, d), unit f/x.
        left: P^T (*batch, 1, r n), orthonormal rows.
        right: Q^T (*batch, 1, r m), orthonormal rows; with warm_start those of the last Q'.
        round: number of rounds that are over.
    """

    x: Tensor
    inner: InnerState
    total: Tensor
    residual: Tensor
    left: Tensor
    right: Tensor
    round: int


@dataclass(frozen=True, kw_only=True)
class PowerSGD(CompressedBatch[PowerState]):
    """PowerSGD: workers send two thin factors of gradient plus residual, seen as a matrix.

    Reduces to Minibatch SGD when rank >= min(n, m).

    Attributes:
        rank: r, the number of directions, >= 1; at most min(n, m) are used.
        matrix_rows: n of the n x m matrix, which is filled up with zeros; 0 stands for
            ceil(sqrt(d)).
        warm_start: whether Q is taken from the round before; it is random in the first round, and
            in all rounds if False.
        direction_seed: seed of random Q, >= 0; Q is drawn from (direction_seed, round).

    Shapes:
        x, residual (*batch, workers, d); messages (*batch, workers, r n) and
        (*batch, workers, r m).

    Raises:
        ValueError: an attribute is out of its range.

    Source: vogels2019powersgd, Algorithms 1 and 2; the update rule stands at the top of this file.
    """

    rank: int
    matrix_rows: int = 0
    warm_start: bool = True
    direction_seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_rank(self.rank, self.matrix_rows)
        check_whole(self, 0, "direction_seed")

    @property
    def exchanges(self) -> tuple[Exchange[PowerState], ...]:
        """The exchange of left factors A_m Q, followed by that of right factors A_m^T P."""
        return (
            Exchange(post=self.post, absorb=self.absorb),
            Exchange(post=self._post_right, absorb=self._absorb_right),
        )

    def init(self, x: Tensor) -> PowerState:
        """Returns the state with all workers at x, residuals 0 and a random Q."""
        seen = self._seen(x)
        left = x.new_zeros(*x.shape[:-2], 1, seen.directions * seen.shape[0])
        right = self._random(seen, 0, x).expand(*left.shape[:-1], -1)
        zero = zeros_like(x)
        return PowerState(x, self.inner_rule.init(x), zero, zero, left, right, 0)

    def post(self, state: PowerState) -> tuple[Tensor, PowerState]:
        """Forms A_m of the residual and the gradient of the round, and sends A_m Q."""
        gradient, state = self.mean_gradient(state)
        whole = state.residual + gradient
        seen = self._seen(whole)
        lefts = seen.lefts(whole, seen.as_rows(state.right))
        return lefts.flatten(-2), state._replace(residual=whole)

    def absorb(self, state: PowerState, mean: Tensor) -> PowerState:
        """Orthonormalises the mean of the left factors, which gives P."""
        left = self._seen(state.residual).basis(finite_or_zero(mean))
        state = poisoned(state, mean)
        return state._replace(left=left)

    def _post_right(self, state: PowerState) -> tuple[Tensor, PowerState]:
        """Sends A_m^T P, and keeps A_m - P P^T A_m as the residual."""
        seen = self._seen(state.residual)
        left = seen.as_rows(state.left)
        rights = seen.rights(state.residual, left)
        shares = seen.vectors(left.expand(*rights.shape[:-2], *left.shape[-2:]), rights)
        return rights.flatten(-2), state._replace(residual=state.residual - shares)

    def _absorb_right(self, state: PowerState, mean: Tensor) -> PowerState:
        """Steps along P Q'^T, the projection of the mean matrix, and sets the next Q."""
        seen, done = self._seen(state.residual), state.round + 1
        direction = seen.vectors(seen.as_rows(state.left), seen.as_rows(mean))
        if self.warm_start:
            after = seen.basis(finite_or_zero(mean))
        else:
            after = self._random(seen, done, mean).expand_as(mean)
        stepped: PowerState = self.stepped(poisoned(state, mean), direction)
        return stepped._replace(right=after, round=done)

    def _seen(self, vectors: Tensor) -> Matrices:
        return Matrices(vectors.shape[-1], self.rank, self.matrix_rows)

    def _random(self, seen: Matrices, round_index: int, like: Tensor) -> Tensor:
        """Returns Q^T of a uniformly random subspace, flattened, (r m,)."""
        key = (self.direction_seed, round_index, seen.size, *seen.shape, seen.directions, 0, 0)
        drawn = torch.from_numpy(seen.random_right(generator(*key)))
        return seen.basis(drawn.to(like.device, like.dtype).flatten())

    def numbers_sent(self, size: int) -> int:
        """Returns how many numbers a worker sends in a round, r (n + m); it receives as many.

        Args:
            size: d.
        """
        seen = Matrices(size, self.rank, self.matrix_rows)
        return seen.directions * sum(seen.shape)


EXAMPLES = (
    PowerSGD(local_steps=2, step_size=0.1, rank=1),
    PowerSGD(local_steps=1, step_size=0.05, rank=2, warm_start=False),
    PowerSGD(local_steps=3, step_size=0.05, rank=2, matrix_rows=3, inner_rule=Nesterov(0.5)),
)
