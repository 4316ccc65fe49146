r"""Reading five: the four numbers of Theorem G, and with them a proved bound for any method.

A method is in the linear-mixing class (bounds/theorem_g.py) if some average of its state moves by
the mean gradient alone. That average is found here, as the functional that every round leaves as it
is where no gradient comes in; the weights w and m are then what gradients leave in deviations and
in the lag of the mean iterate behind that average.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import sympy as sp

from empirical.algorithm import Algorithm
from empirical.components.inner_rule import Plain
from empirical.description import method_name, name_of
from empirical.readings.linear.balance import Balanced, balanced, divisors
from empirical.readings.linear.block_toeplitz import BlockToeplitz
from empirical.readings.linear.conserved_average import (
    ConservedAverage,
    NotConserved,
    conserved_average,
)
from empirical.readings.linear.exchangeable import Exchangeable, spread_over
from empirical.readings.linear.linear_form import StepMap, linear_form
from empirical.readings.linear.minimal_realisation import minimal, reached_by
from theory.assumptions import Assumption
from theory.bound import Bound, Provenance, Source, Standing, Term
from theory.bounds.theorem_g import ASSUMPTIONS, MixingNumbers, bound_from, numbers_of
from theory.measures import ReportPoint
from theory.notation.letters import K

_SAME = 1e-9
"""What rounding may leave of a coefficient that should vanish, where all have size 1."""

_PROBES = (1e-3, 1e3)
"""Other step sizes, as multiples, at which the weights must be the same."""


_MOST_LOCAL_STEPS = 2048
"""K up to which the numbers are read: the weights of a round are K x K, their norm costs K^3."""


class NotInClass(ValueError):
    """A method is outside the linear-mixing class, or no bound serves all horizons."""


@dataclass(frozen=True)
class Mixing:
    """What Theorem G needs to know of a method, for every number of workers and rounds.

    Attributes:
        algorithm: whose weights these are.
        effective_step: eta_hat / eta.
        deviations: the weights w, by rounds.
        lag: the weights m, by rounds.
        average: the conserved average that the bound speaks of, on means over workers.
    """

    algorithm: Algorithm[Any]
    effective_step: float
    deviations: BlockToeplitz
    lag: BlockToeplitz
    average: ConservedAverage

    def weights(self, num_rounds: int) -> tuple[np.ndarray, np.ndarray]:
        """The exact weights (w_ts) and (m_ts) of some rounds, (K R, K R) each."""
        return self.deviations.finite(num_rounds), self.lag.finite(num_rounds)

    def exact_numbers(self, num_rounds: int) -> dict[str, float]:
        """The four numbers of a finite run: squared operator norms, and means over rows."""
        found = numbers_of(*self.weights(num_rounds), effective_step=self.effective_step)
        return {name: float(getattr(found, name)) for name in ("C_w", "N_w", "C_m", "N_m")}

    @property
    def numbers(self) -> MixingNumbers:
        """The four numbers for every horizon, certified from above."""
        return MixingNumbers(
            effective_step=sp.Float(self.effective_step),
            C_w=sp.Float(self.deviations.norm**2),
            N_w=sp.Float(self.deviations.mean_square),
            C_m=sp.Float(self.lag.norm**2),
            N_m=sp.Float(self.lag.mean_square),
        )

    def point(self, num_workers: int, step: int) -> np.ndarray:
        """The conserved average before a step as a functional of all rows, (1, rows)."""
        form, known = linear_form(self.algorithm, num_workers), self.average.functionals
        begun = len(known) - self.algorithm.local_steps
        index = step if step < begun else begun + (step - begun) % self.algorithm.local_steps
        return spread_over(form, known[index], step)

    @property
    def bound(self) -> Bound:
        """Theorem G with these numbers: explicit, and proved for this method alone."""
        name = name_of(type(self.algorithm))
        local_steps = {K: self.algorithm.local_steps}
        plain = self.algorithm.inner_rule == Plain()
        dropped = frozenset() if plain else frozenset({Assumption.PLAIN_STEPS})
        point = self.algorithm.report_point if self.average.reported else ReportPoint.CONSERVED_MEAN
        made = bound_from(
            self.numbers,
            key=f"{name}.nonconvex.mixing",
            title=f"{name}, smooth non-convex, by the four numbers of its weights",
            algorithm=method_name(type(self.algorithm)),
            report_point=point,
            source=Source(
                key="ratebound",
                locator="Theorem G (bounds/theorem_g.py)",
                provenance=Provenance.DERIVED,
                note="numbers certified from the algorithm's own weights, for every M and R",
            ),
            standing=Standing.PROVED,
            proof="theorem_g",
            fixes=tuple(_own_fields(replace(self.algorithm, step_size=1.0))),
            assumptions=ASSUMPTIONS - dropped,
        )
        terms = (Term(term.name, term.expression.subs(local_steps)) for term in made.terms)
        return replace(made, terms=tuple(terms))


def mixing(algorithm: Algorithm[Any]) -> Mixing:
    """Reads the four numbers off a method.

    Raises:
        NotLinear: the method is not linear.
        NotExchangeable: its workers are not alike.
        NotInClass: no average is moved by gradients alone, or several are; the weights depend on
            the step size; rounds differ for ever, or the first rounds weigh gradients otherwise.
        NoDecay: when the numbers are asked for, if what a gradient leaves does not die out.
        ValueError: a round has too many local steps.
    """
    if algorithm.local_steps > _MOST_LOCAL_STEPS:
        raise ValueError(
            f"local_steps={algorithm.local_steps} must be at most {_MOST_LOCAL_STEPS} for mixing, "
            "which takes the norm of a matrix of local_steps x local_steps"
        )
    try:
        found = _read(algorithm)
        for factor in _PROBES:
            probe = _read(replace(algorithm, step_size=float(algorithm.step_size) * factor))
            if not _alike(found, probe):
                raise NotInClass("its weights depend on the step size")
    except (NotConserved, NotInClass) as error:
        name = name_of(type(algorithm))
        raise NotInClass(f"{name} is outside the linear-mixing class: {error}") from None
    return found


def _read(algorithm: Algorithm[Any]) -> Mixing:
    split = Exchangeable(algorithm)
    if split.period_start is None:
        raise NotInClass("no two of its rounds are alike")
    begun = split.period_start * algorithm.local_steps
    halves = [split.at(index) for index in range(begun + algorithm.local_steps)]

    def even(steps: list[StepMap], start: np.ndarray) -> Balanced:
        return balanced(steps[:begun], steps[begun:], start, float(algorithm.step_size))

    mean = even([half.mean for half in halves], split.start)
    still = np.zeros((halves[0].deviation.keep.shape[1], 0))
    deviation = even([half.deviation for half in halves], still)
    average = conserved_average(mean)
    lags = [s.points - f for s, f in zip(_steps(mean), average.functionals, strict=True)]
    rows = zip(average.functionals, mean.sizes, strict=False)
    return Mixing(
        algorithm=algorithm,
        effective_step=average.move,
        deviations=_response(deviation, [s.points for s in _steps(deviation)]),
        lag=_response(mean, lags),
        average=replace(average, functionals=tuple(f / divisors(size) for f, size in rows)),
    )


def _response(method: Balanced, outputs: Sequence[np.ndarray]) -> BlockToeplitz:
    """Minus what gradients times the step size leave in the outputs, by rounds.

    Raises:
        NotInClass: x_0 shows in the outputs, or the rounds before a period respond otherwise.
    """
    before, period, begun = method.before, method.period, len(method.before)
    space = minimal(period, outputs[begun:], reached_by(before, method.start))
    moved, left, outward, now = _driven(period, outputs[begun:], space.lift)
    made = BlockToeplitz(
        now=-now,
        inward=-space.restrict @ left,
        through=space.restrict @ moved,
        outward=outward,
    )
    moved, left, shown, first = _driven(before, outputs[:begun], method.start)
    if not (_vanishes(shown) and _vanishes(space.restrict @ moved)):
        raise NotInClass("where its gradients are taken does not follow x_0 with weight 1")
    rounds = begun // len(period)
    expected = [np.linalg.matrix_power(made.through, n) @ made.inward for n in range(rounds)]
    state = np.concatenate([np.zeros((len(made.through), 0)), *expected[::-1]], axis=1)
    alike = not rounds or _vanishes(first + made.finite(rounds))
    if not (alike and _vanishes(space.restrict @ left + state)):
        raise NotInClass("its first rounds weigh gradients otherwise than the later ones")
    return made


def _alike(left: Mixing, right: Mixing) -> bool:
    """Whether two readings have the same weights for ever, if they do for all their states."""
    for one, other in ((left.deviations, right.deviations), (left.lag, right.lag)):
        count = len(one.through) + len(other.through) + 1
        blocks, others = one.blocks(count), other.blocks(count)
        if np.abs(blocks - others).max() > _SAME * (1 + np.abs(blocks).max()):
            return False
    return abs(left.effective_step - right.effective_step) <= _SAME * left.effective_step


def _steps(method: Balanced) -> list[StepMap]:
    return [*method.before, *method.period]


def _driven(
    steps: Sequence[StepMap], outputs: Sequence[np.ndarray], state: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Where a state and the gradients end up after some steps, and what they show on the way.

    Returns:
        The state (rows, k), the gradients (rows, steps), and in the outputs (steps, k) and
        (steps, steps).
    """
    count = len(steps)
    shown, driven = np.zeros((count, state.shape[1])), np.zeros((count, count))
    inputs = np.zeros((len(state), count))
    for index, (step, output) in enumerate(zip(steps, outputs, strict=True)):
        shown[index], driven[index] = output @ state, output @ inputs
        state, inputs = step.keep @ state, step.keep @ inputs
        inputs[:, index] += step.take[:, 0]
    return state, inputs, shown, driven


def _vanishes(matrix: np.ndarray) -> bool:
    return float(np.abs(matrix).max(initial=0.0)) <= _SAME


def _own_fields(algorithm: Algorithm[Any]) -> list[tuple[str, Any]]:
    """Everything that the numbers were read at: the bound holds for this method alone."""
    names = [item.name for item in fields(algorithm) if item.init]
    return [(name, getattr(algorithm, name)) for name in names if name != "step_size"]
