"""Lemma L-HM: what HEAVYMIX leaves out of a vector, on average over what is drawn.

h heavy coordinates are used, at most k; k - h are drawn from the d - h others, all alike, so that
each of these is left out with probability (d - k)/(d - h). P is any number that is at least 1 - k/d
and q: what is kept is at least the share (h/k)(1 - P) of |v|^2 by the heavy ones, and of the rest
what the draws find.
"""

import sympy as sp

from theory.notation import symbols
from theory.proofs.compression_lemmas.heavy_coordinates import COORDINATE, SQUARE
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination, Mean
from theory.proving.least_and_greatest import Product, Quotient
from theory.proving.proof import Proof
from theory.proving.steps import Definition, Hypothesis, Instance

d, k, q = symbols("dimension", "kept", "estimate_tolerance")
h, found = (sp.Symbol(name, integer=True, nonnegative=True) for name in ("h", "H"))
P = sp.Symbol("P", real=True)
left_out = sp.Symbol("b", real=True)
HEAVY, REST, ERROR = (
    scalar(name) for name in ("sum of v_i^2, used heavy", "sum of v_i^2, rest", "E|C(v)-v|^2")
)
least = sp.Min(k, found)

FEWER = Hypothesis("k < d", "suppose k + 1 <= d", d - k - 1)
ABOVE_CHANCE = Hypothesis("above chance", "suppose P >= 1 - k/d", P - 1 + k / d)
ABOVE_TOLERANCE = Hypothesis("above tolerance", "suppose P >= q", P - q)
SPLIT = Definition("split", "used heavy coordinates and the rest", SQUARE, HEAVY + REST)
USED = Definition("used", "of H heavy ones, as many as k allows are used", h, least)
CAP = Instance(
    "cap", "no more than k", Rule.BELOW_CHOICE, (least, least, sp.Tuple(k, sp.Integer(1), 1))
)
CAPPED = Combination("capped", "h <= k", k - h, ((1, CAP), (-1, USED)))
LARGE = Lemma("large", "a heavy coordinate has its share of |v|^2", "heavy_coordinates")
KEPT = Averaged(
    "kept", "added up over the h used ones", LARGE, ((sp.Integer(1), h), (COORDINATE, HEAVY))
)
DRAWN = Mean(
    "drawn",
    "b is 1 where one of the d - h others is left out, as d - k of them are",
    ERROR,
    left_out * REST,
    ((left_out, (d - k) / (d - h)),),
)
BY_HEAVY = Combination(
    "by the heavy ones",
    "they hold at least (h/k)(1 - P) |v|^2",
    HEAVY - h * (1 - P) / k * SQUARE,
    ((1, KEPT), (h * SQUARE / k, ABOVE_TOLERANCE)),
)
SCALED = Product("heavy ones, scaled", "times d - k - 1 >= 0", FEWER, BY_HEAVY)
BY_CHANCE = Product("draws, scaled", "k - h >= 0 times what chance keeps", CAPPED, ABOVE_CHANCE)
TOTAL = Combination(
    "total",
    "what is kept, times d - h",
    (d - h) * P * SQUARE - (d - k) * (SQUARE - HEAVY),
    ((1, SCALED), (1, BY_HEAVY), (d * SQUARE / k, BY_CHANCE)),
)
ROOM = Combination("room", "d - h >= 1", d - h - 1, ((1, FEWER), (1, CAPPED)))
DIVIDED = Quotient(
    "divided",
    "what is kept",
    P * SQUARE - (d - k) / (d - h) * (SQUARE - HEAVY),
    d - h,
    TOTAL,
    ROOM,
    sp.Integer(1),
)
LEFT_OUT = Combination(
    "heavymix",
    "so E|C(v) - v|^2 <= P |v|^2",
    P * SQUARE - ERROR,
    ((1, DIVIDED), (-1, DRAWN), ((d - k) / (d - h), SPLIT)),
)

PROOF = Proof(
    name="heavymix",
    title="what HEAVYMIX leaves out of a vector, on average over what is drawn",
    steps=(
        FEWER,
        ABOVE_CHANCE,
        ABOVE_TOLERANCE,
        SPLIT,
        USED,
        CAP,
        CAPPED,
        LARGE,
        KEPT,
        DRAWN,
        BY_HEAVY,
        SCALED,
        BY_CHANCE,
        TOTAL,
        ROOM,
        DIVIDED,
        LEFT_OUT,
    ),
    proves=(LEFT_OUT,),
)
