"""Every derivation replays, states what its bound states, and breaks when the bound is altered."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sympy as sp

from theory import catalogue
from theory.assumptions import closure
from theory.bound import Bound, Standing
from theory.measures import Measure
from theory.proving.citations import establishes
from theory.proving.proof import proved, replay, with_lemmas
from theory.testing.planted_errors import fails, provers, score, stated

PROOFS = catalogue.proofs()
PROVED = [bound for bound in catalogue.bounds().values() if bound.standing is Standing.PROVED]
SPOKEN_OF = {bound.measure.report_point for bound in PROVED}
FILES = sorted({bound.proof for bound in PROVED if bound.proof is not None})


def weakened_conditions(bound: Bound) -> Iterator[tuple[str, Bound]]:
    """Each condition's constant weakened by 4, and each condition left out."""
    for place, relation in enumerate(bound.conditions):
        before, after = bound.conditions[:place], bound.conditions[place + 1 :]
        weaker = sp.Le(relation.lts / 4, relation.gts)
        yield f"{relation} / 4", replace(bound, conditions=(*before, weaker, *after))
        yield f"without {relation}", replace(bound, conditions=(*before, *after))


def overstated(bound: Bound) -> Iterator[tuple[str, Bound]]:
    """Each term left out, each assumption left out, each other report point."""
    for term in bound.terms:
        terms = tuple(item for item in bound.terms if item != term)
        yield f"without {term.name}", replace(bound, terms=terms)
    for assumption in bound.assumptions:
        rest = bound.assumptions - {assumption}
        yield f"without {assumption.name}", replace(bound, assumptions=rest)
    for point in SPOKEN_OF - {bound.measure.report_point}:
        measure = Measure(bound.measure.quantity, point)
        yield f"at {point.name}", replace(bound, measure=measure)


def bolder_steps(tuned: Bound) -> Iterator[tuple[str, Bound]]:
    """A corollary that claims its level for another step size than the one it was derived for."""
    for choice in tuned.step_size.args:
        others = [item for item in tuned.step_size.args if item != choice]
        yield f"4 x {choice}", replace(tuned, step_size=sp.Min(4 * choice, *others, evaluate=False))
        yield f"without {choice}", replace(tuned, step_size=sp.Min(*others, evaluate=False))


ALTERATIONS = (weakened_conditions, overstated)


@pytest.mark.parametrize("name", PROOFS)
def test_every_derivation_replays(name: str) -> None:
    failed = [
        f"{item.step.label}: {item.detail}" for item in replay(PROOFS[name]) if not item.holds
    ]
    assert not failed
    assert proved(PROOFS[name])


@pytest.mark.parametrize("name", PROOFS)
def test_a_derivation_bears_the_name_of_its_file(name: str) -> None:
    assert PROOFS[name].name == name


@pytest.mark.parametrize("name", PROOFS)
def test_what_is_cited_comes_first(name: str) -> None:
    order = [proof.name for proof in with_lemmas(PROOFS[name])]
    assert order[-1] == name
    assert len(order) == len(set(order))
    assert all(set(PROOFS[item].uses) <= set(order[:place]) for place, item in enumerate(order))


@pytest.mark.parametrize("name", PROOFS)
def test_every_step_says_what_it_shows_and_how(name: str) -> None:
    for step in PROOFS[name].steps:
        assert step.claim
        assert step.formula in step.how


def test_every_lemma_is_used() -> None:
    used = {name for proof in PROOFS.values() for name in proof.uses}
    assert {name for name, proof in PROOFS.items() if not stated(proof)} == used


@pytest.mark.parametrize("bound", PROVED, ids=lambda bound: bound.key)
def test_a_proved_bound_is_what_its_derivation_states(bound: Bound) -> None:
    assert bound.proof is not None
    assert establishes(PROOFS[bound.proof], bound)


def test_a_derivation_establishes_no_other_bound() -> None:
    assert not establishes(PROOFS["local_sgd_nonconvex"], PROVED[-1])


@pytest.mark.parametrize("name", FILES)
def test_a_theorem_assumes_what_its_derivation_uses(name: str) -> None:
    proof = PROOFS[name]
    used = frozenset(rule.assumption for rule in proof.rules if rule.assumption is not None)
    for bound in stated(proof):
        assert closure(used) == closure(bound.assumptions)


@pytest.mark.parametrize("name", provers())
def test_a_coefficient_or_an_exponent_altered_is_noticed(name: str) -> None:
    found = list(score(name))
    assert len(found) > 4 * len(stated(PROOFS[name]))
    assert not [item for item in found if not item.noticed_by]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("alter", ALTERATIONS, ids=lambda alter: alter.__name__)
def test_an_altered_theorem_is_not_derived(name: str, alter) -> None:
    survivors = [
        label for label, altered in alter(stated(PROOFS[name])[0]) if not fails(name, 0, altered)
    ]
    assert not survivors


@pytest.mark.parametrize("name", [name for name in FILES if len(stated(PROOFS[name])) > 1])
@pytest.mark.parametrize("alter", [*ALTERATIONS, bolder_steps], ids=lambda alter: alter.__name__)
def test_an_altered_corollary_is_not_derived(name: str, alter) -> None:
    survivors = [
        label for label, altered in alter(stated(PROOFS[name])[1]) if not fails(name, 1, altered)
    ]
    assert not survivors
