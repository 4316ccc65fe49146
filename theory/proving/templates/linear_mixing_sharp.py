"""From Theorem G*, the sharper form of Theorem G, to the bound of a linear-mixing method.

bounds/theorem_g.py states the theorem; proofs/theorem_g/theorem_g_sharp.py derives it.
"""

import sympy as sp

from theory.bound import Bound
from theory.bounds.theorem_g import kept_of, theorem_g_sharp
from theory.notation.letters import L, eta
from theory.proving.citations import Lemma
from theory.proving.inferences import Combination
from theory.proving.least_and_greatest import Greatest
from theory.proving.proof import Step
from theory.proving.quantities import KEPT, LAG_NORM, NORM, SHARP
from theory.proving.templates.conclusions import conclude, conditions_of, same_terms
from theory.proving.templates.linear_mixing import InClass


def by_theorem_g_sharp(bound: Bound, method: InClass) -> tuple[Step, ...]:
    """Returns the steps that derive a bound as Theorem G* at the numbers of its method."""
    numbers = method.row.numbers
    terms, (first, second) = theorem_g_sharp(numbers)
    supposed = conditions_of(bound)
    half = sp.Rational(1, 2)
    fed_back = eta * L * numbers.norm
    small = Combination(
        "feedback",
        "q = eta L C_w^(1/2) <= 1/2 by the first condition",
        half - fed_back,
        _scaled(half, first.gts - first.lts, supposed),
    )
    kept = kept_of(numbers)
    greatest = Greatest(
        "kept", "so 1 - q is the greater of itself and 1/2", kept, 1 - fed_back, (small,)
    )
    left = Combination("left", "p = 1 - q", 1 - fed_back - kept, ((-1, greatest),))
    needed = Combination(
        "condition",
        "the second condition",
        second.gts - second.lts,
        _scaled(sp.Integer(1), second.gts - second.lts, supposed),
    )
    own = (
        (SHARP.effective_step, numbers.effective_step),
        (NORM, numbers.norm),
        (SHARP.N_w, numbers.N_w),
        (LAG_NORM, numbers.lag_norm),
        (SHARP.N_m, numbers.N_m),
        (KEPT, kept),
    )
    theorem = Lemma(
        "Theorem G*",
        "Theorem G* at these numbers",
        "theorem_g_sharp",
        (*own, *method.values),
        (*method.facts, left, needed),
    )
    steps = (*supposed, small, greatest, left, needed, theorem)
    return (*steps, *same_terms(bound, terms), *conclude(bound, ((1, theorem),)))


def _scaled(
    factor: sp.Expr, gap: sp.Expr, supposed: tuple[Step, ...]
) -> tuple[tuple[sp.Expr | int, Step], ...]:
    """Returns the supposed condition with that gap, times a factor; empty where there is none."""
    return tuple((factor, item) for item in supposed if item.gap == gap)[:1]
