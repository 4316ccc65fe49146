"""Overlap-Local-SGD without anchor momentum: Theorem G with weights that outlive their round.

Method: K local steps, then every worker is pulled back, x_m <- (1-alpha) x_m + alpha z, to the
anchor z, the mean after the previous pull-back; then z becomes the mean of the new x_m.
Bounds: the average over all steps of E|grad F(y_t)|^2 at y = (1-alpha) x̄ + alpha z.
"""

import sympy as sp

from theory.bound import Bound
from theory.bounds.overlap_local_sgd_nonconvex import NONCONVEX, TUNED
from theory.letters import K
from theory.measures import Measure, Quantity, ReportPoint
from theory.mixing import theorem_g
from theory.mixing_table import OVERLAP_LOCAL_SGD
from theory.proving.certificates import scalar, vector
from theory.proving.citations import Lemma
from theory.proving.derivation import by_theorem_g, by_tuning
from theory.proving.inferences import Combination, Mean
from theory.proving.proof import Proof, Step
from theory.proving.quantities import (
    DIRECTION,
    DISPERSION,
    ENERGY,
    FIRST_ENERGY,
    FIRST_NORM,
    GENERIC,
    LATER_LIMIT,
    LOST,
    MIXED_DIRECTION,
    MIXED_DISPERSION,
    MIXED_ENERGY,
    SECOND_ENERGY,
    SECOND_NORM,
    SQUARED_LAG_WEIGHTS,
    SQUARED_WEIGHTS,
    alpha,
)
from theory.proving.steps import Definition

rho = 1 - alpha
within, across = sp.sqrt(K * (K - 1) / 2), K * rho / alpha
NUMBERS, cap = OVERLAP_LOCAL_SGD.numbers, OVERLAP_LOCAL_SGD.cap
IN_CLASS = tuple(
    Lemma(label, claim, "pull_back", of=label)
    for label, claim in (
        ("virtual point in a local step", "y moves by -(1-alpha) eta ḡ: eta_hat = (1-alpha) eta"),
        ("lag", "m_ts = alpha for s < t in the round of t, else 0"),
        ("weights", "w_ts = rho^(r(t)-r(s)) for s < t"),
    )
)
SAME_ROUND = Lemma(
    "norm within rounds",
    "the weights 1 within a round have squared norm at most K(K-1)/2",
    "within_rounds",
    ((ENERGY, DISPERSION), (MIXED_ENERGY, FIRST_ENERGY)),
    of="norm",
)
EARLIER_ROUNDS = Lemma(
    "norm across rounds",
    "the weights rho^(r(t)-r(s)) across rounds have norm at most K rho/alpha",
    "across_rounds",
    ((ENERGY, DISPERSION), (MIXED_ENERGY, SECOND_ENERGY)),
    of="norm",
)
NORM = Lemma(
    "C_w of Overlap-Local-SGD",
    "the norms add up",
    "subadditivity",
    (
        (ENERGY, DISPERSION),
        (MIXED_ENERGY, MIXED_DISPERSION),
        (FIRST_NORM, within),
        (SECOND_NORM, across),
    ),
    (SAME_ROUND, EARLIER_ROUNDS),
)
squares_within, squares_across = (
    scalar("avg sum_s w_ts^2 within"),
    scalar("avg sum_s w_ts^2 across"),
)
SQUARES_WITHIN = Lemma(
    "squares within rounds",
    "the squares of the weights 1 average to (K-1)/2",
    "within_rounds",
    ((SQUARED_WEIGHTS, squares_within),),
    of="squares",
)
SQUARES_ACROSS = Lemma(
    "squares across rounds",
    "those of the others average to at most K rho^2/(1-rho^2)",
    "across_rounds",
    ((SQUARED_WEIGHTS, squares_across),),
    of="squares",
)
DISJOINT = Definition(
    "squares together",
    "each pair s < t lies within a round or across rounds",
    SQUARED_WEIGHTS,
    squares_within + squares_across,
)
SQUARES = Combination(
    "N_w of Overlap-Local-SGD",
    "the sum of the squares averages to at most K rho^2/(1-rho^2) + (K-1)/2",
    NUMBERS.N_w - SQUARED_WEIGHTS,
    ((1, SQUARES_WITHIN), (1, SQUARES_ACROSS), (-1, DISJOINT)),
)
partial, one = vector("sum_s h_s"), sp.Symbol("1 if s in the round of t", real=True)
lag_energy = scalar("avg |sum_s h_s|^2 within rounds")
lag_squares = scalar("avg sum_s 1 within rounds")
LAG_WITHIN = Lemma(
    "norm of a round's mean gradients",
    "weights 1 within a round, applied to the vectors h_s",
    "within_rounds",
    ((ENERGY, DIRECTION), (MIXED_ENERGY, lag_energy)),
    of="norm",
)
LAG_MIXED = Mean(
    "lag weights",
    "m_ts = alpha times the weights 1 within a round",
    MIXED_DIRECTION,
    (alpha * partial) ** 2,
    ((partial**2, lag_energy),),
)
LAG_NORM = Combination(
    "C_m of Overlap-Local-SGD",
    "so their squared norm is at most alpha^2 K(K-1)/2",
    NUMBERS.C_m * DIRECTION - MIXED_DIRECTION,
    ((alpha**2, LAG_WITHIN), (-1, LAG_MIXED)),
)
LAG_COUNT = Lemma(
    "squares of a round",
    "the squares of the weights 1 average to (K-1)/2",
    "within_rounds",
    ((SQUARED_WEIGHTS, lag_squares),),
    of="squares",
)
LAG_SQUARED = Mean(
    "lag weights squared",
    "m_ts^2 = alpha^2 times those squares",
    SQUARED_LAG_WEIGHTS,
    (alpha * one) ** 2,
    ((one**2, lag_squares),),
)
LAG_SQUARES = Combination(
    "N_m of Overlap-Local-SGD",
    "so they average to alpha^2 (K-1)/2",
    NUMBERS.N_m - SQUARED_LAG_WEIGHTS,
    ((alpha**2, LAG_COUNT), (-1, LAG_SQUARED)),
)
FACTS = (NORM, SQUARES, LAG_NORM, LAG_SQUARES)
COUNTED = (
    SAME_ROUND,
    EARLIER_ROUNDS,
    NORM,
    SQUARES_WITHIN,
    SQUARES_ACROSS,
    DISJOINT,
    SQUARES,
    LAG_WITHIN,
    LAG_MIXED,
    LAG_NORM,
    LAG_COUNT,
    LAG_SQUARED,
    LAG_SQUARES,
)


def _admissible(below: Step) -> tuple[Step, ...]:
    """Both conditions up to alpha/(3 L K)."""
    none = ((LATER_LIMIT, sp.Integer(0)),)
    own = ((GENERIC.effective_step, rho), (LOST, alpha))
    first, second = "condition i", "condition ii"
    return (
        Lemma("drift up to the cap", first, "persisting_cap", none, (below,), of=first),
        Lemma(
            "descent up to the cap", second, "persisting_cap", (*own, *none), (below,), of=second
        ),
    )


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    measure = Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.ANCHORED_MEAN)
    steps = by_theorem_g(bound, measure, NUMBERS, (), FACTS)
    terms, _ = theorem_g(NUMBERS)
    corollary = by_tuning(steps[-1], tuned, terms, cap=cap, admissible=_admissible)
    return Proof(
        name="overlap_local_sgd_nonconvex",
        title="Overlap-Local-SGD, smooth non-convex, and its best step size",
        steps=(*IN_CLASS, *COUNTED, *steps, *corollary),
        proves=(steps[-1], corollary[-1]),
    )


PROOF = proof_of(NONCONVEX, TUNED)
