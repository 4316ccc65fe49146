"""AC-SA on a smooth convex function, from any unbiased gradient of known variance.

Method: at step t = 1, 2, ..., S, with a = 2/(t + 1): md = (1 - a) ag + a w,
    w <- w - (t eta/2) g(md), ag <- (1 - a) ag + a w, so that ag ends at md - (t eta/(t + 1)) g(md).
    E|n_t|^2 <= v.
Bounds: E F(ag) - F(x*) after step S, from the distance B = |x_0 - x*|. What falls, but for noise,
    is t(t+1) (F(ag) - F(x*)) + (2/eta) |w - x*|^2.
"""

import sympy as sp

from theory.notation.letters import B, L, eta
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar, vector
from theory.proving.inferences import Averaged, Combination, Mean
from theory.proving.proof import Proof
from theory.proving.quantities import EXCESS, INCREMENT_LIMIT, NOISE_OF_MEAN, STEPS
from theory.proving.steps import Definition, Hypothesis, Instance, Summation
from theory.proving.templates.conclusions import SHORT_STEPS

t = sp.Symbol("t", integer=True, positive=True)
i = sp.Symbol("i", integer=True, nonnegative=True)
share, long, short = 2 / (t + 1), t * eta / 2, t * eta / (t + 1)
gradient, noise = vector("grad F(md)"), vector("n_t")
aggregate, offset = vector("ag - x*"), vector("w - x*")
at_point, at_aggregate, at_next, lowest = sp.symbols("F(md) F(ag) F(ag_after) F(x*)", real=True)
after, last, summed = (
    scalar(name) for name in ("|w_after - x*|^2", "|w_S - x*|^2", "sum |w - x*|^2")
)
BEFORE, FOLLOWING, TOTAL = (
    scalar(name)
    for name in (
        "t(t-1)(F(ag) - F(x*))",
        "t(t+1)(F(ag_after) - F(x*))",
        "sum t(t-1)(F(ag) - F(x*))",
    )
)
SQUARES = scalar("sum_{t<=S} t^2")

LIMITED = Hypothesis(
    "variance", "suppose that the noise has variance at most v", INCREMENT_LIMIT - NOISE_OF_MEAN
)
TO_AGGREGATE = Instance(
    "tangent at ag",
    "F(ag) is above the tangent at md; ag - md = a (ag - w)",
    Rule.CONVEX,
    (at_aggregate, at_point, gradient, share * (aggregate - offset)),
)
TO_OPTIMUM = Instance(
    "tangent at x*",
    "F(x*) is above it; md - x* = (1 - a)(ag - x*) + a (w - x*)",
    Rule.CONVEX,
    (lowest, at_point, gradient, -((1 - share) * aggregate + share * offset)),
)
PARABOLA = Instance(
    "parabola",
    "F at the next aggregate, md - (t eta/(t+1)) (grad F(md) + n_t), is below the parabola at md",
    Rule.SMOOTHNESS,
    (at_point, at_next, gradient, -short * (gradient + noise), L),
)
EXPECTED = Averaged(
    "given the past",
    "given the past, the noise has mean 0 while md is known",
    PARABOLA,
    ((noise, sp.Integer(0)), (noise**2, NOISE_OF_MEAN)),
    by=(Rule.UNBIASED, Rule.ACCELERATED_STEPS),
)
STEP = Mean(
    "step of w",
    "the squared distance of w from x* after the step",
    after,
    (offset - long * (gradient + noise)) ** 2,
    ((noise, sp.Integer(0)), (noise**2, NOISE_OF_MEAN)),
    by=(Rule.UNBIASED, Rule.ACCELERATED_STEPS),
)
FALL = Combination(
    "fall",
    "in t(t-1) + 2t = t(t+1) parts; eta L t/(t+1) <= 1 takes up |grad F(md)|^2 and doubles the "
    "noise at most",
    t * (t - 1) * (at_aggregate - lowest)
    - t * (t + 1) * (at_next - lowest)
    + 2 / eta * (offset**2 - after)
    + eta * t**2 * INCREMENT_LIMIT,
    (
        (t * (t + 1), EXPECTED),
        (t * (t - 1), TO_AGGREGATE),
        (2 * t, TO_OPTIMUM),
        (-2 / eta, STEP),
        (t**2 * short / 2 * (gradient**2 + NOISE_OF_MEAN), SHORT_STEPS),
        (eta * t**2, LIMITED),
    ),
    by=(Rule.ACCELERATED_STEPS, Rule.MINIMISER),
)
WEIGHTED_BEFORE = Definition(
    "weighted before", "weighted by t(t-1)", BEFORE, t * (t - 1) * (at_aggregate - lowest)
)
WEIGHTED_AFTER = Definition(
    "weighted after",
    "weighted by t(t+1), as the next step weighs it before",
    FOLLOWING,
    t * (t + 1) * (at_next - lowest),
)
WEIGHTED = Combination(
    "weighted fall",
    "the same in these",
    BEFORE - FOLLOWING + 2 / eta * (offset**2 - after) + eta * t**2 * INCREMENT_LIMIT,
    ((1, FALL), (1, WEIGHTED_BEFORE), (-1, WEIGHTED_AFTER)),
)
SQUARED = Summation(
    "squares",
    "1 + 4 + ... + S^2 = S(S+1)(2S+1)/6",
    SQUARES,
    (i + 1) ** 2,
    i,
    0,
    STEPS,
    STEPS * (STEPS + 1) * (2 * STEPS + 1) / 6,
)
SUMMED = Averaged(
    "added up",
    "added up over t = 1, ..., S: all but the first, which is 0, and the last cancel",
    WEIGHTED,
    (
        (BEFORE, TOTAL),
        (FOLLOWING, TOTAL + STEPS * (STEPS + 1) * EXCESS),
        (offset**2, summed),
        (after, summed - B**2 + last),
        (t**2, SQUARES),
    ),
)
RESULT = Combination(
    "accelerated_convex",
    "divided by S(S+1); the last distance cannot fall below 0",
    2 * B**2 / (eta * STEPS * (STEPS + 1)) + eta * (2 * STEPS + 1) * INCREMENT_LIMIT / 6 - EXCESS,
    (
        (1 / (STEPS * (STEPS + 1)), SUMMED),
        (-eta * INCREMENT_LIMIT / (STEPS * (STEPS + 1)), SQUARED),
    ),
)

PROOF = Proof(
    name="accelerated_convex",
    title="AC-SA on a smooth convex function, by distance and variance",
    steps=(
        SHORT_STEPS,
        LIMITED,
        TO_AGGREGATE,
        TO_OPTIMUM,
        PARABOLA,
        EXPECTED,
        STEP,
        FALL,
        WEIGHTED_BEFORE,
        WEIGHTED_AFTER,
        WEIGHTED,
        SQUARED,
        SUMMED,
        RESULT,
    ),
    proves=(RESULT,),
)
