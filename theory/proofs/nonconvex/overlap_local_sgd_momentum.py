"""Overlap-Local-SGD with anchor momentum: Theorem G with a lag that outlives its round.

Method: K local steps, then x_m <- (1-alpha) x_m + alpha z and, once the mean of these has arrived,
v <- beta v + (mean_m x_m - z), z <- z + v. All start at x_0, v at 0.
Bounds: the average over all steps of E|grad F(ŷ_t)|^2 at
ŷ = [(1-alpha) x̄ + alpha(1-beta) z + alpha beta v]/(1 - alpha beta).
"""

import sympy as sp

from theory.bound import Bound
from theory.bounds.mixing_methods import (
    KAPPA,
    MOMENTUM_LOST,
    MOMENTUM_NORM,
    MOMENTUM_SQUARES,
    OVERLAP_MOMENTUM,
    alpha,
    beta,
)
from theory.bounds.overlap.overlap_local_sgd_nonconvex import MOMENTUM
from theory.measures import ReportPoint
from theory.notation.letters import eta
from theory.proving.axioms import Rule
from theory.proving.certificates import vector
from theory.proving.citations import Lemma
from theory.proving.inferences import Mean
from theory.proving.proof import Proof
from theory.proving.quantities import LATER, LATER_SQUARES
from theory.proving.steps import Identity
from theory.proving.templates.earlier_rounds import Later, deviation_facts, geometric, lag_facts
from theory.proving.templates.linear_mixing import InClass, by_theorem_g
from theory.proving.templates.symbolic_run import Rehearsal, State

rho = 1 - alpha
x, g, z, mean, mean_gradient = (vector(name) for name in ("x_m", "g_m", "z", "x̄", "ḡ"))
ROUND = sp.ImmutableMatrix([[rho, alpha, 0], [rho, alpha, beta], [rho, alpha - 1, beta]])
FUNCTIONAL = sp.ImmutableMatrix([[rho, alpha * (1 - beta), alpha * beta]]) / (1 - alpha * beta)
LAG = sp.ImmutableMatrix([[1, 0, 0]]) - FUNCTIONAL

MEAN_SYNC = Mean(
    "mean after a pull-back",
    "a pull-back moves the mean to (1-alpha) x̄ + alpha z; with it z and v follow, so that a round "
    "without gradients takes (x̄, z, v) to B (x̄, z, v)",
    vector("x̄ after"),
    rho * x + alpha * z,
    ((x, mean),),
    by=(Rule.UNIFORM_WEIGHTS,),
)
CONSERVED = Identity(
    "virtual point after a pull-back",
    "ŷ is a left fixed vector of B: it is what it was before",
    FUNCTIONAL * ROUND,
    FUNCTIONAL,
)
MOVED = Identity(
    "virtual point in a local step",
    "x̄ moves by -eta ḡ while z and v rest, so ŷ moves by -kappa eta ḡ: eta_hat = kappa eta",
    FUNCTIONAL[0] * (mean - eta * mean_gradient),
    FUNCTIONAL[0] * mean - KAPPA * eta * mean_gradient,
    by=(Rule.PLAIN_STEPS, Rule.UNIFORM_WEIGHTS),
)
START = Identity(
    "start of the lag",
    "m_ts = 1 - kappa for s < t in the round of t, and delta_1 = delta_2 = -alpha beta kappa",
    sp.ImmutableMatrix([[LAG[0], (LAG * ROUND)[0], (LAG * ROUND**2)[0]]]),
    sp.ImmutableMatrix([[MOMENTUM_LOST, -alpha * beta * KAPPA, -alpha * beta * KAPPA]]),
)
RECURSION = Identity(
    "recursion of the lag",
    "delta_n = (x̄ - ŷ) B^n e_1 obeys delta_{n+2} = beta delta_{n+1} - beta (1-alpha) delta_n",
    LAG * ROUND**2,
    beta * LAG * ROUND - beta * (1 - alpha) * LAG,
)
DEVIATION = Identity(
    "deviation in a pull-back",
    "as without momentum, a pull-back shrinks x_m - x̄ by 1 - alpha: w_ts = (1-alpha)^(r(t)-r(s))",
    (rho * x + alpha * z) - (rho * mean + alpha * z),
    rho * (x - mean),
)


def _synchronise(workers: list[sp.Expr], memory: tuple[sp.Expr, sp.Expr]) -> State:
    anchor, momentum = memory
    workers = [rho * worker + alpha * anchor for worker in workers]
    momentum = beta * momentum + (sp.Add(*workers) / len(workers) - anchor)
    return workers, (anchor + momentum, momentum)


RUN = Rehearsal(
    _synchronise,
    virtual=lambda mean, memory: (FUNCTIONAL * sp.Matrix([mean, *memory]))[0],
    memory=(sp.Integer(0), sp.Integer(0)),
    num_workers=2,
)
DELTAS = [sp.factor((LAG * ROUND**n)[0]) for n in range(RUN.num_rounds)]
REHEARSED = RUN.agrees(
    "run on symbols",
    effective_step=KAPPA,
    weights=lambda t, s: rho ** RUN.rounds_between(t, s),
    lag_weights=lambda t, s: DELTAS[RUN.rounds_between(t, s)],
)
PERSISTING = geometric("the deviations", rho, rho)
TOTAL = Lemma("total of the lag", "the sum of |delta_n|", "momentum_lag", of="momentum total")
TOTAL_OF_SQUARES = Lemma(
    "squares in total of the lag", "that of delta_n^2", "momentum_lag", of="momentum squares"
)
FADING = Later(
    LATER, MOMENTUM_NORM, LATER_SQUARES, MOMENTUM_SQUARES, steps=(TOTAL, TOTAL_OF_SQUARES)
)
FACTS = (
    *deviation_facts("Overlap-Local-SGD", PERSISTING),
    *lag_facts("Overlap-Local-SGD", FADING, MOMENTUM_LOST),
)
IN_CLASS = (MEAN_SYNC, CONSERVED, MOVED, START, RECURSION, DEVIATION, REHEARSED)
COMMON = (*IN_CLASS, *PERSISTING.steps, *FADING.steps, *FACTS)
METHOD = InClass(OVERLAP_MOMENTUM, ReportPoint.MOMENTUM_MEAN, COMMON, FACTS)


def proof_of(bound: Bound) -> Proof:
    """The derivation of a bound."""
    steps = by_theorem_g(bound, METHOD)
    return Proof(
        name="overlap_local_sgd_momentum",
        title="Overlap-Local-SGD with anchor momentum, smooth non-convex",
        steps=(*COMMON, *steps),
        proves=(steps[-1],),
    )


PROOF = proof_of(MOMENTUM)
