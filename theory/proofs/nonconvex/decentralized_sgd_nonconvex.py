"""Gossip after every K local steps: Theorem G with weights W^n, n rounds later.

Method: K local steps, then x_m <- sum_j W_mj x_j, W symmetric with rows that add up to 1. The
virtual sequence is the mean x̄.
Bounds: the average over all steps of E|grad F(x̄_t)|^2.
"""

import sympy as sp

from theory.bound import Bound
from theory.bounds.decentralized.decentralized_sgd_nonconvex import NONCONVEX, TUNED
from theory.bounds.mixing_methods import DECENTRALIZED_SGD, rate
from theory.measures import ReportPoint
from theory.notation.letters import K
from theory.proving.axioms import Rule
from theory.proving.certificates import vector
from theory.proving.inferences import Mean
from theory.proving.proof import Proof, Step
from theory.proving.quantities import (
    MIXED_STEP,
    WEIGHED,
)
from theory.proving.steps import Instance
from theory.proving.templates.earlier_rounds import below_the_norm_cap, deviation_facts, geometric
from theory.proving.templates.linear_mixing import NO_LAG, InClass, proof_by_theorem_g
from theory.proving.templates.symbolic_run import Rehearsal, State

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
    effective_step=DECENTRALIZED_SGD.numbers.effective_step,
    weights=lambda t, s: W ** RUN.rounds_between(t, s),
    lag_weights=lambda t, s: 0,
)
EARLIER = geometric("gossip", rate, rate, GOSSIP)
FACTS = deviation_facts("gossip", EARLIER)
COMMON = (MEAN_SYNC, GOSSIP, REHEARSED, *EARLIER.steps, *FACTS)
METHOD = InClass(DECENTRALIZED_SGD, ReportPoint.MEAN_ITERATE, COMMON, FACTS, NO_LAG)


def _admissible(below: Step) -> tuple[Step, ...]:
    """Both conditions up to (1 - zeta_W)/(3 L K)."""
    return below_the_norm_cap(below, DECENTRALIZED_SGD, K, K * rate / (1 - rate))


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    return proof_by_theorem_g(
        "decentralized_sgd_nonconvex",
        "Gossip after local steps, smooth non-convex, and its best step size",
        (bound, tuned),
        METHOD,
        _admissible,
    )


PROOF = proof_of(NONCONVEX, TUNED)
