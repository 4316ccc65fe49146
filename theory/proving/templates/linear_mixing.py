"""The way from Theorem G to the bounds of a method of the linear-mixing class."""

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
"""What the lag weights make where the virtual sequence is the mean iterate."""


@dataclass(frozen=True)
class InClass:
    """What shows that a method is in the class, and with which numbers.

    Attributes:
        row: the method's row of the table, for its numbers and the cap on its step size.
        point: what its virtual sequence is, at which the theorem bounds the gradient.
        steps: all that is shown of the method.
        facts: those of them by which the numbers dominate the weights.
        at: what the weighted quantities of the theorem are for this method, where not themselves.
    """

    row: MixingMethod
    point: ReportPoint
    steps: tuple[Step, ...]
    facts: tuple[Step, ...]
    at: Pairs = ()

    @property
    def values(self) -> Pairs:
        """What the theorem's gradient, and the weighted quantities, are for this method."""
        measure = Measure(Quantity.SQUARED_GRADIENT_NORM, self.point)
        return ((GRADIENT, measured(measure)), *self.at)


def by_theorem_g(bound: Bound, method: InClass) -> tuple[Step, ...]:
    """A bound as Theorem G at the numbers of its method."""
    terms, relations = theorem_g(method.row.numbers)
    supposed = conditions_of(bound)
    needed = tuple(
        _following(f"condition {name} of Theorem G", item.gts - item.lts, supposed)
        for name, item in zip(("i", "ii"), relations, strict=True)
    )
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
    """The derivation of a bound, as Theorem G, and of its tuned corollary.

    Args:
        name: of the proof's file.
        title: of the proof.
        bounds: the two to be derived.
        method: what both speak of.
        admissible: from the step that eta is at most the cap, the steps that show the conditions.
    """
    bound, tuned = bounds
    steps = by_theorem_g(bound, method)
    terms, _ = theorem_g(method.row.numbers)
    corollary = by_tuning(steps[-1], tuned, terms, cap=method.row.cap, admissible=admissible)
    return Proof(name, title, (*method.steps, *steps, *corollary), (steps[-1], corollary[-1]))


def _following(label: str, gap: sp.Expr, supposed: tuple[Step, ...]) -> Step:
    """A needed condition, from the first of the supposed ones that is at least as strong."""
    same = [item for item in supposed if item.gap == gap]
    enough = same or [item for item in supposed if nonnegative(gap - item.gap)]
    parts = tuple((1, item) for item in enough[:1])
    return Combination(label, "it is among the conditions supposed", gap, parts)
