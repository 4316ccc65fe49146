"""The steps that cite: a lemma of another proof, an earlier conclusion, and the bound itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import sympy as sp
from typing_extensions import override

from theory.assumptions import closure
from theory.bound import Bound, Side
from theory.notation import GLOSSARY
from theory.notation.plain_formula import plain
from theory.proving.axioms import Rule
from theory.proving.certificates import misread, nonnegative, positive, vanishes
from theory.proving.inferences import Pairs
from theory.proving.proof import Proof, Step, cited, proved, replay
from theory.proving.quantities import measured
from theory.proving.steps import QUANTITIES

STEP_SIZE = GLOSSARY["step_size"].symbol
"""The symbol eta, the only one that a bound may take for the least of several numbers."""


@dataclass(frozen=True)
class Lemma(Step):
    """A conclusion of another proof, with values substituted for some of its symbols.

    Attributes:
        name: the name of the proof that is cited.
        at: pairs of a symbol and its value; the value must have the sign, and lie in the range,
            that the symbol is declared to have.
        given: the earlier steps that are the lemma's hypotheses at these values; a hypothesis that
            is certified nonnegative by itself needs none.
        of: the label of the conclusion; by default that is the name of the proof.
    """

    name: str
    at: Pairs = ()
    given: tuple[Step, ...] = ()
    of: str | None = None

    @property
    @override
    def equation(self) -> bool:
        return self._conclusion.equation

    @property
    def premises(self) -> tuple[Step, ...]:
        """The earlier steps that discharge the lemma's hypotheses."""
        return self.given

    @property
    @override
    def lemma(self) -> str:
        return self.name

    @property
    def rules(self) -> frozenset[Rule]:
        """The facts of the lemma's conclusion and of the steps that discharge its hypotheses."""
        return super().rules | self._conclusion.rules

    @property
    @override
    def choices(self) -> frozenset[tuple[sp.Expr, sp.Expr]]:
        return super().choices | self._conclusion.choices

    @property
    def meanings(self) -> Mapping[sp.Symbol, sp.Expr]:
        """The meanings of those symbols of the lemma that `at` renames, in the new names."""
        return _meanings(cited(self.name), self._conclusion, self.at)

    @property
    def _method(self) -> str:
        values = ", ".join(f"{plain(symbol)} = {plain(value)}" for symbol, value in self.at)
        given = ", ".join(f"({step.label})" for step in self.given)
        where, by = f" at {values}" if values else "", f"; by {given}" if given else ""
        return f"lemma {self.name}: {self._conclusion.label}{where}{by}"

    @property
    def _conclusion(self) -> Step:
        return cited(self.name).conclusion(self.of or self.name)

    def _at(self, expression: sp.Expr) -> sp.Expr:
        return _at(expression, self.at)

    def _is_fixed(self, symbol: sp.Symbol) -> bool:
        """True if a symbol of the lemma stands for one quantity, so that no value may replace it.

        A symbol that a step of the lemma defines may only get another name. A symbol of the
        glossary is fixed where the lemma rests on assumptions, which are about that constant.
        """
        if symbol in QUANTITIES:
            return any(rule.assumption is not None for rule in self._conclusion.rules)
        defined = symbol in {step.defines for step in cited(self.name).steps}
        return defined and not isinstance(dict(self.at)[symbol], sp.Symbol)

    def _gap(self) -> sp.Expr:
        return self._at(self._conclusion.gap)

    def _flaw(self) -> str | None:
        for outcome in replay(cited(self.name)):
            if not outcome.holds:
                return f"lemma {self.name} fails at {outcome.step.label}: {outcome.detail}"
        supposed = [item.gap for item in self._conclusion.hypotheses]
        # Each claim is compared with numbers, since sympy may get a substitution wrong.
        for gap in (self._conclusion.gap, *supposed):
            if misread(gap, dict(self.at), self._at(gap)):
                return f"{plain(gap)} is not {plain(self._at(gap))} at these values"
        known = self._conclusion.gap.free_symbols.union(*(gap.free_symbols for gap in supposed))
        for symbol, value in self.at:
            if symbol not in known:
                return f"lemma {self.name} does not speak of {plain(symbol)}"
            if not _admissible(symbol, sp.sympify(value)):
                return f"{plain(value)} may have the wrong sign for {plain(symbol)}"
            if not _within(symbol, sp.sympify(value)):
                return f"{plain(value)} may lie beyond the range of {plain(symbol)}"
            if self._is_fixed(symbol) and value != symbol:
                return f"lemma {self.name} gives {plain(symbol)} its meaning"
        return _undischarged((self._at(gap) for gap in supposed), self.given)


@dataclass(frozen=True)
class Applied(Step):
    """An earlier conclusion with its hypotheses discharged.

    Attributes:
        conclusion: the earlier step.
        given: the steps that show its hypotheses.
    """

    conclusion: Step
    given: tuple[Step, ...]

    @property
    def equation(self) -> bool:
        """True if the conclusion is an equation."""
        return self.conclusion.equation

    @property
    def premises(self) -> tuple[Step, ...]:
        """The conclusion and the steps that discharge its hypotheses."""
        return (self.conclusion, *self.given)

    @property
    def hypotheses(self) -> frozenset[Step]:
        """The hypotheses of the discharging steps alone; those of the conclusion are discharged."""
        return frozenset[Step]().union(*(item.hypotheses for item in self.given))

    @property
    def _method(self) -> str:
        given = ", ".join(f"({step.label})" for step in self.given)
        return f"({self.conclusion.label}), which supposes no more than {given}"

    def _gap(self) -> sp.Expr:
        return self.conclusion.gap

    def _flaw(self) -> str | None:
        return _undischarged((item.gap for item in self.conclusion.hypotheses), self.given)


@dataclass(frozen=True)
class Theorem(Step):
    """The statement of a bound, shown by an earlier step.

    That step may rest on the conditions and assumptions of the bound, and on no others.

    Attributes:
        bound: the upper bound that is concluded.
        premise: the step whose gap is the bound's expression minus the measure.
    """

    bound: Bound
    premise: Step

    @property
    def premises(self) -> tuple[Step, ...]:
        """The one step that shows the inequality of the bound."""
        return (self.premise,)

    @property
    def _method(self) -> str:
        return (
            f"({self.premise.label}), whose hypotheses are among the conditions of "
            f"{self.bound.key} and whose facts are among its assumptions"
        )

    def _gap(self) -> sp.Expr:
        return self.bound.expression - measured(self.bound.measure)

    def _flaw(self) -> str | None:
        if self.bound.side is not Side.UPPER:
            return f"{self.bound.key} is no upper bound"
        if not vanishes(self.gap - self.premise.gap):
            return f"({self.premise.label}) shows {self.premise.formula}"
        allowed = closure(self.bound.assumptions)
        assumed = {rule.assumption for rule in self.rules if rule.assumption is not None}
        for item in assumed - allowed:
            return f"{self.bound.key} does not assume {item.name}"
        # That eta is the least of several numbers may be used only if the bound fixes eta so.
        for taken in self.choices:
            if taken != (STEP_SIZE, self.bound.step_size):
                return f"{plain(taken[0])} is not what {self.bound.key} takes for the least"
        conditions = {item.gts - item.lts for item in self.bound.conditions}
        for step in self.premise.hypotheses:
            if step.gap not in conditions:
                return f"{step.label} is no condition of {self.bound.key}"
        return None


def establishes(proof: Proof, bound: Bound) -> bool:
    """Returns whether a proof replays and concludes a bound.

    A bound with its best step size also counts as concluded where the proof concludes the same
    bound for any step size, since substituting a step size proves nothing new.
    """
    stated = [step.bound for step in proof.proves if isinstance(step, Theorem)]
    free = [item for item in stated if "step_size" in item.parameters]
    if bound.step_size is not None:
        stated += [item.at(bound.key, bound.title, step_size=bound.step_size) for item in free]
    return bound in stated and proved(proof)


def _admissible(symbol: sp.Symbol, value: sp.Expr) -> bool:
    """Whether a value is certified to have the sign that a symbol is declared to have.

    The value must be whole where the symbol is declared an integer.
    """
    if symbol.is_integer and not value.is_integer:
        return False
    if symbol.is_positive:
        return positive(value)
    return nonnegative(value) if symbol.is_nonnegative else bool(value.is_real)


def _within(symbol: sp.Symbol, value: sp.Expr) -> bool:
    """Whether a value is at most, or where required below, 1 if the range of the symbol ends there.

    Certificates use no other upper end of a range; see _slack in certificates.py.
    """
    row = GLOSSARY.get(symbol.name)
    if row is None or row.symbol != symbol or (row.low, row.high) != (0, 1):
        return True
    return positive(1 - value) if row.open_high else nonnegative(1 - value)


def _at(expression: sp.Expr, values: Pairs) -> sp.Expr:
    return expression.subs(dict(values), simultaneous=True)


# A replay asks every step for the meanings of every earlier one, and mutants share most steps.
@lru_cache(maxsize=4096)
def _meanings(lemma: Proof, conclusion: Step, at: Pairs) -> dict[sp.Symbol, sp.Expr]:
    """Returns the meanings of those symbols of a lemma that are renamed, in the new names."""
    supposed = (item.gap.free_symbols for item in conclusion.hypotheses)
    spoken = conclusion.gap.free_symbols.union(*supposed)
    found = _merged(step.meanings for step in lemma.steps)
    values = {symbol: _at(symbol, at) for symbol in spoken & found.keys()}
    return {
        value: _at(found[symbol], at)
        for symbol, value in values.items()
        if isinstance(value, sp.Symbol)
    }


def _merged(meanings: Iterable[Mapping[sp.Symbol, sp.Expr]]) -> dict[sp.Symbol, sp.Expr]:
    return {symbol: meaning for each in meanings for symbol, meaning in each.items()}


def _undischarged(supposed: Iterable[sp.Expr], given: tuple[Step, ...]) -> str | None:
    """Returns why some hypothesis is neither nonnegative by itself nor given, None if all are."""
    for gap in supposed:
        # Cheap tests first: equal form, then the given steps in the same symbols.
        if any(gap == step.gap for step in given):
            continue
        alike = [step for step in given if step.gap.free_symbols == gap.free_symbols]
        others = [step for step in given if step not in alike]
        if not (_among(gap, alike) or nonnegative(gap) or _among(gap, others)):
            return f"the hypothesis {plain(gap)} >= 0 is not discharged"
    return None


def _among(gap: sp.Expr, given: Iterable[Step]) -> bool:
    return any(vanishes(gap - step.gap) for step in given)
