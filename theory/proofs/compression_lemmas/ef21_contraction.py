"""Lemma L-EC: where |grad F|^2 >= 2 mu (F - inf F), EF21's value and error shrink geometrically.

With s = (1 - theta)/theta, u = sqrt(2) eta L~ s and e = F - inf F, a round gives e + (eta/theta) G
at most 1 - mu eta times what it was, G the mean error of the estimates. The rounds are added up
with the weights alpha^(R-1-r), alpha = max{0, 1 - mu eta}.
"""

import sympy as sp

from theory.bounds.compression.ef21 import shrinking as alpha
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation.letters import Delta, L, R, eta, mu
from theory.proofs.compression_lemmas.ef21_descent import (
    CONTRACTED,
    ERROR,
    ERROR_AFTER,
    GRADIENT,
    STEP,
    L_tilde,
    s,
)
from theory.proofs.compression_lemmas.ef21_potential import G_0, RECURSION, last_error
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination
from theory.proving.least_and_greatest import Product
from theory.proving.proof import Proof
from theory.proving.quantities import measured
from theory.proving.steps import Definition, Hypothesis, Instance
from theory.proving.templates.rounds import VALUE, VALUE_AFTER

END = measured(Measure(Quantity.SUBOPTIMALITY, ReportPoint.LAST_ROUND))
excess, excess_after, weighted = (
    scalar(name) for name in ("F(x_r) - inf F", "F(x_r+1) - inf F", "sum_r alpha^(R-1-r) e_r")
)
weighted_error = scalar("sum_r alpha^(R-1-r) G_r")
first, lowest = sp.symbols("F(x_0) inf_F", real=True)
u = sp.sqrt(2) * eta * L_tilde * s
weight = eta * (1 + s)
shrunk = 1 - mu * eta

SHORT = Hypothesis(
    "short steps",
    "suppose eta (L + sqrt(2) L~ s) <= 1",
    1 - eta * (L + sp.sqrt(2) * L_tilde * s),
)
SLOW = Hypothesis("slow steps", "suppose 2 mu eta <= theta", 1 - 2 * mu * eta * (1 + s))
DESCENT = Lemma(
    "descent",
    "every round decreases F, but for the error of the estimates",
    "ef21_descent",
    ((VALUE, excess + lowest), (VALUE_AFTER, excess_after + lowest)),
    of="descent",
)
STEEP = Instance(
    "steepness", "the gradient is large where F is", Rule.STEEP, (GRADIENT, excess, mu)
)
BELOW = Instance("below", "F is at least its infimum", Rule.BELOW, (excess + lowest, lowest))
ABOVE = Instance("cut at 0", "alpha = max{0, ...}", Rule.ABOVE_CHOICE, (alpha, shrunk))
KEPT = Product("cut at 0, times e_r", "so cutting off at 0 only adds", ABOVE, BELOW)
START = Definition("start", "Delta = F(x_0) - inf F", Delta, first - lowest)
ONE_ROUND = Combination(
    "one round",
    "e + (eta/theta) G shrinks by alpha",
    alpha * (excess + weight * ERROR) - excess_after - weight * ERROR_AFTER,
    (
        (1, DESCENT),
        (eta / 2, STEEP),
        (1, KEPT),
        (weight * ERROR, ABOVE),
        (weight, RECURSION),
        (eta / 2 * (1 + u) * STEP**2, SHORT),
        (eta / 2 * ERROR, SLOW),
    ),
)
SUMMED = Averaged(
    "all rounds",
    "added up with the weights alpha^(R-1-r) >= 0: alpha e_r - e_{r+1} adds up to alpha^R e_0 - "
    "e_R, and so does G",
    ONE_ROUND,
    (
        (excess, weighted),
        (excess_after, alpha * weighted + END - alpha**R * (first - lowest)),
        (ERROR, weighted_error),
        (ERROR_AFTER, alpha * weighted_error + last_error - alpha**R * G_0**2),
    ),
)
RESULT = Combination(
    "ef21_contraction",
    "the last value is at most alpha^R times the first one and its error",
    alpha**R * (Delta + weight * G_0**2) - END,
    ((1, SUMMED), (alpha**R, START)),
)

PROOF = Proof(
    name="ef21_contraction",
    title="EF21: value and error of the estimates shrink together",
    steps=(
        CONTRACTED,
        SHORT,
        SLOW,
        RECURSION,
        DESCENT,
        STEEP,
        BELOW,
        ABOVE,
        KEPT,
        START,
        ONE_ROUND,
        SUMMED,
        RESULT,
    ),
    proves=(RESULT,),
)
