"""OLDSGD: Theorem G with weights W^(n-1), n rounds later.

Method: K local steps, then x_m <- sum_j W_mj s_j + (x_m - s_m), s_m where worker m stood when the
round began, W symmetric with rows that add up to 1. The virtual sequence is the mean x̄.
Bounds: the average over all steps of E|grad F(x̄_t)|^2.
"""

import sympy as sp

from theory.bound import Bound
from theory.bounds.oldsgd import NONCONVEX, TUNED
from theory.letters import K, L, eta
from theory.measures import Measure, Quantity, ReportPoint
from theory.mixing import theorem_g
from theory.mixing_table import OLDSGD, WITHIN, rate
from theory.proofs.decentralized_sgd_nonconvex import W
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
from theory.proving.steps import Identity, Inequality, Instance

NUMBERS, cap = OLDSGD.numbers, OLDSGD.cap
x, s, mixed = vector("x_m"), vector("s_m"), vector("(W s)_m")
mean, mean_start = vector("x̄"), vector("s̄")

MEAN_SYNC = Mean(
    "mean after a round",
    "the merge leaves the mean x̄ where it is, and a local step moves it by -eta ḡ: eta_hat = eta",
    vector("x̄ after"),
    mixed + (x - s),
    ((x, mean), (s, mean_start), (mixed, mean_start)),
    by=(Rule.MIXING, Rule.PLAIN_STEPS, Rule.UNIFORM_WEIGHTS),
)
DEVIATION_SYNC = Identity(
    "deviation after a round",
    "of x_m - x̄, W acts on what there was when the round began, and what the round added stays",
    (mixed + x - s) - mean,
    (mixed - mean_start) + ((x - mean) - (s - mean_start)),
)
GOSSIP = Instance(
    "gossip",
    "so w_ts = W^(n-1), n rounds later; it takes deviations a to zeta_W^(n-1) u, |u| <= |a|",
    Rule.MIXING,
    (WEIGHED, MIXED_STEP),
)


def _merge(workers: list[sp.Expr], starts: tuple[sp.Expr, ...]) -> State:
    heard = W * sp.Matrix(starts)
    merged = [h + x - s for h, x, s in zip(heard, workers, starts, strict=True)]
    return merged, tuple(merged)


RUN = Rehearsal(_merge, virtual=lambda mean, starts: mean, memory=(sp.Integer(0),) * 3)


def _weight(t: int, s: int) -> sp.Matrix | int:
    later = t // RUN.local_steps - s // RUN.local_steps
    return W ** (later - 1) if later else 1


REHEARSED = RUN.agrees(
    "run on symbols",
    effective_step=NUMBERS.effective_step,
    weights=_weight,
    lag_weights=lambda t, s: 0,
)
EARLIER = geometric("gossip", rate, sp.Integer(1), GOSSIP)
FACTS = deviation_facts("OLDSGD", EARLIER)
NO_LAG = ((MIXED_DIRECTION, sp.Integer(0)), (SQUARED_LAG_WEIGHTS, sp.Integer(0)))
COMMON = (MEAN_SYNC, DEVIATION_SYNC, GOSSIP, REHEARSED, *EARLIER.steps, *FACTS)


def _admissible(below: Step) -> tuple[Step, ...]:
    """Both conditions up to (1 - zeta_W)/(5 L K)."""
    across = K / (1 - rate)
    largest = 7 * across / 4
    within = Inequality("F squared", "K(K-1)/2 <= (3K/4)^2", WITHIN**2, (3 * K / 4) ** 2)
    root = Root("F", "sqrt(K(K-1)/2) <= 3K/4", within, WITHIN, 3 * K / 4, 2)
    weights = Combination(
        "norm below 7K/(4(1-zeta_W))",
        "C_w <= (7K/(4(1-zeta_W)))^2",
        largest**2 - NUMBERS.C_w,
        ((largest + across + WITHIN, root),),
    )
    drift = Combination(
        "drift up to the cap",
        "8 eta^2 L^2 C_w <= 8 (7/20)^2 = 49/50",
        1 - 8 * eta**2 * L**2 * NUMBERS.C_w,
        ((8 * eta**2 * L**2, weights), (8 * L**2 * largest**2 * (cap + eta), below)),
    )
    descent = Combination("descent up to the cap", "eta L <= 1/(5K)", 1 - eta * L, ((L, below),))
    return (within, root, weights, drift, descent)


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    measure = Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.MEAN_ITERATE)
    steps = by_theorem_g(bound, measure, NUMBERS, NO_LAG, FACTS)
    terms, _ = theorem_g(NUMBERS)
    corollary = by_tuning(steps[-1], tuned, terms, cap=cap, admissible=_admissible)
    return Proof(
        name="oldsgd_nonconvex",
        title="OLDSGD, smooth non-convex, and its best step size",
        steps=(*COMMON, *steps, *corollary),
        proves=(steps[-1], corollary[-1]),
    )


PROOF = proof_of(NONCONVEX, TUNED)
