r"""AC-SA, Nesterov's accelerated method for noisy gradients, on smooth convex functions.

Setting: F convex and L-smooth with a minimiser x*, B = |x_0 - x*|; unbiased gradients with variance
    sigma^2, independent. For the local form every f_m is quadratic, all with one Hessian.
Method: with t = 1, 2, ... the count of all steps so far, and eta = 1/gamma in the papers' letters,
        md = (1 - 2/(t+1)) ag + 2/(t+1) w,   w <- w - (t eta/2) g(md),
        ag <- 2/(t+1) w + (1 - 2/(t+1)) ag.
    accelerated_minibatch_sgd takes R steps with the mean of M K gradients; single_machine_ac_sa K R
    steps with one gradient each, where F is the function of that machine; local_accelerated_sgd K R
    steps on every worker, with w and ag averaged every K steps.
Bounds: upper, explicit; E F(ag) - F* after the last step, started from x_0. It is
    2 B^2/(eta N(N+1)) + eta (2N+1) s^2/6 for N steps and the variance s^2 of a step's gradient.
    The noise of all steps adds up, so that the best step size falls with N.
Source: lan2012optimal and ghadimi2012optimal, exponents; the constants, smaller than theirs and
    up to eta = 1/L also with noise, derived in proofs/convex_lemmas/accelerated_convex.py.
    Local: woodworth2020local, Theorem 1.
Limits: sigma = 0 and eta = 1/L give 2 L B^2/(N(N+1)), Nesterov's rate. The count t runs over all
    rounds: a method that starts it again at 1 in every round is a different one.
"""

from dataclasses import replace

import sympy as sp

from theory.assumptions import STOCHASTIC_CONVEX, Assumption
from theory.bound import Bound, Provenance, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation.letters import B, K, L, M, R, T, eta, sigma
from theory.tuning.corollary import tuned

_INCREASING = ("smoothness", "gradient_noise", "initial_distance")
_AT = Measure(Quantity.SUBOPTIMALITY, ReportPoint.LAST_AGGREGATE)
_STEPS = STOCHASTIC_CONVEX - {Assumption.PLAIN_STEPS} | {
    Assumption.ACCELERATED_STEPS,
    Assumption.SMOOTH,
    Assumption.CONVEX,
}
_NOTE = "eta = 1/gamma; constants from the sum of t^2 (1 + eta L t/(t+1)) over the steps"


def _source(key: str, locator: str, note: str) -> Source:
    return Source(
        key=key,
        locator=f"{locator}, exponents only",
        provenance=Provenance.DERIVED,
        note=note,
    )


def _terms(steps: sp.Expr, samples: sp.Expr | int) -> tuple[Term, ...]:
    return (
        Term("optimisation", 2 * B**2 / (eta * steps * (steps + 1))),
        Term("statistical", eta * (2 * steps + 1) * sigma**2 / (6 * samples)),
    )


MINIBATCH = Bound(
    key="accelerated_minibatch_sgd.convex",
    title="Accelerated Minibatch SGD, smooth convex",
    algorithm="accelerated_minibatch_sgd",
    terms=_terms(R, M * K),
    conditions=(eta * L <= 1,),
    assumptions=_STEPS,
    measure=_AT,
    source=_source("lan2012optimal", "Corollary 1", f"{_NOTE}; batch of M K gradients, N = R"),
    standing=Standing.PROVED,
    proof="accelerated_minibatch_sgd_convex",
    increasing=_INCREASING,
    decreasing=("num_workers", "local_steps"),
)
# Before tuning the noise term grows with the number of steps; with the best eta the bound falls.
MINIBATCH_TUNED = replace(
    tuned(
        MINIBATCH,
        "accelerated_minibatch_sgd.convex.tuned",
        cap=1 / L,
        proof="accelerated_minibatch_sgd_convex",
    ),
    decreasing=("num_rounds", "num_workers", "local_steps"),
)

SINGLE = replace(
    MINIBATCH,
    key="single_machine_ac_sa.convex",
    title="AC-SA on one machine, smooth convex",
    algorithm="single_machine_ac_sa",
    terms=_terms(T, 1),
    assumptions=_STEPS - {Assumption.INDEPENDENT_WORKERS, Assumption.UNIFORM_WEIGHTS},
    source=_source("lan2012optimal", "Corollary 1", f"{_NOTE}; N = K R, F of that machine"),
    decreasing=(),
    proof="single_machine_ac_sa_convex",
)
SINGLE_TUNED = replace(
    tuned(
        SINGLE, "single_machine_ac_sa.convex.tuned", cap=1 / L, proof="single_machine_ac_sa_convex"
    ),
    decreasing=("num_rounds", "local_steps"),
)

LOCAL = replace(
    MINIBATCH,
    key="local_accelerated_sgd.quadratic",
    title="Local AC-SA, convex quadratics with one Hessian",
    algorithm="local_accelerated_sgd",
    terms=_terms(T, M),
    assumptions=_STEPS | {Assumption.QUADRATIC},
    source=_source(
        "woodworth2020local",
        "Theorem 1 and Corollary 1",
        "AC-SA with variance sigma^2/M, N = K R; w and ag averaged, the count running on",
    ),
    decreasing=("num_workers",),
    proof="local_accelerated_sgd_quadratic",
)
LOCAL_TUNED = replace(
    tuned(
        LOCAL,
        "local_accelerated_sgd.quadratic.tuned",
        cap=1 / L,
        proof="local_accelerated_sgd_quadratic",
    ),
    decreasing=("num_rounds", "num_workers", "local_steps"),
)

BOUNDS = (MINIBATCH, MINIBATCH_TUNED, SINGLE, SINGLE_TUNED, LOCAL, LOCAL_TUNED)
