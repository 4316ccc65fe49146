"""A method run on symbols: its iterates as exact linear forms in all the gradients it met."""

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from theory.letters import eta
from theory.proving.steps import Identity

State = tuple[list[sp.Expr], sp.Expr]
Weights = Callable[[int, int], sp.Expr | int]


@dataclass(frozen=True)
class Rehearsal:
    """A small run from x_0 = 0, every gradient a symbol of its own.

    Attributes:
        synchronise: what a communication does to the workers' iterates and the anchor.
        virtual: the virtual point, from the workers' mean and the anchor.
        num_workers: M of the run.
        local_steps: K of the run.
        num_rounds: R of the run.
    """

    synchronise: Callable[[list[sp.Expr], sp.Expr], State]
    virtual: Callable[[sp.Expr, sp.Expr], sp.Expr]
    num_workers: int = 3
    local_steps: int = 2
    num_rounds: int = 3

    def agrees(
        self, label: str, *, effective_step: sp.Expr, weights: Weights, lag_weights: Weights
    ) -> Identity:
        """The step that the run is in the linear-mixing class with these weights.

        Args:
            label: of the step.
            effective_step: eta_hat / eta.
            weights: w_ts for s < t, from (t, s) with t = K r + j.
            lag_weights: m_ts likewise.
        """
        claim = (
            f"indices checked: run on symbols with M={self.num_workers}, K={self.local_steps}, "
            f"R={self.num_rounds}, the iterates have these weights and this virtual sequence"
        )
        return Identity(
            label, claim, self._run(), self._predicted(effective_step, weights, lag_weights)
        )

    @property
    def _gradients(self) -> sp.Matrix:
        shape = (self.local_steps * self.num_rounds, self.num_workers)
        return sp.Matrix(*shape, lambda t, m: sp.Symbol(f"g_{m},{t}", real=True))

    def _run(self) -> sp.ImmutableMatrix:
        """Row t: y_t, x̄_t - y_t, and each worker's x_m,t - x̄_t."""
        gradients, rows = self._gradients, []
        workers, anchor = [sp.Integer(0)] * self.num_workers, sp.Integer(0)
        for t in range(gradients.rows):
            mean = sp.Add(*workers) / self.num_workers
            point = self.virtual(mean, anchor)
            rows.append([point, mean - point, *(x - mean for x in workers)])
            workers = [x - eta * g for x, g in zip(workers, gradients.row(t), strict=True)]
            if (t + 1) % self.local_steps == 0:
                workers, anchor = self.synchronise(workers, anchor)
        return sp.ImmutableMatrix(rows)

    def _predicted(
        self, effective_step: sp.Expr, weights: Weights, lag_weights: Weights
    ) -> sp.ImmutableMatrix:
        gradients = self._gradients
        means = [sp.Add(*gradients.row(t)) / self.num_workers for t in range(gradients.rows)]

        def entry(t: int, column: int) -> sp.Expr:
            if column < 2:
                weight = lag_weights if column else (lambda t, s: effective_step)
                return -eta * sp.Add(*(weight(t, s) * means[s] for s in range(t)))
            own = gradients.col(column - 2)
            return -eta * sp.Add(*(weights(t, s) * (own[s] - means[s]) for s in range(t)))

        columns = 2 + self.num_workers
        return sp.ImmutableMatrix(gradients.rows, columns, entry)
