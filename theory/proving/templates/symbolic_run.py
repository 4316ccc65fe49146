"""A method run on symbols: its iterates as exact linear forms in all the gradients of the run.

Such a run checks the indices of a claim that a method is in the linear-mixing class (see
bounds/theorem_g.py). It shows nothing beyond its own M, K and R; the identities of a proof do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from theory.notation.letters import eta
from theory.proving.steps import Identity

State = tuple[list[sp.Expr], Any]
"""The workers' iterates, and whatever else the method keeps from one round to the next."""

Weights = Callable[[int, int], sp.Expr | int]
"""A function from (t, s) to the weight of step s in step t.

For deviations the weight may be a matrix that acts on the worker index.
"""


@dataclass(frozen=True)
class Rehearsal:
    """A small run from x_0 = 0 in which every gradient is a symbol of its own.

    Attributes:
        synchronise: a function from the workers' iterates and the memory to those after a
            communication.
        virtual: a function from the workers' mean and the memory to the virtual point.
        memory: the memory at the start, such as an anchor at 0.
        num_workers: M of the run.
        local_steps: K of the run.
        num_rounds: R of the run.
    """

    synchronise: Callable[[list[sp.Expr], Any], State]
    virtual: Callable[[sp.Expr, Any], sp.Expr]
    memory: Any = sp.Integer(0)  # noqa: RUF009  # immutable
    num_workers: int = 3
    local_steps: int = 2
    num_rounds: int = 3

    def rounds_between(self, t: int, s: int) -> int:
        """Returns the number of rounds from that of step s to that of step t."""
        return t // self.local_steps - s // self.local_steps

    def agrees(
        self, label: str, *, effective_step: sp.Expr, weights: Weights, lag_weights: Weights
    ) -> Identity:
        """Returns the step of a proof that equates the run with what the weights predict.

        Args:
            label: the label of the step.
            effective_step: eta_hat / eta.
            weights: w_ts for s < t, as a function of (t, s) with t = K r + j.
            lag_weights: m_ts for s < t, as a function of (t, s).
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
        """Returns the matrix whose row t holds y_t, x̄_t - y_t, and each worker's x_m,t - x̄_t."""
        gradients, rows = self._gradients, []
        workers, memory = [sp.Integer(0)] * self.num_workers, self.memory
        for t in range(gradients.rows):
            mean = sp.Add(*workers) / self.num_workers
            point = self.virtual(mean, memory)
            rows.append([point, mean - point, *(x - mean for x in workers)])
            workers = [x - eta * g for x, g in zip(workers, gradients.row(t), strict=True)]
            if (t + 1) % self.local_steps == 0:
                workers, memory = self.synchronise(workers, memory)
        return sp.ImmutableMatrix(rows)

    def _predicted(
        self, effective_step: sp.Expr, weights: Weights, lag_weights: Weights
    ) -> sp.ImmutableMatrix:
        gradients = self._gradients
        means = [sp.Add(*gradients.row(t)) / self.num_workers for t in range(gradients.rows)]

        rows = []
        # With x_0 = 0 every entry is -eta times a weighted sum of past gradients.
        for t in range(gradients.rows):
            lag = [sp.Integer(0)] * 2
            apart = sp.zeros(self.num_workers, 1)
            for s in range(t):
                lag[0] += effective_step * means[s]
                lag[1] += lag_weights(t, s) * means[s]
                deviation = gradients.row(s).T - sp.ones(self.num_workers, 1) * means[s]
                apart += weights(t, s) * deviation
            rows.append([-eta * item for item in (*lag, *apart)])
        return sp.ImmutableMatrix(rows)
