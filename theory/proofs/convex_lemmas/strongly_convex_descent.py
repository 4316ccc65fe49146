"""Local SGD on one smooth strongly convex function: a step, drift and strong convexity put in.

Bounds: a step lowers |x̄ - x*|^2 by 2 eta (F(x̄) - F(x*)), but for noise and for the greatest drift
    of a round; and F(x̄) - F(x*) >= (mu/2) |x̄ - x*|^2.
"""

import sympy as sp

from theory.notation.letters import K, L, M, eta, mu, sigma
from theory.proving.axioms import Rule
from theory.proving.certificates import vector
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination
from theory.proving.proof import Proof
from theory.proving.quantities import EXCESS_T, OFFSET_NEXT, OFFSET_T
from theory.proving.steps import Instance
from theory.proving.templates.conclusions import SHORT_STEPS

offset, slope = vector("x̄ - x*"), vector("grad F(x*)")
value, lowest = sp.symbols("F(x̄) F(x*)", real=True)
ADDED = eta**2 * sigma**2 / M + L * eta**3 * (K - 1) * (1 - 1 / M) * sigma**2

CLOSER = Lemma(
    "closer",
    "a step comes closer to x*, but for noise and drift",
    "distance_descent",
    given=(SHORT_STEPS,),
    of="closer",
)
DRIFT = Lemma(
    "drift",
    "at no step is the drift more than that of K - 1 noises",
    "consensus_homogeneous",
    given=(SHORT_STEPS,),
    of="always",
)
STEP = Combination(
    "strongly_convex_descent",
    "with the drift put in",
    OFFSET_T - OFFSET_NEXT - 2 * eta * EXCESS_T + ADDED,
    ((1, CLOSER), (eta * L, DRIFT)),
)
TANGENT = Instance(
    "tangent",
    "F(x̄) is above the tangent at x*, by (mu/2) |x̄ - x*|^2",
    Rule.STRONGLY_CONVEX,
    (value, lowest, slope, offset, mu),
)
STRONG = Averaged(
    "strong convexity",
    "the slope at x* is 0; in expectation",
    TANGENT,
    ((value, EXCESS_T + lowest), (slope * offset, sp.Integer(0)), (offset**2, OFFSET_T)),
    by=(Rule.MINIMISER,),
)

PROOF = Proof(
    name="strongly_convex_descent",
    title="a step of Local SGD on a strongly convex function",
    steps=(SHORT_STEPS, CLOSER, DRIFT, STEP, TANGENT, STRONG),
    proves=(STEP, STRONG),
)
