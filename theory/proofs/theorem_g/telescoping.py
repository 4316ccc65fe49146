"""Lemma L-T: the descents of all steps t < T added up, and divided by T."""

import sympy as sp

from theory.notation.letters import Delta, L, M, T, eta, sigma
from theory.proving.axioms import Rule
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination
from theory.proving.proof import Proof
from theory.proving.quantities import (
    DIRECTION,
    DIRECTION_T,
    DISTANCE,
    DISTANCE_T,
    GENERIC,
    GRADIENT,
    GRADIENT_T,
    VALUE_NEXT,
    VALUE_T,
)
from theory.proving.steps import Definition, Instance, Summation

eta_hat = GENERIC.effective_step * eta
value = sp.Function("F")
t, stop = sp.symbols("t T", integer=True, nonnegative=True)
first, last, lowest = sp.symbols("F(y_0) F(y_T) inf_F", real=True)
mean_value = sp.Symbol("avg F(y)", real=True)

DESCENT = Lemma("descent of a step", "every step decreases F, but for drift and noise", "descent")
COLLAPSE = Summation(
    "collapse",
    "the decreases F(y_t) - F(y_{t+1}) add up to F(y_0) - F(y_T)",
    sp.Symbol("sum_t F(y_t) - F(y_t+1)", real=True),
    value(t) - value(t + 1),
    t,
    0,
    stop,
    value(0) - value(stop),
)
AVERAGED = Averaged(
    "average over time",
    "averaged over t < T, so that F(y_{t+1}) averages to avg F(y) - (F(y_0) - F(y_T))/T",
    DESCENT,
    (
        (VALUE_T, mean_value),
        (VALUE_NEXT, mean_value - (first - last) / T),
        (GRADIENT_T, GRADIENT),
        (DIRECTION_T, DIRECTION),
        (DISTANCE_T, DISTANCE),
    ),
)
LOWEST = Instance(
    "below", "F at the last point is at least its infimum", Rule.BELOW, (last, lowest)
)
START = Definition("start", "Delta = F(y_0) - inf F, as y_0 = x_0", Delta, first - lowest)
TELESCOPED = Combination(
    "telescoping",
    "the decreases cannot add up to more than Delta",
    Delta / T
    - eta_hat / 2 * GRADIENT
    - eta_hat / 2 * (1 - L * eta_hat) * DIRECTION
    + eta_hat * L**2 / 2 * DISTANCE
    + L * eta_hat**2 * sigma**2 / (2 * M),
    ((1, AVERAGED), (1 / T, LOWEST), (1 / T, START)),
)

PROOF = Proof(
    name="telescoping",
    title="the descents of all steps, averaged over time",
    steps=(DESCENT, COLLAPSE, AVERAGED, LOWEST, START, TELESCOPED),
    proves=(TELESCOPED,),
)
