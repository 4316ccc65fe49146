"""Gossip after every K local steps: Theorem G with weights W^n, n rounds later.

Method: K local steps, then x_m <- sum_j W_mj x_j, W symmetric with rows that add up to 1. The
virtual sequence is the mean x̄.
Bounds: the average over all steps of E|grad F(x̄_t)|^2.
"""

import sympy as sp

from theory.bound import Bound
from theory.bounds.decentralized_sgd_nonconvex import NONCONVEX, TUNED
from theory.letters import K, L, eta
from theory.measures import Measure, Quantity, ReportPoint
from theory.mixing import theorem_g
from theory.mixing_table import DECENTRALIZED_SGD, WITHIN, rate
from theory.proving.certificates import vector
from theory.proving.derivation import by_theorem_g, by_tuning
from theory.proving.inferences import Combination, Mean, Root
from theory.proving.lags import deviation_facts, geometric
from theory.proving.proof import Proof, Step
from theory.proving.quantities import (
    MIXED_DIRECTION,
    MIXED_STEP,
    SQUARED_LAG_WEIGHTS,
    WEIGHED,
)
from theory.proving.rehearsal import Rehearsal, State
from theory.proving.rules import Rule
from theory.proving.steps import Inequality, Instance

NUMBERS, cap = DECENTRALIZED_SGD.numbers, DECENTRALIZED_SGD.cap
mixed, mean = vector("(W x)_m"), vector("x̄")
p, q, r = sp.symbols("W_12 W_13 W_23", real=True)
W = sp.ImmutableMatrix([[1 - p - q, p, q], [p, 1 - p - r, r], [q, r, 1 - q - r]])

MEAN_SYNC = Mean(
    "mean after a round",
    "gossip leaves the mean x̄ where it is, and a local step moves it by -eta ḡ: eta_hat = eta",
    vector("x̄ after"),
    mixed,
    ((mixed, mean),),
    by=(Rule.MIXING, Rule.PLAIN_STEPS, Rule.UNIFORM_WEIGHTS),
)
GOSSIP = Instance(
    "gossip",
    "gossip takes the deviations x_m - x̄ to W times them, so that w_ts = W^n, n rounds later; it "
    "takes deviations a to zeta_W^n u, |u| <= |a|",
    Rule.MIXING,
    (WEIGHED, MIXED_STEP),
)


def _gossip(workers: list[sp.Expr], memory: sp.Expr) -> State:
    return list(W * sp.Matrix(workers)), memory


RUN = Rehearsal(_gossip, virtual=lambda mean, memory: mean)
REHEARSED = RUN.agrees(
    "run on symbols",
    effective_step=NUMBERS.effective_step,
    weights=lambda t, s: W ** (t // RUN.local_steps - s // RUN.local_steps),
    lag_weights=lambda t, s: 0,
)
EARLIER = geometric("gossip", rate, rate, GOSSIP)
FACTS = deviation_facts("gossip", EARLIER)
NO_LAG = ((MIXED_DIRECTION, sp.Integer(0)), (SQUARED_LAG_WEIGHTS, sp.Integer(0)))
COMMON = (MEAN_SYNC, GOSSIP, REHEARSED, *EARLIER.steps, *FACTS)


def _admissible(below: Step) -> tuple[Step, ...]:
    """Both conditions up to (1 - zeta_W)/(3 L K)."""
    largest = K / (1 - rate)
    squared = Inequality("K squared", "K(K-1)/2 <= K^2", WITHIN**2, K**2)
    root = Root("F", "sqrt(K(K-1)/2) <= K", squared, WITHIN, K, 2)
    weights = Combination(
        "norm below K/(1-zeta_W)",
        "C_w <= (K/(1-zeta_W))^2, as K + K zeta_W/(1-zeta_W) = K/(1-zeta_W)",
        largest**2 - NUMBERS.C_w,
        ((largest + WITHIN + K * rate / (1 - rate), root),),
    )
    drift = Combination(
        "drift up to the cap",
        "8 eta^2 L^2 C_w <= 8/9",
        1 - 8 * eta**2 * L**2 * NUMBERS.C_w,
        ((8 * eta**2 * L**2, weights), (8 * L**2 * largest**2 * (cap + eta), below)),
    )
    descent = Combination("descent up to the cap", "eta L <= 1/(3K)", 1 - eta * L, ((L, below),))
    return (squared, root, weights, drift, descent)


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    measure = Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.MEAN_ITERATE)
    steps = by_theorem_g(bound, measure, NUMBERS, NO_LAG, FACTS)
    terms, _ = theorem_g(NUMBERS)
    corollary = by_tuning(steps[-1], tuned, terms, cap=cap, admissible=_admissible)
    return Proof(
        name="decentralized_sgd_nonconvex",
        title="Gossip after local steps, smooth non-convex, and its best step size",
        steps=(*COMMON, *steps, *corollary),
        proves=(steps[-1], corollary[-1]),
    )


PROOF = proof_of(NONCONVEX, TUNED)
