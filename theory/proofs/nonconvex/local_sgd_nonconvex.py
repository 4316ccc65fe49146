"""Local SGD: Theorem G with weights 1 within a round.

Method: K local steps, then every worker starts from the mean. The virtual sequence is the mean x̄.
Bounds: the average over all steps of E|grad F(x̄_t)|^2.
"""

import sympy as sp

from theory.bound import Bound
from theory.bounds.local_sgd.local_sgd_nonconvex import NONCONVEX, TUNED
from theory.bounds.mixing_methods import LOCAL_SGD
from theory.measures import ReportPoint
from theory.notation.letters import K, L, eta
from theory.proving.axioms import Rule
from theory.proving.certificates import vector
from theory.proving.inferences import Combination, Mean
from theory.proving.proof import Proof, Step
from theory.proving.steps import Identity
from theory.proving.templates.earlier_rounds import within_a_round
from theory.proving.templates.linear_mixing import NO_LAG, InClass, proof_by_theorem_g
from theory.proving.templates.symbolic_run import Rehearsal

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
    effective_step=LOCAL_SGD.numbers.effective_step,
    weights=lambda t, s: int(RUN.rounds_between(t, s) == 0),
    lag_weights=lambda t, s: 0,
)
FACTS = within_a_round("Local SGD")
COMMON = (MEAN_STEP, DEVIATION_STEP, REHEARSED, *FACTS)
METHOD = InClass(LOCAL_SGD, ReportPoint.MEAN_ITERATE, COMMON, FACTS, NO_LAG)


def _admissible(below: Step) -> tuple[Step, ...]:
    drift = 4 * eta**2 * L**2 * K * (K - 1)
    return (
        Combination("descent up to the cap", "eta L <= 1/(2K)", 1 - eta * L, ((L, below),)),
        Combination(
            "drift up to the cap",
            "4 eta^2 L^2 K(K-1) <= (K-1)/K",
            1 - drift,
            ((4 * L**2 * K * (K - 1) * (LOCAL_SGD.cap + eta), below),),
        ),
    )


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    return proof_by_theorem_g(
        "local_sgd_nonconvex",
        "Local SGD, smooth non-convex, and its best step size",
        (bound, tuned),
        METHOD,
        _admissible,
    )


PROOF = proof_of(NONCONVEX, TUNED)
