"""Overlap-Local-SGD without anchor momentum: Theorem G with weights that outlive their round.

Method: K local steps, then every worker is pulled back, x_m <- (1-alpha) x_m + alpha z, to the
anchor z, the mean after the previous pull-back; then z becomes the mean of the new x_m.
Bounds: the average over all steps of E|grad F(y_t)|^2 at y = (1-alpha) x̄ + alpha z.
"""

import sympy as sp

from theory.bound import Bound
from theory.bounds.mixing_methods import OVERLAP_LOCAL_SGD
from theory.bounds.overlap.overlap_local_sgd_nonconvex import NONCONVEX, TUNED
from theory.measures import ReportPoint
from theory.proving.citations import Lemma
from theory.proving.proof import Proof, Step
from theory.proving.quantities import GENERIC, LATER_LIMIT, LOST, alpha
from theory.proving.templates.earlier_rounds import (
    NONE_LATER,
    deviation_facts,
    geometric,
    lag_facts,
)
from theory.proving.templates.linear_mixing import InClass, proof_by_theorem_g

rho = 1 - alpha
IN_CLASS = tuple(
    Lemma(label, claim, "pull_back", of=label)
    for label, claim in (
        ("virtual point in a local step", "y moves by -(1-alpha) eta ḡ: eta_hat = (1-alpha) eta"),
        ("lag", "m_ts = alpha for s < t in the round of t, else 0"),
        ("weights", "w_ts = rho^(r(t)-r(s)) for s < t"),
    )
)
PERSISTING = geometric("the deviations", rho, rho)
FACTS = (
    *deviation_facts("Overlap-Local-SGD", PERSISTING),
    *lag_facts("Overlap-Local-SGD", NONE_LATER, alpha),
)
COMMON = (*IN_CLASS, *PERSISTING.steps, *NONE_LATER.steps, *FACTS)
METHOD = InClass(OVERLAP_LOCAL_SGD, ReportPoint.ANCHORED_MEAN, COMMON, FACTS)


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
    return proof_by_theorem_g(
        "overlap_local_sgd_nonconvex",
        "Overlap-Local-SGD, smooth non-convex, and its best step size",
        (bound, tuned),
        METHOD,
        _admissible,
    )


PROOF = proof_of(NONCONVEX, TUNED)
