import pytest

from theory import catalogue
from theory.comparison.reduction_table import REDUCTIONS, between
from theory.testing.relation_laws import ReductionEvidence, a_reduction_holds

_TRIED = {
    ("sketched_sgd.nonconvex", "compressed.nonconvex.error_feedback"),
    ("compressed.nonconvex.unbiased", "minibatch_sgd.nonconvex"),
    ("dq_sgd.nonconvex", "minibatch_sgd.nonconvex"),
    ("local_sgd.convex_at_optimum", "local_sgd.convex_at_optimum.khaled2020"),
    ("local_sgd.nonconvex.tuned", "decentralized_sgd.nonconvex.tuned"),
    ("cocod_sgd.nonconvex.tuned", "oldsgd.nonconvex.tuned"),
}
"""Those that no certificate reaches: tried at random numbers."""


@pytest.mark.parametrize("reduction", REDUCTIONS, ids=str)
def test_every_reduction_holds(reduction):
    first, second = catalogue.lookup(reduction.first), catalogue.lookup(reduction.second)
    evidence = a_reduction_holds(reduction, first, second)
    tried = (reduction.first, reduction.second) in _TRIED
    assert tried or evidence is ReductionEvidence.SYMBOLIC


def test_no_reduction_stands_twice():
    claims = [
        (item.first, item.second, item.at, item.first_at, item.second_at) for item in REDUCTIONS
    ]
    assert len(set(claims)) == len(claims)


def test_what_is_known_of_two_theorems_is_said_in_words():
    pair = ("minibatch_sgd.nonconvex", "local_sgd.nonconvex")
    said = between(*pair)
    assert said == between(*reversed(pair))
    assert (
        "local_sgd.nonconvex is minibatch_sgd.nonconvex at local_steps=1: one step a round" in said
    )
    assert between("minibatch_sgd.nonconvex", "minibatch_sgd.convex") == []
