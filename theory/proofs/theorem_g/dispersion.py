"""Lemma L-V: how far the workers' gradients spread about their mean.

With delta_m = grad f_m(x_m) - grad f_m(y) and b_m = grad f_m(y) - grad F(y), the deviation
grad f_m(x_m) - h is (delta_m - mean delta) + b_m. The spread b_m of the workers is needed at the
virtual points y alone.
"""

from theory.notation.letters import L
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar, vector
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination, Mean
from theory.proving.proof import Proof
from theory.proving.quantities import (
    DISPERSION,
    DISTANCE,
    FIRST_ENERGY,
    MIXED_ENERGY,
    SECOND_ENERGY,
    SPREAD,
)
from theory.proving.steps import Identity, Instance

at_worker, at_virtual, gradient, h = (
    vector(name) for name in ("grad f_m(x_m)", "grad f_m(y)", "grad F(y)", "h")
)
delta, mean_delta, displacement = vector("delta_m"), vector("mean delta"), vector("x_m - y")
squared_centred, squared_delta = (
    scalar("avg mean |delta_m - mean delta|^2"),
    scalar("avg mean |delta_m|^2"),
)
squared_mean = scalar("avg |mean delta|^2")

SPLIT = Identity(
    "split",
    "grad f_m(x_m) - h = (delta_m - mean delta) + b_m, as mean delta = h - grad F(y)",
    at_worker - h,
    ((at_worker - at_virtual) - (h - gradient)) + (at_virtual - gradient),
)
CENTRING = Mean(
    "centring",
    "removing the mean over workers lowers the mean square, by |mean delta|^2",
    squared_centred,
    delta**2 - 2 * delta * mean_delta + mean_delta**2,
    ((delta**2, squared_delta), (delta * mean_delta, squared_mean), (mean_delta**2, squared_mean)),
    by=(Rule.UNIFORM_WEIGHTS,),
)
SMOOTH = Instance(
    "workers' smoothness", "|delta_m| <= L |x_m - y|", Rule.LIPSCHITZ, (delta, displacement, L)
)
DISTANT = Averaged(
    "mean distance",
    "averaged over workers and time",
    SMOOTH,
    ((delta**2, squared_delta), (displacement**2, DISTANCE)),
)
HALVES = Lemma(
    "Young",
    "the dispersion is the mean square of (delta_m - mean delta) + b_m",
    "young",
    ((FIRST_ENERGY, squared_centred), (SECOND_ENERGY, SPREAD), (MIXED_ENERGY, DISPERSION)),
)
RESULT = Combination(
    "dispersion",
    "so the dispersion is at most twice L^2 times the distance and twice the spread",
    2 * L**2 * DISTANCE + 2 * SPREAD - DISPERSION,
    ((1, HALVES), (-2, CENTRING), (2, DISTANT)),
)

PROOF = Proof(
    name="dispersion",
    title="the dispersion of the workers' gradients, by distance and heterogeneity",
    steps=(SPLIT, CENTRING, SMOOTH, DISTANT, HALVES, RESULT),
    proves=(RESULT,),
)
