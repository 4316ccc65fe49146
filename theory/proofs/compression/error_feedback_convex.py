"""SGD with error feedback on convex functions: y = x - mean e approaches x*, but for the memory.

Method: as in error_feedback_descent.py; y_{r+1} = y_r - eta mean_m g_m with gradients taken at x_r.
Bounds: E F - inf F at the mean of x_r over r < R. What <grad F(x), mean e> costs is at most the
    product of the two norms, on average over rounds.
"""

import sympy as sp

from theory.bound import Bound, Term
from theory.bounds.compression.compressed_error_feedback import CONVEX
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation.letters import B, R, eta
from theory.proofs.compression.error_feedback_nonconvex import CONTRACTED, G, delta
from theory.proofs.compression_lemmas.error_feedback_memory import share
from theory.proofs.inequalities.cauchy_schwarz import PRODUCT
from theory.proofs.inequalities.jensen import SQUARE_OF_MEAN, SQUARES
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar, vector
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination, Mean, Root
from theory.proving.proof import Proof
from theory.proving.quantities import FIRST_ENERGY, RESIDUAL, SECOND_ENERGY, measured
from theory.proving.steps import Instance
from theory.proving.templates.conclusions import concluding, conditions_of

EXCESS = measured(Measure(Quantity.SUBOPTIMALITY, ReportPoint.AVERAGE_ROUND))
offset, slope, mean_g, mean_e = (
    vector(name) for name in ("y - x*", "grad F(x)", "mean g_m", "mean e_m")
)
slope_at_mean, apart = vector("grad F(mean x)"), vector("x_r - mean x")
value, average_value, at_mean, lowest = sp.symbols("F(x) avg_F F(mean_x) F(x*)", real=True)
after, mean_distance, last = (
    scalar(name) for name in ("|y+ - x*|^2", "avg |y - x*|^2", "|y_R - x*|^2")
)
moment, squared, squared_slope, squared_mean = (
    scalar(name)
    for name in ("avg |mean g_m|^2", "avg mean |g_m|^2", "avg |grad F|^2", "avg |mean e_m|^2")
)
moment_r = scalar("E|mean g_m|^2")
product = sp.Symbol("avg <grad F, mean e_m>", real=True)
limit = 2 * eta * G**2 * sp.sqrt(1 - delta) / delta
TERMS = (
    Term("optimisation", B**2 / (2 * eta * R)),
    Term("second moment", eta * G**2 / 2),
    Term("memory", limit),
)

STEP = Mean(
    "step",
    "the squared distance of y from x* after a step; mean g has the mean grad F(x)",
    after,
    (offset - eta * mean_g) ** 2,
    ((mean_g, slope), (mean_g**2, moment_r)),
    by=(Rule.UNBIASED, Rule.PLAIN_STEPS, Rule.UNIFORM_WEIGHTS),
)
TANGENT = Instance(
    "tangent",
    "F(x*) is above the tangent at x, and x - x* = (y - x*) + mean e",
    Rule.CONVEX,
    (lowest, value, slope, -(offset + mean_e)),
)
CLOSER = Combination(
    "closer",
    "a step comes closer to x* by 2 eta (F(x) - F(x*)), but for noise and what is remembered",
    offset**2 - after - 2 * eta * (value - lowest) + 2 * eta * slope * mean_e + eta**2 * moment_r,
    ((-1, STEP), (2 * eta, TANGENT)),
)
AVERAGED = Averaged(
    "average over rounds",
    "averaged over r < R, so that |y_{r+1} - x*|^2 averages to avg |y - x*|^2 less "
    "(|x_0 - x*|^2 - |y_R - x*|^2)/R",
    CLOSER,
    (
        (offset**2, mean_distance),
        (after, mean_distance - (B**2 - last) / R),
        (slope * mean_e, product),
        (value, average_value),
        (moment_r, moment),
    ),
    by=(Rule.MINIMISER,),
)
AT_MEAN = Instance(
    "tangent at the mean",
    "F is above its tangent at the mean of all x_r",
    Rule.CONVEX,
    (value, at_mean, slope_at_mean, apart),
)
MEAN_VALUE = Averaged(
    "value at the mean",
    "averaged over r < R, where x_r - mean x averages to 0",
    AT_MEAN,
    ((value, average_value), (apart, sp.Integer(0)), (at_mean, EXCESS + lowest)),
)
SECOND = Lemma(
    "second moment",
    "averaged over workers and rounds: |mean g_m|^2 <= mean |g_m|^2",
    "jensen",
    ((SQUARES, squared), (SQUARE_OF_MEAN, moment)),
)
FIRST = Lemma(
    "mean and second moment",
    "mean g has the mean grad F, whose square is no larger than the second moment",
    "jensen",
    ((SQUARES, moment), (SQUARE_OF_MEAN, squared_slope)),
    by=(Rule.UNBIASED, Rule.UNIFORM_WEIGHTS),
)
BOUNDED = Instance("gradients", "gradients are bounded", Rule.GRADIENT_BOUND, (squared, G))
SLOPES = Combination(
    "slopes",
    "so avg |grad F|^2 <= G^2",
    G**2 - squared_slope,
    tuple((1, i) for i in (FIRST, SECOND, BOUNDED)),
)
REMEMBERED = Lemma(
    "remembered", "memories stay small", "error_feedback_memory", ((share, delta),), (CONTRACTED,)
)
JENSEN = Lemma(
    "Jensen",
    "averaged over workers and rounds: |mean e_m|^2 <= mean |e_m|^2",
    "jensen",
    ((SQUARES, RESIDUAL), (SQUARE_OF_MEAN, squared_mean)),
)
CAUCHY_SCHWARZ = Lemma(
    "Cauchy-Schwarz, squared",
    "of grad F and mean e, averaged over coordinates, rounds and chance",
    "cauchy_schwarz",
    ((FIRST_ENERGY, squared_slope), (SECOND_ENERGY, squared_mean), (PRODUCT, product)),
)
COST = Combination(
    "cost, squared",
    "with what is known of both",
    limit**2 - product**2,
    (
        (1, CAUCHY_SCHWARZ),
        (squared_mean, SLOPES),
        (G**2, JENSEN),
        (G**2, REMEMBERED),
    ),
)
COST_ROOT = Root("cost", "avg <grad F, mean e> is at most its root", COST, product, limit, 2)
COMMON = (
    STEP,
    TANGENT,
    CLOSER,
    AVERAGED,
    AT_MEAN,
    MEAN_VALUE,
    SECOND,
    FIRST,
    BOUNDED,
    SLOPES,
    CONTRACTED,
    REMEMBERED,
    JENSEN,
    CAUCHY_SCHWARZ,
    COST,
    COST_ROOT,
)


def proof_of(bound: Bound) -> Proof:
    """The derivation of a bound."""
    parts = (
        (1 / (2 * eta), AVERAGED),
        (1, MEAN_VALUE),
        (eta / 2, SECOND),
        (eta / 2, BOUNDED),
        (1, COST_ROOT),
    )
    return concluding(
        "error_feedback_convex",
        "SGD with error feedback, convex, smooth or not",
        bound,
        TERMS,
        given=(*COMMON, *conditions_of(bound)),
        parts=parts,
    )


PROOF = proof_of(CONVEX)
