"""From Theorem G to the bounds of a method of the linear-mixing class.

bounds/theorem_g.py defines the class and states the theorem; proofs/theorem_g derives it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from theory.bound import Bound
from theory.bounds.mixing_methods import MixingMethod
from theory.bounds.theorem_g import theorem_g
from theory.measures import Measure, Quantity, ReportPoint
from theory.proving.certificates import nonnegative
from theory.proving.citations import Lemma
from theory.proving.inferences import Combination, Pairs
from theory.proving.proof import Proof, Step
from theory.proving.quantities import (
    GENERIC,
    GRADIENT,
    MIXED_DIRECTION,
    SQUARED_LAG_WEIGHTS,
    measured,
)
from theory.proving.templates.conclusions import by_tuning, conclude, conditions_of, same_terms

NO_LAG = ((MIXED_DIRECTION, sp.Integer(0)), (SQUARED_LAG_WEIGHTS, sp.Integer(0)))
"""The weighted sums of the lag, which are 0 where the virtual sequence is the mean iterate."""


@dataclass(frozen=True)
class InClass:
    """The steps that show that a method is in the class, and with which numbers.

    Attributes:
        row: the method's row of the table, for its numbers and the cap on its step size.
        point: the virtual sequence of the method, at which the theorem bounds the gradient.
        steps: all steps that show something about the method.
        facts: those among them that show that the numbers dominate the weights.
        at: values of the theorem's weighted sums for this method, such as NO_LAG; a sum without a
            value stays a symbol.
    """

    row: MixingMethod
    point: ReportPoint
    steps: tuple[Step, ...]
    facts: tuple[Step, ...]
    at: Pairs = ()

    @property
    def values(self) -> Pairs:
        """The values for this method of the theorem's squared gradient and weighted sums."""
        measure = Measure(Quantity.SQUARED_GRADIENT_NORM, self.point)
        return ((GRADIENT, measured(measure)), *self.at)


def by_theorem_g(bound: Bound, method: InClass) -> tuple[Step, ...]:
    """Returns the steps that derive a bound as Theorem G at the numbers of its method."""
    terms, relations = theorem_g(method.row.numbers)
    supposed = conditions_of(bound)
    needed = tuple(
        _following(f"condition {name} of Theorem G", item.gts - item.lts, supposed)
        for name, item in zip(("i", "ii"), relations, strict=True)
    )
    # Fields of one dataclass in one order: each generic symbol with the method's number.
    generic = tuple(zip(vars(GENERIC).values(), vars(method.row.numbers).values(), strict=True))
    theorem = Lemma(
        "Theorem G",
        "Theorem G at these numbers",
        "theorem_g",
        (*generic, *method.values),
        (*method.facts, *needed),
    )
    identities = same_terms(bound, terms)
    return (*supposed, *needed, theorem, *identities, *conclude(bound, ((1, theorem),)))


def proof_by_theorem_g(
    name: str,
    title: str,
    bounds: tuple[Bound, Bound],
    method: InClass,
    admissible: Callable[[Step], tuple[Step, ...]],
) -> Proof:
    """Returns the derivation of a bound by Theorem G, and of its corollary for the best step size.

    Args:
        name: the name of the proof, which is that of its file.
        title: the title of the proof.
        bounds: the bound and its corollary.
        method: the steps that show that the method of both is in the class.
        admissible: a function from the step that shows eta <= cap to the steps that show the
            conditions of the bound.
    """
    bound, tuned = bounds
    steps = by_theorem_g(bound, method)
    terms, _ = theorem_g(method.row.numbers)
    corollary = by_tuning(steps[-1], tuned, terms, cap=method.row.cap, admissible=admissible)
    return Proof(name, title, (*method.steps, *steps, *corollary), (steps[-1], corollary[-1]))


def _following(label: str, gap: sp.Expr, supposed: tuple[Step, ...]) -> Step:
    """Returns a needed condition, as implied by a supposed one that is at least as strong."""
    same = [item for item in supposed if item.gap == gap]
    enough = same or [item for item in supposed if nonnegative(gap - item.gap)]
    # Without a condition that is strong enough, the gap must be certified by itself.
    parts = tuple((1, item) for item in enough[:1])
    return Combination(label, "it is among the conditions supposed", gap, parts)
