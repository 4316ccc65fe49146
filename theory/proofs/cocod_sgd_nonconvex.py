"""CoCoD-SGD: Theorem G with weights 1 that live for one round more.

Method: K local steps, then x_m <- mean_m s_m + (x_m - s_m), s_m where worker m stood when the round
began. The virtual sequence is the mean x̄.
Bounds: the average over all steps of E|grad F(x̄_t)|^2.
"""

import sympy as sp

from theory.bound import Bound
from theory.bounds.cocod_sgd import NONCONVEX, TUNED
from theory.letters import K, L, eta
from theory.measures import Measure, Quantity, ReportPoint
from theory.mixing import theorem_g
from theory.mixing_table import COCOD_SGD, WITHIN
from theory.proving.certificates import vector
from theory.proving.derivation import by_theorem_g, by_tuning
from theory.proving.inferences import Combination, Mean, Root
from theory.proving.lags import deviation_facts, geometric
from theory.proving.proof import Proof, Step
from theory.proving.quantities import MIXED_DIRECTION, SQUARED_LAG_WEIGHTS
from theory.proving.rehearsal import Rehearsal, State
from theory.proving.rules import Rule
from theory.proving.steps import Identity, Inequality

NUMBERS, cap = COCOD_SGD.numbers, COCOD_SGD.cap
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
    effective_step=NUMBERS.effective_step,
    weights=lambda t, s: int(t // RUN.local_steps - s // RUN.local_steps <= 1),
    lag_weights=lambda t, s: 0,
)
EARLIER = geometric("CoCoD-SGD, 1, 0, 0, ...", sp.Integer(0), sp.Integer(1))
FACTS = deviation_facts("CoCoD-SGD", EARLIER)
NO_LAG = ((MIXED_DIRECTION, sp.Integer(0)), (SQUARED_LAG_WEIGHTS, sp.Integer(0)))
COMMON = (MEAN_SYNC, DEVIATION_SYNC, REHEARSED, *EARLIER.steps, *FACTS)


def _admissible(below: Step) -> tuple[Step, ...]:
    """Both conditions up to 1/(5 L K)."""
    within = Inequality("F squared", "K(K-1)/2 <= (3K/4)^2", WITHIN**2, (3 * K / 4) ** 2)
    root = Root("F", "sqrt(K(K-1)/2) <= 3K/4", within, WITHIN, 3 * K / 4, 2)
    weights = Combination(
        "norm below 7K/4",
        "C_w <= (7K/4)^2",
        (7 * K / 4) ** 2 - NUMBERS.C_w,
        ((7 * K / 4 + K + WITHIN, root),),
    )
    drift = Combination(
        "drift up to the cap",
        "8 eta^2 L^2 C_w <= 8 (7/20)^2 = 49/50",
        1 - 8 * eta**2 * L**2 * NUMBERS.C_w,
        (
            (8 * eta**2 * L**2, weights),
            (8 * L**2 * (7 * K / 4) ** 2 * (cap + eta), below),
        ),
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
        name="cocod_sgd_nonconvex",
        title="CoCoD-SGD, smooth non-convex, and its best step size",
        steps=(*COMMON, *steps, *corollary),
        proves=(steps[-1], corollary[-1]),
    )


PROOF = proof_of(NONCONVEX, TUNED)
