"""OLDSGD: Theorem G with weights W^(n-1), n rounds later.

Method: K local steps, then x_m <- sum_j W_mj s_j + (x_m - s_m), s_m where worker m stood when the
round began, W symmetric with rows that add up to 1. The virtual sequence is the mean x̄.
Bounds: the average over all steps of E|grad F(x̄_t)|^2.
"""

import sympy as sp

from theory.bound import Bound
from theory.bounds.mixing_methods import OLDSGD, rate
from theory.bounds.overlap.oldsgd import NONCONVEX, TUNED
from theory.measures import ReportPoint
from theory.notation.letters import K
from theory.proofs.nonconvex.decentralized_sgd_nonconvex import W
from theory.proving.axioms import Rule
from theory.proving.certificates import vector
from theory.proving.inferences import Mean
from theory.proving.proof import Proof, Step
from theory.proving.quantities import (
    MIXED_STEP,
    WEIGHED,
)
from theory.proving.steps import Identity, Instance
from theory.proving.templates.earlier_rounds import below_the_norm_cap, deviation_facts, geometric
from theory.proving.templates.linear_mixing import NO_LAG, InClass, proof_by_theorem_g
from theory.proving.templates.symbolic_run import Rehearsal, State

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
    later = RUN.rounds_between(t, s)
    return W ** (later - 1) if later else 1


REHEARSED = RUN.agrees(
    "run on symbols",
    effective_step=OLDSGD.numbers.effective_step,
    weights=_weight,
    lag_weights=lambda t, s: 0,
)
EARLIER = geometric("gossip", rate, sp.Integer(1), GOSSIP)
FACTS = deviation_facts("OLDSGD", EARLIER)
COMMON = (MEAN_SYNC, DEVIATION_SYNC, GOSSIP, REHEARSED, *EARLIER.steps, *FACTS)
METHOD = InClass(OLDSGD, ReportPoint.MEAN_ITERATE, COMMON, FACTS, NO_LAG)


def _admissible(below: Step) -> tuple[Step, ...]:
    """Both conditions up to (1 - zeta_W)/(5 L K)."""
    return below_the_norm_cap(below, OLDSGD, 3 * K / 4, K / (1 - rate))


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    return proof_by_theorem_g(
        "oldsgd_nonconvex",
        "OLDSGD, smooth non-convex, and its best step size",
        (bound, tuned),
        METHOD,
        _admissible,
    )


PROOF = proof_of(NONCONVEX, TUNED)
