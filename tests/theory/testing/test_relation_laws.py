from dataclasses import replace

import pytest
import sympy as sp

from theory import catalogue
from theory.bound import Term
from theory.comparison.reductions import Reduction, Relation, at
from theory.testing.relation_laws import (
    ReductionEvidence,
    a_corollary_follows,
    a_reduction_holds,
    theorem_of,
)

LOCAL = catalogue.lookup("local_sgd.nonconvex")
MINIBATCH = catalogue.lookup("minibatch_sgd.nonconvex")
ONE_STEP = Reduction(LOCAL.key, MINIBATCH.key, "one step a round", at=at(local_steps=1))


def with_term(bound, index, factor):
    terms = list(bound.terms)
    terms[index] = Term(terms[index].name, factor * terms[index].expression)
    return replace(bound, terms=tuple(terms))


def test_an_identity_is_certified():
    assert a_reduction_holds(ONE_STEP, LOCAL, MINIBATCH) is ReductionEvidence.SYMBOLIC


@pytest.mark.parametrize("index", range(2))
def test_a_planted_constant_breaks_it(index):
    wrong = with_term(LOCAL, index, sp.Rational(101, 100))
    with pytest.raises(AssertionError, match="fails at"):
        a_reduction_holds(ONE_STEP, wrong, MINIBATCH)


def test_at_most_has_a_direction():
    at_most = replace(ONE_STEP, relation=Relation.AT_MOST)
    less = with_term(LOCAL, 0, sp.Rational(1, 2))
    assert a_reduction_holds(at_most, less, MINIBATCH) is ReductionEvidence.SYMBOLIC
    with pytest.raises(AssertionError, match="fails at"):
        a_reduction_holds(at_most, MINIBATCH, less)


def test_what_no_certificate_reaches_is_tried_at_random():
    quantised = catalogue.lookup("dq_sgd.nonconvex")
    claim = Reduction(
        quantised.key,
        MINIBATCH.key,
        "no rounding",
        at=at(level_spacing=0),
        relation=Relation.AT_MOST,
    )
    assert a_reduction_holds(claim, quantised, MINIBATCH) is ReductionEvidence.NUMERIC
    with pytest.raises(AssertionError, match="fails at"):
        a_reduction_holds(replace(claim, relation=Relation.EQUAL), quantised, MINIBATCH)


def test_bounds_on_different_things_do_not_reduce():
    convex = catalogue.lookup("minibatch_sgd.convex")
    with pytest.raises(AssertionError, match="the measures differ"):
        a_reduction_holds(ONE_STEP, LOCAL, convex)


BOUNDS = catalogue.bounds()
COROLLARIES = [item for item in BOUNDS.values() if theorem_of(item, BOUNDS)]


@pytest.mark.parametrize("corollary", COROLLARIES, ids=lambda item: item.key)
def test_every_corollary_follows_from_its_theorem(corollary):
    a_corollary_follows(theorem_of(corollary, BOUNDS), corollary)


def test_corollaries_find_their_theorems():
    found = {item.key: theorem_of(item, BOUNDS).key for item in COROLLARIES}
    assert found["local_sgd.nonconvex.linear_speedup"] == "local_sgd.nonconvex"
    speedup = "local_sgd.nonconvex_homogeneous.wang2021_linear_speedup"
    assert found[speedup] == "local_sgd.nonconvex_homogeneous.wang2021"
    assert len(found) > 25
    assert theorem_of(LOCAL, BOUNDS) is None
    assert theorem_of(catalogue.lookup("minibatch_sgd.convex.order"), BOUNDS) is None


def test_a_corollary_that_promises_too_much_is_caught():
    tuned = catalogue.lookup("minibatch_sgd.nonconvex.tuned")
    with pytest.raises(AssertionError, match="promises more than"):
        a_corollary_follows(MINIBATCH, with_term(tuned, 0, sp.Rational(1, 4)))
    with pytest.raises(AssertionError, match="is not admissible"):
        a_corollary_follows(MINIBATCH, replace(tuned, step_size=2 * tuned.step_size))
