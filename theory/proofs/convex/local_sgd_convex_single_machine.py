"""Local SGD on one smooth convex function: no worse than one of its workers alone.

Each worker takes steps of SGD on F, and a mean over workers is no further from x* than they are on
average. So drift cannot cost more than the other workers' noise brings.
Bounds: the average over steps and workers of E F(x_m,t) - F(x*), hence that over steps of
    E F(x̄_t) - F(x*), F being convex.
"""

import sympy as sp

from theory.bound import Bound, Term
from theory.bounds.local_sgd.local_sgd_convex import ONE_MACHINE, ONE_MACHINE_TUNED
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation.letters import B, L, T, eta, sigma
from theory.proofs.convex_lemmas.batch_convex import after, lowest, offset, value
from theory.proofs.inequalities.jensen import SQUARE_OF_MEAN, SQUARES
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar, vector
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination
from theory.proving.proof import Proof
from theory.proving.quantities import INCREMENT_LIMIT, measured
from theory.proving.steps import Instance
from theory.proving.templates.conclusions import (
    SHORT_STEPS,
    concluding_tuned,
)
from theory.proving.templates.noises import ONE_GRADIENT

AT_MEAN = measured(Measure(Quantity.SUBOPTIMALITY, ReportPoint.MEAN_ITERATE))
AT_WORKERS = scalar("avg mean (F(x_m) - F(x*))")
slope, deviation = vector("grad F(x̄)"), vector("x_m - x̄")
at_mean = sp.Symbol("F(x̄)", real=True)
distance, taken, following, last = (
    scalar(name)
    for name in (
        "avg mean |x_m - x*|^2",
        "avg mean |x_m - x*|^2 after a step",
        "avg mean |x_m - x*|^2 at the next",
        "mean |x_m,T - x*|^2",
    )
)
TERMS = (
    Term("optimisation", B**2 / (2 * eta * T)),
    Term("statistical", eta * sigma**2 / 2),
)

JENSEN = Lemma(
    "averaging",
    "averaged over workers: |x̄ - x*|^2 <= mean_m |x_m - x*|^2 where a mean is taken; "
    "where none is, nothing changes; averaged over time",
    "jensen",
    ((SQUARES, taken), (SQUARE_OF_MEAN, following)),
    by=(Rule.UNIFORM_WEIGHTS,),
)
TANGENT = Instance(
    "tangent",
    "F(x_m) is above the tangent at x̄",
    Rule.CONVEX,
    (value, at_mean, slope, deviation),
)
MEAN_VALUE = Averaged(
    "mean value",
    "averaged over workers, whose deviations have mean 0, and over time",
    TANGENT,
    (
        (value, AT_WORKERS + lowest),
        (at_mean, AT_MEAN + lowest),
        (slope * deviation, sp.Integer(0)),
    ),
    by=(Rule.UNIFORM_WEIGHTS,),
)
CLOSER = Lemma(
    "closer",
    "a step of any worker comes closer to x*, but for noise",
    "batch_convex",
    ((INCREMENT_LIMIT, sigma**2),),
    (ONE_GRADIENT, SHORT_STEPS),
    of="closer",
    by=(Rule.HOMOGENEOUS,),
)
AVERAGED = Averaged(
    "average over steps and workers",
    "averaged over m and t < T",
    CLOSER,
    ((offset**2, distance), (after, taken), (value, AT_WORKERS + lowest)),
)
TELESCOPED = Combination(
    "telescoped",
    "from one step to the next the distances may only shrink further",
    distance - following - 2 * eta * AT_WORKERS + eta**2 * sigma**2,
    ((1, AVERAGED), (1, JENSEN)),
)
AVERAGE = Averaged(
    "ends",
    "so that the next distance averages to this less (|x_0 - x*|^2 - mean_m |x_m,T - x*|^2)/T",
    TELESCOPED,
    ((following, distance - (B**2 - last) / T),),
)
COMMON = (
    SHORT_STEPS,
    JENSEN,
    TANGENT,
    MEAN_VALUE,
    ONE_GRADIENT,
    CLOSER,
    AVERAGED,
    TELESCOPED,
    AVERAGE,
)


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    return concluding_tuned(
        "local_sgd_convex_single_machine",
        "Local SGD, smooth convex, homogeneous, against one machine",
        (bound, tuned),
        TERMS,
        given=COMMON,
        parts=((1 / (2 * eta), AVERAGE), (1, MEAN_VALUE)),
        cap=1 / L,
    )


PROOF = proof_of(ONE_MACHINE, ONE_MACHINE_TUNED)
