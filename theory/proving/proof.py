"""A derivation as a value, and its replay.

A step shows that one expression, its gap, is nonnegative, or zero where the step is an equation.
It may rest on earlier steps, on hypotheses, on lemmas and on the facts that axioms.py lists;
replaying a proof checks each step, and checks that it rests on nothing else. Means, sums over time
and expectations are linear functionals that preserve sign, so steps treat their values as numbers.

Two things are not checked here. The reader judges them from the printed proof: that a symbol
denotes the quantity in its name, and that the moments in a table are those of the mean that the
claim is about.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import sympy as sp

from theory.discovery import imported, is_reference, module
from theory.notation.plain_formula import plain
from theory.proving.axioms import Rule
from theory.proving.certificates import require_quadratic


@dataclass(frozen=True)
class Step(ABC):
    """One step of a derivation.

    Attributes:
        label: short name, unique in its proof; later steps refer to this step by it.
        claim: what is shown, in words for a reader.
        by: the underived facts that the step relies on.
    """

    label: str
    claim: str
    by: tuple[Rule, ...] = field(default=(), kw_only=True)

    @cached_property
    def gap(self) -> sp.Expr:
        """The larger side minus the smaller: shown to be nonnegative, or zero in an equation."""
        return self._gap()

    def flaw(self) -> str | None:
        """Returns why the step does not follow from its premises, None if it does. Never raises."""
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
        """True if the step shows that its gap is zero, not merely nonnegative."""
        return False

    @property
    def premises(self) -> tuple[Step, ...]:
        """The earlier steps that this one rests on."""
        return ()

    @property
    def lemma(self) -> str | None:
        """The name of the proof that this step cites; None if it cites none."""
        return None

    @property
    def defines(self) -> sp.Symbol | None:
        """The symbol that this step introduces; None if it introduces none."""
        return None

    @property
    def meanings(self) -> Mapping[sp.Symbol, sp.Expr]:
        """Maps a symbol to an expression that is 0 by the symbol's definition.

        The symbols are those that this step defines, and those whose definitions it takes over from
        a lemma. A replay compares these maps, so that no symbol gets two meanings in one proof.
        """
        return {} if self.defines is None else {self.defines: self.gap}

    @property
    def choices(self) -> frozenset[tuple[sp.Expr, sp.Expr]]:
        """Pairs of a symbol and the minimum of several numbers that the step takes it to equal."""
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
        """The statement of the step as a formula in plain text."""
        return f"{plain(self.gap)} {'=' if self.equation else '>='} 0"

    @property
    def how(self) -> str:
        """The formula of the step, the method that checks it, and the facts that it relies on."""
        relied_on = "".join(f"; relied on: {rule.statement}" for rule in self.by)
        return f"{self.formula}   ({self._method}{relied_on})"


@dataclass(frozen=True)
class Proof:
    """A derivation: steps from hypotheses to the theorems that it concludes.

    Attributes:
        name: the name of its file, without the suffix.
        title: what it shows, in one line.
        steps: the steps in order; each rests on earlier ones only.
        proves: the steps that other proofs may cite.
    """

    name: str
    title: str
    steps: tuple[Step, ...]
    proves: tuple[Step, ...]

    @property
    def uses(self) -> tuple[str, ...]:
        """The names of the lemmas that the proof cites, in order of first use."""
        return tuple(dict.fromkeys(step.lemma for step in self.steps if step.lemma is not None))

    @property
    def rules(self) -> frozenset[Rule]:
        """The underived facts that its conclusions rest on, including those of the lemmas."""
        return frozenset[Rule]().union(*(step.rules for step in self.proves))

    def conclusion(self, label: str) -> Step:
        """Returns the conclusion that other proofs cite under a label.

        Raises:
            ValueError: no conclusion has that label.
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
        step: the step that was replayed.
        holds: whether it follows from what was shown before it.
        detail: why it does not follow; empty where it does.
    """

    step: Step
    holds: bool
    detail: str = ""


def cited(name: str) -> Proof:
    """Returns the derivation of a name in theory/proofs, or that of a path/to/file.py:NAME.

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
    """Checks every step and returns the outcomes in order. Never raises.

    The step that cites a lemma replays that lemma's proof.
    """
    return tuple(_outcomes(proof))


def proved(proof: Proof) -> bool:
    """Returns whether a proof has conclusions and all steps hold; stops at the first that fails."""
    return bool(proof.proves) and all(outcome.holds for outcome in _outcomes(proof))


def with_lemmas(proof: Proof) -> tuple[Proof, ...]:
    """Returns a proof preceded by all proofs that it cites, directly or not, each once.

    Every proof stands after the lemmas that it cites.
    """
    found: dict[str, Proof] = {}
    for name in proof.uses:
        found |= {item.name: item for item in with_lemmas(cited(name))}
    return (*found.values(), proof)


def _outcomes(proof: Proof) -> Iterator[StepOutcome]:
    earlier: dict[Step, bool] = {}
    for step in proof.steps:
        # Premises come first: a step's own check takes for granted that they were shown.
        detail = _ungrounded(step, earlier) or step.flaw() or _ambiguous(step, earlier)
        earlier[step] = detail is None
        yield StepOutcome(step, detail is None, detail or "")
    for step in proof.proves:
        if step not in earlier:
            yield StepOutcome(step, False, "is concluded but is no step")


def _ungrounded(step: Step, earlier: dict[Step, bool]) -> str | None:
    """Returns why a step rests on something that was not shown before it, None if it does not."""
    if any(known.label == step.label for known in earlier):
        return f"a second step is labelled {step.label}"
    for premise in step.premises:
        if premise not in earlier:
            return f"rests on {premise.label}, which is no earlier step"
        if not earlier[premise]:
            return f"rests on {premise.label}, which does not hold"
    if step.defines is not None:
        # A definition may be chosen freely only as long as nothing is known of its symbol.
        shown = (known.gap for known, holds in earlier.items() if holds)
        if any(step.defines in gap.free_symbols for gap in shown):
            return f"defines {step.defines}, which was in use before"
    return None


def _ambiguous(step: Step, earlier: Mapping[Step, bool]) -> str | None:
    """Names a symbol to which a step gives another meaning than an earlier step did, if any."""
    meanings = step.meanings
    for known in [item for item, holds in earlier.items() if holds and meanings]:
        for symbol, meaning in known.meanings.items():
            if meanings.get(symbol, meaning) != meaning:
                return f"gives {symbol} another meaning than {known.label} did"
    return None


@lru_cache(maxsize=4096)
def _checked(step: Step) -> str | None:
    try:
        # Vectors are commuting scalars here, which is sound for quadratic forms only.
        require_quadratic(step.gap)
        return step._flaw()
    except Exception as error:  # sympy raises many kinds; whichever it is, nothing was shown
        return f"{type(error).__name__}: {error}"
