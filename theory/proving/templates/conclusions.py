"""Hypotheses that many derivations share, and the final steps from inequalities to a bound.

`concluding` derives a bound for any step size, `by_tuning` its corollary for the best step size,
and `concluding_tuned` both.
"""

from collections.abc import Callable
from itertools import zip_longest

import sympy as sp

from theory.bound import Bound, Term
from theory.bounds.theorem_g import theorem_g
from theory.notation.letters import L, eta
from theory.notation.plain_formula import plain
from theory.proving.axioms import Rule
from theory.proving.citations import Applied, Lemma, Theorem
from theory.proving.inferences import Combination
from theory.proving.proof import Proof, Step
from theory.proving.quantities import (
    CAP,
    DIRECTION,
    DISPERSION,
    FALLING,
    GENERIC,
    LINEAR,
    MIXED_DIRECTION,
    MIXED_DISPERSION,
    QUADRATIC,
    QUADRATIC_TOO,
    SQUARED_LAG_WEIGHTS,
    SQUARED_WEIGHTS,
    measured,
)
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
"""The hypotheses of Theorem G on its four numbers: each dominates the weights that it is named for.

Each number is an upper bound of a norm or mean square, so a method may enter with larger ones.
"""

CONDITIONS = tuple(
    Hypothesis(f"condition {name}", f"suppose condition ({name}) of Theorem G", item.gts - item.lts)
    for name, item in zip(("i", "ii"), theorem_g(GENERIC)[1], strict=True)
)
"""The conditions of Theorem G on the step size."""

SHORT_STEPS = Hypothesis("short steps", "suppose eta L <= 1", 1 - eta * L)
"""The hypothesis of descent on a smooth convex function: a step size of at most 1/L."""


def conditions_of(bound: Bound) -> tuple[Step, ...]:
    """Returns the conditions of a bound as hypotheses, which its derivation may suppose."""
    return tuple(
        Hypothesis(f"{bound.key}, condition {count}", f"suppose {plain(item)}", item.gts - item.lts)
        for count, item in enumerate(bound.conditions, start=1)
    )


def same_terms(bound: Bound, terms: tuple[Term, ...]) -> tuple[Step, ...]:
    """Returns steps that equate each derived term with the bound's term of that name.

    A term that only one side has is compared with zero.
    """
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
    """Returns the last two steps: the sum of the parts, and the bound as its statement.

    Args:
        bound: the bound to be derived.
        parts: pairs of a factor and an inequality, which add up to the bound.
    """
    shown = Combination(
        f"{bound.key}, derived",
        f"the sum of the terms is at least the {bound.measure}",
        bound.expression - measured(bound.measure),
        parts,
    )
    return shown, Theorem(bound.key, f"{bound.title}: what {bound.key} states", bound, shown)


def concluding(
    name: str,
    title: str,
    bound: Bound,
    terms: tuple[Term, ...],
    *,
    given: tuple[Step, ...],
    parts: tuple[tuple[sp.Expr | int, Step], ...],
) -> Proof:
    """Returns the derivation of a bound from inequalities that add up to it.

    Args:
        name: the name of the proof, which is that of its file.
        title: the title of the proof.
        bound: the bound to be derived.
        terms: the terms as derived; they are compared with those of the bound.
        given: all steps that lead to the inequalities, in order.
        parts: pairs of a factor and an inequality, which add up to the bound.
    """
    shown = conclude(bound, parts)
    return Proof(name, title, (*given, *same_terms(bound, terms), *shown), (shown[-1],))


def concluding_tuned(
    name: str,
    title: str,
    bounds: tuple[Bound, Bound],
    terms: tuple[Term, ...],
    *,
    given: tuple[Step, ...],
    parts: tuple[tuple[sp.Expr | int, Step], ...],
    cap: sp.Expr,
) -> Proof:
    """Returns the derivation of a bound and of its corollary for the best step size.

    Args:
        name: the name of the proof, which is that of its file.
        title: the title of the proof.
        bounds: the bound and its corollary.
        terms: the terms as derived: A/eta, B eta, and up to two C eta^2.
        given: all steps that lead to the inequalities, in order.
        parts: pairs of a factor and an inequality, which add up to the bound.
        cap: the largest step size; eta <= cap must be the only condition of the bound.
    """
    bound, tuned = bounds
    proof = concluding(name, title, bound, terms, given=given, parts=parts)
    corollary = by_tuning(proof.steps[-1], tuned, terms, cap=cap)
    return Proof(name, title, (*proof.steps, *corollary), (*proof.proves, corollary[-1]))


def by_tuning(
    theorem: Step,
    tuned: Bound,
    terms: tuple[Term, ...],
    *,
    cap: sp.Expr,
    admissible: Callable[[Step], tuple[Step, ...]] | None = None,
) -> tuple[Step, ...]:
    """Returns the steps from a theorem to its corollary for the best step size up to a cap.

    Args:
        theorem: the step that shows the bound for any admissible step size.
        tuned: the corollary to be derived.
        terms: the terms as derived, in this order: A/eta, B eta, and up to two C eta^2.
        cap: a step size up to which every condition of the theorem holds.
        admissible: a function from the step that shows eta <= cap to the steps that show the
            conditions of the theorem; by default the only condition is eta <= cap.
    """
    powers = (-1, 1, 2, 2)[: len(terms)]
    falling, *rising = (item.expression / eta**p for item, p in zip(terms, powers, strict=True))
    # A/eta + C eta^p is balanced at eta = (A/C)^(1/(p+1)), where both are (A^p C)^(1/(p+1)).
    roots = (2 * sp.root(falling**p * c, p + 1) for c, p in zip(rising, powers[1:], strict=True))
    below = Instance(
        "cap",
        "eta is at most the cap",
        Rule.BELOW_CHOICE,
        (eta, tuned.step_size, sp.Tuple(cap, 1, 1)),
    )
    conditions = admissible(below) if admissible else _at_most(cap, below)
    applied = Applied("below the cap", "so every condition holds", theorem, conditions)
    choices = _choices(tuned, cap, falling, {2: rising[0], 3: sp.Add(*rising[1:])})
    names = (CAP, FALLING, LINEAR, QUADRATIC, QUADRATIC_TOO)
    # The lemma is about all four terms; those that a bound lacks have coefficient 0 in it.
    values = zip_longest(names, (cap, falling, *rising), fillvalue=sp.Integer(0))
    claim = "the sum of the terms at the best step size"
    lemma = Lemma("tuned step size", claim, "tuned_step_size", tuple(values), choices)
    corollary = zip((item.name for item in terms), (falling / cap, *roots), strict=True)
    identities = same_terms(tuned, tuple(Term(*row) for row in corollary))
    conclusion = conclude(tuned, ((1, applied), (1, lemma)))
    return (below, *conditions, applied, *choices, lemma, *identities, *conclusion)


def _at_most(cap: sp.Expr, below: Step) -> tuple[Step, ...]:
    """Returns the step from eta <= cap to eta/cap <= 1, the form in which conditions are stated."""
    claim = f"eta <= {plain(cap)}"
    return (Combination("condition up to the cap", claim, 1 - eta / cap, ((1 / cap, below),)),)


def _choices(
    tuned: Bound, cap: sp.Expr, falling: sp.Expr, rising: dict[int, sp.Expr]
) -> tuple[Step, ...]:
    """Returns what follows if eta is the least of the cap and the numbers (A/C)^(1/q) with C != 0.

    That is C eta^q <= A for each q, and 1/eta <= 1/cap + sum_q (C/A)^(1/q).
    """
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
