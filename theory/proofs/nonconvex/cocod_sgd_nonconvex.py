"""CoCoD-SGD: Theorem G with weights 1 that live for one round more.

Method: K local steps, then x_m <- mean_m s_m + (x_m - s_m), s_m where worker m stood when the round
began. The virtual sequence is the mean x̄.
Bounds: the average over all steps of E|grad F(x̄_t)|^2.
"""

import sympy as sp

from theory.bound import Bound
from theory.bounds.mixing_methods import COCOD_SGD
from theory.bounds.overlap.cocod_sgd import NONCONVEX, TUNED
from theory.measures import ReportPoint
from theory.notation.letters import K
from theory.proving.axioms import Rule
from theory.proving.certificates import vector
from theory.proving.inferences import Mean
from theory.proving.proof import Proof, Step
from theory.proving.steps import Identity
from theory.proving.templates.earlier_rounds import below_the_norm_cap, deviation_facts, geometric
from theory.proving.templates.linear_mixing import NO_LAG, InClass, proof_by_theorem_g
from theory.proving.templates.symbolic_run import Rehearsal, State

x, s, mean, mean_start = (vector(name) for name in ("x_m", "s_m", "x̄", "s̄"))

MEAN_SYNC = Mean(
    "mean after a round",
    "the merge leaves the mean x̄ where it is, and a local step moves it by -eta ḡ: eta_hat = eta",
    vector("x̄ after"),
    mean_start + (x - s),
    ((x, mean), (s, mean_start)),
    by=(Rule.PLAIN_STEPS, Rule.UNIFORM_WEIGHTS),
)
DEVIATION_SYNC = Identity(
    "deviation after a round",
    "what is left of x_m - x̄ is what this round added to it: w_ts = 1 for s < t in the round of t "
    "and in the round before, else 0",
    (mean_start + x - s) - mean,
    (x - mean) - (s - mean_start),
)


def _merge(workers: list[sp.Expr], starts: tuple[sp.Expr, ...]) -> State:
    average = sp.Add(*starts) / len(starts)
    merged = [average + x - s for x, s in zip(workers, starts, strict=True)]
    return merged, tuple(merged)


RUN = Rehearsal(_merge, virtual=lambda mean, starts: mean, memory=(sp.Integer(0),) * 3)
REHEARSED = RUN.agrees(
    "run on symbols",
    effective_step=COCOD_SGD.numbers.effective_step,
    weights=lambda t, s: int(RUN.rounds_between(t, s) <= 1),
    lag_weights=lambda t, s: 0,
)
EARLIER = geometric("CoCoD-SGD, 1, 0, 0, ...", sp.Integer(0), sp.Integer(1))
FACTS = deviation_facts("CoCoD-SGD", EARLIER)
COMMON = (MEAN_SYNC, DEVIATION_SYNC, REHEARSED, *EARLIER.steps, *FACTS)
METHOD = InClass(COCOD_SGD, ReportPoint.MEAN_ITERATE, COMMON, FACTS, NO_LAG)


def _admissible(below: Step) -> tuple[Step, ...]:
    """Both conditions up to 1/(5 L K)."""
    return below_the_norm_cap(below, COCOD_SGD, 3 * K / 4, K)


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    return proof_by_theorem_g(
        "cocod_sgd_nonconvex",
        "CoCoD-SGD, smooth non-convex, and its best step size",
        (bound, tuned),
        METHOD,
        _admissible,
    )


PROOF = proof_of(NONCONVEX, TUNED)
