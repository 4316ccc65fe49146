"""Parts that derivations share: hypotheses, and the ways from lemmas to a bound."""

from collections.abc import Callable
from itertools import zip_longest

import sympy as sp

from theory.bound import Bound, Term
from theory.letters import L, eta
from theory.measures import Measure
from theory.mixing import MixingNumbers, theorem_g
from theory.proving.certificates import nonnegative
from theory.proving.citations import Applied, Lemma, Theorem
from theory.proving.inferences import Combination, Pairs
from theory.proving.plain import plain
from theory.proving.proof import Step
from theory.proving.quantities import (
    CAP,
    DIRECTION,
    DISPERSION,
    FALLING,
    GENERIC,
    GRADIENT,
    LINEAR,
    MIXED_DIRECTION,
    MIXED_DISPERSION,
    QUADRATIC,
    QUADRATIC_TOO,
    SQUARED_LAG_WEIGHTS,
    SQUARED_WEIGHTS,
    measured,
)
from theory.proving.rules import Rule
from theory.proving.steps import Hypothesis, Identity, Instance

NUMBERS = (
    Hypothesis(
        "C_w",
        "by definition of C_w, applied to the vectors grad f_m(x_m,s) - h_s of each worker",
        GENERIC.C_w * DISPERSION - MIXED_DISPERSION,
    ),
    Hypothesis("N_w", "by definition of N_w", GENERIC.N_w - SQUARED_WEIGHTS),
    Hypothesis(
        "C_m",
        "by definition of C_m, applied to the vectors h_s",
        GENERIC.C_m * DIRECTION - MIXED_DIRECTION,
    ),
    Hypothesis("N_m", "by definition of N_m", GENERIC.N_m - SQUARED_LAG_WEIGHTS),
)
"""What Theorem G supposes of the four numbers."""

CONDITIONS = tuple(
    Hypothesis(f"condition {name}", f"suppose condition ({name}) of Theorem G", item.gts - item.lts)
    for name, item in zip(("i", "ii"), theorem_g(GENERIC)[1], strict=True)
)
"""The conditions of Theorem G on the step size."""

SHORT_STEPS = Hypothesis("short steps", "suppose eta L <= 1", 1 - eta * L)
"""What descent on a smooth convex function supposes."""


def conditions_of(bound: Bound) -> tuple[Step, ...]:
    """The conditions of a bound, as what its derivation may suppose."""
    return tuple(
        Hypothesis(f"{bound.key}, condition {count}", f"suppose {plain(item)}", item.gts - item.lts)
        for count, item in enumerate(bound.conditions, start=1)
    )


def same_terms(bound: Bound, terms: tuple[Term, ...]) -> tuple[Step, ...]:
    """Each derived term is the term of that name in the bound, which has no others."""
    derived = {term.name: term.expression for term in terms}
    stated = {term.name: term.expression for term in bound.terms}
    zero = sp.Integer(0)
    return tuple(
        Identity(
            f"{bound.key}, {name}",
            f"the {name} term of {bound.key} is the one derived",
            stated.get(name, zero),
            derived.get(name, zero),
        )
        for name in {**derived, **stated}
    )


def conclude(bound: Bound, parts: tuple[tuple[sp.Expr | int, Step], ...]) -> tuple[Step, ...]:
    """The bound, from inequalities that add up to it."""
    shown = Combination(
        f"{bound.key}, derived",
        f"the sum of the terms is at least the {bound.measure}",
        bound.expression - measured(bound.measure),
        parts,
    )
    return shown, Theorem(bound.key, f"{bound.title}: what {bound.key} states", bound, shown)


def by_theorem_g(
    bound: Bound, measure: Measure, numbers: MixingNumbers, at: Pairs, facts: tuple[Step, ...]
) -> tuple[Step, ...]:
    """A bound as Theorem G at the numbers of its method.

    Args:
        bound: what is to be derived.
        measure: what the theorem bounds for this method's virtual sequence.
        numbers: of the method.
        at: what the weighted quantities of the theorem are for this method, where not themselves.
        facts: earlier steps that show the numbers to dominate the weights.
    """
    terms, relations = theorem_g(numbers)
    supposed = conditions_of(bound)
    needed = tuple(
        _following(f"condition {name} of Theorem G", item.gts - item.lts, supposed)
        for name, item in zip(("i", "ii"), relations, strict=True)
    )
    generic = tuple(zip(vars(GENERIC).values(), vars(numbers).values(), strict=True))
    theorem = Lemma(
        "Theorem G",
        "Theorem G at these numbers",
        "theorem_g",
        (*generic, (GRADIENT, measured(measure)), *at),
        (*facts, *needed),
    )
    identities = same_terms(bound, terms)
    return (*supposed, *needed, theorem, *identities, *conclude(bound, ((1, theorem),)))


def _following(label: str, gap: sp.Expr, supposed: tuple[Step, ...]) -> Step:
    """A needed condition, from the first of the supposed ones that is at least as strong."""
    same = [item for item in supposed if item.gap == gap]
    enough = same or [item for item in supposed if nonnegative(gap - item.gap)]
    parts = tuple((1, item) for item in enough[:1])
    return Combination(label, "it is among the conditions supposed", gap, parts)


def by_tuning(
    theorem: Step,
    tuned: Bound,
    terms: tuple[Term, ...],
    *,
    cap: sp.Expr,
    admissible: Callable[[Step], tuple[Step, ...]],
) -> tuple[Step, ...]:
    """The corollary of a theorem for the best step size up to a cap.

    Args:
        theorem: the step that shows the bound.
        tuned: the corollary to be derived.
        terms: those derived, in this order: A/eta, B eta, and up to two C eta^2.
        cap: a step size up to which every condition of the theorem holds.
        admissible: from the step eta <= cap, the steps that show the conditions.
    """
    powers = (-1, 1, 2, 2)[: len(terms)]
    falling, *rising = (item.expression / eta**p for item, p in zip(terms, powers, strict=True))
    roots = (2 * sp.root(falling**p * c, p + 1) for c, p in zip(rising, powers[1:], strict=True))
    below = Instance(
        "cap",
        "eta is at most the cap",
        Rule.BELOW_CHOICE,
        (eta, tuned.step_size, sp.Tuple(cap, 1, 1)),
    )
    conditions = admissible(below)
    applied = Applied("below the cap", "so every condition holds", theorem, conditions)
    choices = _choices(tuned, cap, falling, {2: rising[0], 3: sp.Add(*rising[1:])})
    names = (CAP, FALLING, LINEAR, QUADRATIC, QUADRATIC_TOO)
    values = zip_longest(names, (cap, falling, *rising), fillvalue=sp.Integer(0))
    claim = "the sum of the terms at the best step size"
    lemma = Lemma("tuned step size", claim, "tuned_step_size", tuple(values), choices)
    corollary = zip((item.name for item in terms), (falling / cap, *roots), strict=True)
    identities = same_terms(tuned, tuple(Term(*row) for row in corollary))
    conclusion = conclude(tuned, ((1, applied), (1, lemma)))
    return (below, *conditions, applied, *choices, lemma, *identities, *conclusion)


def up_to_inverse_smoothness(below: Step) -> tuple[Step, ...]:
    """That eta L <= 1, from eta <= 1/L."""
    return (Combination("condition up to 1/L", "eta <= 1/L", 1 - eta * L, ((L, below),)),)


def _choices(
    tuned: Bound, cap: sp.Expr, falling: sp.Expr, rising: dict[int, sp.Expr]
) -> tuple[Step, ...]:
    """What it means that eta is the least of the cap and the (A/C)^(1/q), C != 0, for each q."""
    choices = [sp.Tuple(falling, coefficient, q) for q, coefficient in rising.items()]
    choices = [choice for choice in choices if choice[1] != 0]
    below = tuple(
        Instance(
            f"choice {choice[2]}",
            f"C eta^{choice[2]} <= A, true where C = 0 as well",
            Rule.BELOW_CHOICE,
            (eta, tuned.step_size, choice),
        )
        for choice in choices
    )
    arguments = (eta, tuned.step_size, sp.Tuple(cap, 1, 1), *choices)
    claim = "eta is one of the choices; one with C = 0 is absent"
    return (*below, Instance("least", claim, Rule.INVERSE_OF_LEAST, arguments))
