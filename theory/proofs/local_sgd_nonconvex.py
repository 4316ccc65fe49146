"""Local SGD: Theorem G with weights 1 within a round.

Method: K local steps, then every worker starts from the mean. The virtual sequence is the mean x̄.
Bounds: the average over all steps of E|grad F(x̄_t)|^2.
"""

import sympy as sp

from theory.bound import Bound
from theory.bounds.local_sgd_nonconvex import NONCONVEX, TUNED
from theory.letters import K, L, eta
from theory.measures import Measure, Quantity, ReportPoint
from theory.mixing import theorem_g
from theory.mixing_table import LOCAL_SGD
from theory.proving.certificates import vector
from theory.proving.citations import Lemma
from theory.proving.derivation import by_theorem_g, by_tuning
from theory.proving.inferences import Combination, Mean
from theory.proving.proof import Proof, Step
from theory.proving.quantities import (
    DISPERSION,
    ENERGY,
    MIXED_DIRECTION,
    MIXED_DISPERSION,
    MIXED_ENERGY,
    SQUARED_LAG_WEIGHTS,
)
from theory.proving.rehearsal import Rehearsal
from theory.proving.rules import Rule
from theory.proving.steps import Identity

ZERO = sp.Integer(0)
NUMBERS, cap = LOCAL_SGD.numbers, LOCAL_SGD.cap
x, g, mean, mean_gradient = (vector(name) for name in ("x_m", "g_m", "x̄", "ḡ"))

MEAN_STEP = Mean(
    "mean iterate",
    "x̄ moves by -eta ḡ in every local step, and taking the mean keeps it: y = x̄, eta_hat = eta",
    vector("x̄_t+1"),
    x - eta * g,
    ((x, mean), (g, mean_gradient)),
    by=(Rule.PLAIN_STEPS, Rule.UNIFORM_WEIGHTS),
)
DEVIATION_STEP = Identity(
    "deviation",
    "in a local step e_m = x_m - x̄ moves by -eta (g_m - ḡ); taking the mean sets it to 0, so that "
    "w_ts = 1 for s < t in the round of t, else 0",
    (x - eta * g) - (mean - eta * mean_gradient),
    (x - mean) - eta * (g - mean_gradient),
)
RUN = Rehearsal(
    synchronise=lambda workers, anchor: (
        [sp.Add(*workers) / len(workers)] * len(workers),
        anchor,
    ),
    virtual=lambda mean, anchor: mean,
)
REHEARSED = RUN.agrees(
    "run on symbols",
    effective_step=NUMBERS.effective_step,
    weights=lambda t, s: int(t // RUN.local_steps == s // RUN.local_steps),
    lag_weights=lambda t, s: 0,
)
NORM = Lemma(
    "C_w of Local SGD",
    "the squared norm of these weights is at most K(K-1)/2",
    "within_rounds",
    ((ENERGY, DISPERSION), (MIXED_ENERGY, MIXED_DISPERSION)),
    of="norm",
)
SQUARES = Lemma(
    "N_w of Local SGD", "their squares average to (K-1)/2", "within_rounds", of="squares"
)
NO_LAG = ((MIXED_DIRECTION, ZERO), (SQUARED_LAG_WEIGHTS, ZERO))
COMMON = (MEAN_STEP, DEVIATION_STEP, REHEARSED, NORM, SQUARES)


def _admissible(below: Step) -> tuple[Step, ...]:
    drift = 4 * eta**2 * L**2 * K * (K - 1)
    return (
        Combination("descent up to the cap", "eta L <= 1/(2K)", 1 - eta * L, ((L, below),)),
        Combination(
            "drift up to the cap",
            "4 eta^2 L^2 K(K-1) <= (K-1)/K",
            1 - drift,
            ((4 * L**2 * K * (K - 1) * (cap + eta), below),),
        ),
    )


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    measure = Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.MEAN_ITERATE)
    steps = by_theorem_g(bound, measure, NUMBERS, NO_LAG, (NORM, SQUARES))
    terms, _ = theorem_g(NUMBERS)
    corollary = by_tuning(steps[-1], tuned, terms, cap=cap, admissible=_admissible)
    return Proof(
        name="local_sgd_nonconvex",
        title="Local SGD, smooth non-convex, and its best step size",
        steps=(*COMMON, *steps, *corollary),
        proves=(steps[-1], corollary[-1]),
    )


PROOF = proof_of(NONCONVEX, TUNED)
