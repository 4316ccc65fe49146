"""Lemma L-ED: EF21's F + eta/(2 theta) times the error of its estimates falls in every round.

With s = (1 - theta)/theta, so that 1/theta = 1 + s, and u = eta L~ s: what a step costs the
estimates and what it gains are (eta/2)(1 - eta L - u^2) |mean h|^2 together, and
1 - eta L - u^2 = (1 + u)(1 - eta L - u) + eta L u.
"""

from theory.notation import symbols
from theory.notation.letters import Delta, L, R, eta
from theory.proofs.compression_lemmas.ef21_descent import (
    CONTRACTED,
    ERROR,
    ERROR_AFTER,
    GRADIENT,
    STEP,
    L_tilde,
    s,
)
from theory.proving.certificates import scalar
from theory.proving.citations import Lemma
from theory.proving.inferences import Combination
from theory.proving.proof import Proof
from theory.proving.steps import Hypothesis
from theory.proving.templates.rounds import AVERAGE, VALUE, VALUE_AFTER, added_up

(G_0,) = symbols("estimate_error")
average_error, last_error = scalar("avg mean |u_m|^2"), scalar("mean |u_m,R|^2")
u = eta * L_tilde * s
weight = eta * (1 + s) / 2

SHORT = Hypothesis("short steps", "suppose eta (L + L~ s) <= 1", 1 - eta * (L + L_tilde * s))
RECURSION = Lemma(
    "recursion",
    "estimates follow the gradients",
    "ef21_descent",
    given=(CONTRACTED,),
    of="recursion",
)
DESCENT = Lemma(
    "descent",
    "every round decreases F, but for the error of the estimates",
    "ef21_descent",
    of="descent",
)
ONE_ROUND = Combination(
    "one round",
    "F + eta/(2 theta) mean |u_m|^2 falls by (eta/2) |grad F(x_r)|^2",
    VALUE + weight * ERROR - VALUE_AFTER - weight * ERROR_AFTER - eta / 2 * GRADIENT**2,
    ((1, DESCENT), (weight, RECURSION), (eta / 2 * (1 + u) * STEP**2, SHORT)),
)
ROUNDS = added_up(
    ONE_ROUND,
    (
        (GRADIENT**2, AVERAGE),
        (ERROR, average_error),
        (ERROR_AFTER, average_error - (G_0**2 - last_error) / R),
    ),
)
RESULT = Combination(
    "ef21_potential",
    "so on average over rounds, the first error added",
    2 * Delta / (eta * R) + (1 + s) * G_0**2 / R - AVERAGE,
    ((2 / eta, ROUNDS[-1]),),
)

PROOF = Proof(
    name="ef21_potential",
    title="EF21: value and error of the estimates fall together",
    steps=(CONTRACTED, SHORT, RECURSION, DESCENT, ONE_ROUND, *ROUNDS, RESULT),
    proves=(RESULT,),
)
