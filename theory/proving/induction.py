"""The step of a derivation that concludes by induction, from n to n + 1."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from theory.notation import GLOSSARY
from theory.notation.plain_formula import plain
from theory.proving.certificates import nonnegative, vanishes
from theory.proving.inferences import Pairs
from theory.proving.proof import Step
from theory.proving.steps import Hypothesis

_GIVEN = frozenset(row.symbol for row in GLOSSARY.values())
"""The symbols of the glossary, which are given constants and so cannot be an index."""


@dataclass(frozen=True)
class Induction(Step):
    """A claim that holds at 0, and at n + 1 whenever it holds at n, holds at every n.

    Attributes:
        supposed: the claim at n, as the hypothesis that the inductive step rests on.
        onward: the inductive step, which shows the claim at n + 1; whatever else it supposes must
            hold at every n.
        index: n, a symbol that counts 0, 1, 2, ...
        initial: the values at n = 0 of those symbols of the claim that depend on n.
        following: the names of the same symbols at n + 1, each a new symbol that does not occur in
            the claim at n.
    """

    supposed: Hypothesis
    onward: Step
    index: sp.Symbol
    initial: Pairs
    following: Pairs

    @property
    def premises(self) -> tuple[Step, ...]:
        """The hypothesis that the claim holds at n, and the inductive step."""
        return (self.supposed, self.onward)

    @property
    def hypotheses(self) -> frozenset[Step]:
        """The hypotheses of the inductive step other than the claim at n, which is discharged."""
        return self.onward.hypotheses - {self.supposed}

    @property
    def _method(self) -> str:
        index = plain(self.index)
        return (
            f"by induction: certified at {index} = 0, and ({self.onward.label}) from {index} on to "
            f"{index} + 1"
        )

    def _gap(self) -> sp.Expr:
        return self.supposed.gap

    def _flaw(self) -> str | None:
        claim = self.supposed.gap
        if not self.index.is_integer or self.index.is_positive or self.index in _GIVEN:
            return f"{plain(self.index)} does not count 0, 1, 2, ..."
        # The inductive step is used at every n, so its other hypotheses may not depend on n.
        for step in self.hypotheses:
            if self.index in step.gap.free_symbols:
                return f"({step.label}) may not hold at every {plain(self.index)}"
        fresh = {symbol for _, symbol in self.following}
        if not all(isinstance(symbol, sp.Symbol) for symbol in fresh) or len(fresh) < len(
            self.following
        ):
            return "what follows is no symbol of its own"
        if fresh & claim.free_symbols:
            return f"({self.supposed.label}) speaks of what follows"
        if {symbol for symbol, _ in self.initial} != {symbol for symbol, _ in self.following}:
            return "what changes has no value at 0, or none at the next"
        first = claim.subs({self.index: 0, **dict(self.initial)}, simultaneous=True)
        if not nonnegative(first):
            return f"at {plain(self.index)} = 0, {plain(first)} is not certified nonnegative"
        later = {self.index: self.index + 1, **dict(self.following)}
        if not vanishes(self.onward.gap - claim.subs(later, simultaneous=True)):
            return f"({self.onward.label}) is not the claim at {plain(self.index)} + 1"
        return None
