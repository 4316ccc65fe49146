"""Lemma L-ED: EF21's F + eta/(2 theta) times the error of its estimates falls in every round.

With s = (1 - theta)/theta, so that 1/theta = 1 + s, and u = eta L~ s: what a step costs the
estimates and what it gains are (eta/2)(1 - eta L - u^2) |mean h|^2 together, and
1 - eta L - u^2 = (1 + u)(1 - eta L - u) + eta L u.
"""

import sympy as sp

from theory.letters import Delta, L, R, eta
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.proofs.difference_feedback import (
    CONTRACTED,
    ERROR,
    ERROR_AFTER,
    GRADIENT,
    STEP,
    VALUE,
    VALUE_AFTER,
    L_tilde,
    s,
)
from theory.proving.certificates import scalar
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination
from theory.proving.proof import Proof
from theory.proving.quantities import measured
from theory.proving.rules import Rule
from theory.proving.steps import Definition, Hypothesis, Instance

(G_0,) = symbols("estimate_error")
AVERAGE = measured(Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.ROUND_START))
average_value = sp.Symbol("avg_F", real=True)
first, last, lowest = sp.symbols("F(x_0) F(x_R) inf_F", real=True)
average_error, last_error = scalar("avg mean |u_m|^2"), scalar("mean |u_m,R|^2")
u = eta * L_tilde * s
weight = eta * (1 + s) / 2

SHORT = Hypothesis("short steps", "suppose eta (L + L~ s) <= 1", 1 - eta * (L + L_tilde * s))
RECURSION = Lemma(
    "recursion",
    "estimates follow the gradients",
    "difference_feedback",
    given=(CONTRACTED,),
    of="recursion",
)
DESCENT = Lemma(
    "descent",
    "every round decreases F, but for the error of the estimates",
    "difference_feedback",
    of="descent",
)
ONE_ROUND = Combination(
    "one round",
    "F + eta/(2 theta) mean |u_m|^2 falls by (eta/2) |grad F(x_r)|^2",
    VALUE + weight * ERROR - VALUE_AFTER - weight * ERROR_AFTER - eta / 2 * GRADIENT**2,
    ((1, DESCENT), (weight, RECURSION), (eta / 2 * (1 + u) * STEP**2, SHORT)),
)
AVERAGED = Averaged(
    "average over rounds",
    "averaged over r < R: values and errors of next rounds are those of all rounds but the first",
    ONE_ROUND,
    (
        (GRADIENT**2, AVERAGE),
        (VALUE, average_value),
        (VALUE_AFTER, average_value - (first - last) / R),
        (ERROR, average_error),
        (ERROR_AFTER, average_error - (G_0**2 - last_error) / R),
    ),
)
LOWEST = Instance(
    "below", "F at the last point is at least its infimum", Rule.BELOW, (last, lowest)
)
START = Definition("start", "Delta = F(x_0) - inf F", Delta, first - lowest)
RESULT = Combination(
    "estimated_descent",
    "the decreases cannot add up to more than Delta and the first error",
    2 * Delta / (eta * R) + (1 + s) * G_0**2 / R - AVERAGE,
    ((2 / eta, AVERAGED), (2 / (eta * R), LOWEST), (2 / (eta * R), START)),
)

PROOF = Proof(
    name="estimated_descent",
    title="EF21: value and error of the estimates fall together",
    steps=(
        CONTRACTED,
        SHORT,
        RECURSION,
        DESCENT,
        ONE_ROUND,
        AVERAGED,
        LOWEST,
        START,
        RESULT,
    ),
    proves=(RESULT,),
)
