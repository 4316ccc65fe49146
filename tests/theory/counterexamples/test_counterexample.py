"""What stands as REFUTED is refuted by an instance that re-runs, and what amends it is not."""

import json
from dataclasses import replace

import pytest

from theory import catalogue
from theory.bound import ConditionError, Standing, Term
from theory.cli.app import prove, show
from theory.counterexamples.counterexample import replay, stored
from theory.notation.letters import L

REFUTED = [item for item in catalogue.bounds().values() if item.standing is Standing.REFUTED]
EVERY = pytest.mark.parametrize("bound", REFUTED, ids=lambda bound: bound.key)
SHORT_STEPS = pytest.mark.parametrize(
    "bound",
    [item for item in REFUTED if set().union(*(c.free_symbols for c in item.conditions)) >= {L}],
    ids=lambda bound: bound.key,
)


def test_what_is_refuted_names_its_counterexample_and_nothing_else_does():
    for bound in catalogue.bounds().values():
        assert (bound.refutation is not None) == (bound.standing is Standing.REFUTED), bound.key
        assert (bound.amended is not None) == (bound.standing is Standing.REFUTED), bound.key
    assert {bound.key for bound in REFUTED} >= {
        "dq_sgd.nonconvex.as_read",
        "dq_sgd.strongly_convex.as_read",
        "sketched_sgd.heavymix.selected.as_read",
        "sketched_sgd.heavymix.contraction.as_read",
        "slowmo.nonconvex.as_read",
    }


@EVERY
def test_every_counterexample_re_runs(bound):
    found = replay(stored(bound.refutation), bound)
    assert found.refutes
    assert found.attained > 1.01 * found.promised


@EVERY
def test_what_amends_it_holds_there(bound):
    amended = catalogue.lookup(bound.amended)
    assert amended.standing is not Standing.REFUTED
    assert (amended.measure, amended.algorithm) == (bound.measure, bound.algorithm)
    instance = stored(bound.refutation)
    if amended.evaluate(**{name: instance.values[name] for name in amended.parameters}).holds:
        assert not replay(instance, amended).refutes
    else:  # what was amended is a condition
        assert amended.terms == bound.terms
        with pytest.raises(ConditionError):
            replay(instance, amended)


@SHORT_STEPS
def test_an_instance_outside_the_conditions_refutes_nothing(bound):
    instance = stored(bound.refutation)
    steep = replace(instance, values={**instance.values, "smoothness": 1e3})
    with pytest.raises(ConditionError):
        replay(steep, bound)


def test_rounding_refutes_nothing():
    bound = REFUTED[0]
    instance = stored(bound.refutation)
    just = replay(instance, bound).promised
    assert not replay(replace(instance, attained=lambda: just * (1 + 1e-12)), bound).refutes
    assert replay(replace(instance, attained=lambda: just * (1 + 1e-6)), bound).refutes


def test_the_numbers_are_those_of_the_catalogue():
    bound = catalogue.lookup("dq_sgd.strongly_convex.as_read")
    found = replay(stored(bound.refutation), bound)
    assert found.attained == pytest.approx(1.36, rel=1e-15)
    assert found.promised == pytest.approx(4 / 3, rel=1e-14)


def test_prove_replays_a_counterexample(capsys):
    assert prove("dq_sgd.strongly_convex.as_read", as_json=True) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert row["verdict"] == "REFUTED"
    assert row["attained"] == pytest.approx(1.36)
    assert row["amended"] == "dq_sgd.strongly_convex"
    assert prove("dq_sgd.nonconvex.as_read") == 0
    assert "attained 0.38, promised 0.35088" in capsys.readouterr().out


def test_a_counterexample_that_no_longer_refutes_fails(monkeypatch, capsys):
    bound = catalogue.lookup("dq_sgd.nonconvex.as_read")
    doubled = tuple(Term(term.name, 2 * term.expression) for term in bound.terms)
    monkeypatch.setattr(catalogue, "lookup", lambda key: replace(bound, terms=doubled))
    assert prove(bound.key) == 1
    assert "NOT REFUTED" in capsys.readouterr().out


def test_show_tells_the_counterexample(capsys):
    assert show("dq_sgd.strongly_convex.as_read") == 0
    said = capsys.readouterr().out
    assert "attained 1.36, promised 1.3333" in said
    assert "amended in dq_sgd.strongly_convex" in said
