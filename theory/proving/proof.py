"""A derivation as a value, and its replay.

A step shows that one expression, its gap, is nonnegative, or zero where the step is an equation.
It may rest on earlier steps, on hypotheses, on lemmas and on the facts that axioms.py lists;
replaying checks each step and that it rests on nothing else. Means, sums over time and
expectations are linear functionals that keep sign, so steps speak of them as of numbers.

Two things stay with the reader, who finds them printed: that a symbol is what its name says, and
that the moments in a table are those of the mean that the claim speaks of.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import sympy as sp

from theory.discovery import imported, is_reference, module
from theory.proving.axioms import Rule
from theory.proving.certificates import require_quadratic
from theory.proving.plain_text import plain


@dataclass(frozen=True)
class Step(ABC):
    """One step of a derivation.

    Attributes:
        label: short name, unique in its proof; later steps print it.
        claim: what is shown, as a reader follows it.
        by: the underived facts that it takes for granted.
    """

    label: str
    claim: str
    by: tuple[Rule, ...] = field(default=(), kw_only=True)

    @cached_property
    def gap(self) -> sp.Expr:
        """What is shown to be nonnegative, or zero: the larger side less the smaller."""
        return self._gap()

    def flaw(self) -> str | None:
        """Why the step does not follow from its premises; None where it does. Never raises."""
        return _checked(self)

    @abstractmethod
    def _gap(self) -> sp.Expr: ...

    @abstractmethod
    def _flaw(self) -> str | None: ...

    @property
    @abstractmethod
    def _method(self) -> str: ...

    @property
    def equation(self) -> bool:
        """Whether the gap is zero, not merely nonnegative."""
        return False

    @property
    def premises(self) -> tuple[Step, ...]:
        """The earlier steps that this one rests on."""
        return ()

    @property
    def lemma(self) -> str | None:
        """Name of the proof that this step cites."""
        return None

    @property
    def defines(self) -> sp.Symbol | None:
        """The symbol that this step introduces."""
        return None

    @property
    def meanings(self) -> Mapping[sp.Symbol, sp.Expr]:
        """The symbols that this step gives a meaning, or carries over with one: its gap is 0."""
        return {} if self.defines is None else {self.defines: self.gap}

    @property
    def choices(self) -> frozenset[tuple[sp.Expr, sp.Expr]]:
        """What this step takes for the least of several numbers, and that least."""
        return frozenset[tuple[sp.Expr, sp.Expr]]().union(*(item.choices for item in self.premises))

    @property
    def hypotheses(self) -> frozenset[Step]:
        """The undischarged hypotheses that this step rests on."""
        return frozenset[Step]().union(*(item.hypotheses for item in self.premises))

    @property
    def rules(self) -> frozenset[Rule]:
        """The underived facts that this step rests on."""
        return frozenset(self.by).union(*(item.rules for item in self.premises))

    @property
    def formula(self) -> str:
        """What is shown, as a formula."""
        return f"{plain(self.gap)} {'=' if self.equation else '>='} 0"

    @property
    def how(self) -> str:
        """What is shown as a formula, how that was checked, and what is relied on."""
        relied_on = "".join(f"; relied on: {rule.statement}" for rule in self.by)
        return f"{self.formula}   ({self._method}{relied_on})"


@dataclass(frozen=True)
class Proof:
    """A derivation: steps from hypotheses to the theorems that it concludes.

    Attributes:
        name: its file name.
        title: what it shows, in one line.
        steps: in order; each rests on earlier ones only.
        proves: the steps that others may cite.
    """

    name: str
    title: str
    steps: tuple[Step, ...]
    proves: tuple[Step, ...]

    @property
    def uses(self) -> tuple[str, ...]:
        """Names of the lemmas that it cites, in order of first use."""
        return tuple(dict.fromkeys(step.lemma for step in self.steps if step.lemma is not None))

    @property
    def rules(self) -> frozenset[Rule]:
        """The underived facts that its conclusions rest on, lemmas included."""
        return frozenset[Rule]().union(*(step.rules for step in self.proves))

    def conclusion(self, label: str) -> Step:
        """The step that others cite under a label.

        Raises:
            ValueError: no such conclusion.
        """
        for step in self.proves:
            if step.label == label:
                return step
        labels = ", ".join(step.label for step in self.proves)
        raise ValueError(f"{self.name} proves {labels}, not {label}")


@dataclass(frozen=True)
class StepOutcome:
    """One step of a proof after its replay: what it states, and whether it holds.

    Attributes:
        step: which one.
        holds: whether it follows.
        detail: why not; empty where it holds.
    """

    step: Step
    holds: bool
    detail: str = ""


def cited(name: str) -> Proof:
    """The derivation in theory/proofs that bears a name, or path/to/file.py:NAME of one's own.

    Raises:
        ValueError: there is none; the message names the nearest ones.
    """
    if is_reference(name):
        file, attribute = imported(name)
        found = vars(file).get(attribute)
    else:
        found = module("theory.proofs", name).PROOF
    if not isinstance(found, Proof):
        raise ValueError(f"{name} is no Proof")
    return found


@lru_cache(maxsize=1024)
def replay(proof: Proof) -> tuple[StepOutcome, ...]:
    """Checks every step; a lemma is replayed by the step that cites it. Never raises."""
    return tuple(_outcomes(proof))


def proved(proof: Proof) -> bool:
    """Whether it has conclusions and every step replays; stops at the first that does not."""
    return bool(proof.proves) and all(outcome.holds for outcome in _outcomes(proof))


def with_lemmas(proof: Proof) -> tuple[Proof, ...]:
    """A proof preceded by all that it cites, directly or not, each once, lemmas first."""
    found: dict[str, Proof] = {}
    for name in proof.uses:
        found |= {item.name: item for item in with_lemmas(cited(name))}
    return (*found.values(), proof)


def _outcomes(proof: Proof) -> Iterator[StepOutcome]:
    earlier: dict[Step, bool] = {}
    for step in proof.steps:
        detail = _ungrounded(step, earlier) or step.flaw() or _ambiguous(step, earlier)
        earlier[step] = detail is None
        yield StepOutcome(step, detail is None, detail or "")
    for step in proof.proves:
        if step not in earlier:
            yield StepOutcome(step, False, "is concluded but is no step")


def _ungrounded(step: Step, earlier: dict[Step, bool]) -> str | None:
    """Why a step rests on something that was not shown before it."""
    if any(known.label == step.label for known in earlier):
        return f"a second step is labelled {step.label}"
    for premise in step.premises:
        if premise not in earlier:
            return f"rests on {premise.label}, which is no earlier step"
        if not earlier[premise]:
            return f"rests on {premise.label}, which does not hold"
    if step.defines is not None:
        shown = (known.gap for known, holds in earlier.items() if holds)
        if any(step.defines in gap.free_symbols for gap in shown):
            return f"defines {step.defines}, which was in use before"
    return None


def _ambiguous(step: Step, earlier: Mapping[Step, bool]) -> str | None:
    """Which symbol a step that holds gives another meaning than an earlier one did."""
    meanings = step.meanings
    for known in [item for item, holds in earlier.items() if holds and meanings]:
        for symbol, meaning in known.meanings.items():
            if meanings.get(symbol, meaning) != meaning:
                return f"gives {symbol} another meaning than {known.label} did"
    return None


@lru_cache(maxsize=4096)
def _checked(step: Step) -> str | None:
    try:
        require_quadratic(step.gap)
        return step._flaw()
    except Exception as error:  # sympy raises many kinds; whichever it is, nothing was shown
        return f"{type(error).__name__}: {error}"
