"""What is planted, and that a derivation which does not read its bound is told on."""

import json

import pytest

from theory.catalogue import lookup
from theory.cli.app import mutate
from theory.notation import symbols
from theory.testing import planted_errors


def test_every_term_is_altered_in_coefficient_and_every_exponent():
    K, R, eta, Delta = symbols("local_steps", "num_rounds", "step_size", "initial_gap")
    theorem = lookup("local_sgd.nonconvex")
    found = dict(planted_errors.altered_terms(theorem))
    term = found["optimisation / 4"].terms[0].expression
    assert term == Delta / (2 * eta * K * R)
    assert found["optimisation x num_rounds"].terms[0].expression == 2 * Delta / (eta * K)
    assert len(found) >= sum(1 + 2 * len(t.expression.free_symbols) for t in theorem.terms)


def test_summands_within_a_term_are_altered_too():
    found = dict(planted_errors.altered_terms(lookup("overlap_local_sgd.nonconvex")))
    assert sum("noise drift with" in what for what in found) >= 2


def test_an_error_that_breaks_the_units_needs_no_replay():
    noticed = {
        item.what: item.noticed_by for item in planted_errors.score("minibatch_sgd_nonconvex")
    }
    assert noticed["statistical x gradient_noise"] == "units"
    assert noticed["statistical / 4"] == "proof"
    assert noticed["statistical / num_workers"] == "proof"


def test_a_derivation_that_does_not_read_its_bound_is_told_on(monkeypatch, capsys):
    monkeypatch.setattr(planted_errors, "proved", lambda proof: True)
    assert mutate("minibatch_sgd_nonconvex", as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["planted"] > 30
    alterations = [row["alteration"] for row in found["survivors"]]
    assert "optimisation / 4" in alterations
    assert mutate("minibatch_sgd_nonconvex") == 1
    assert "survives: minibatch_sgd.nonconvex, optimisation / 4" in capsys.readouterr().out


def test_one_bound_of_a_proof_may_be_asked_for(capsys):
    assert mutate("minibatch_sgd.nonconvex.tuned") == 0
    assert "in 1 proofs" in capsys.readouterr().out
    with pytest.raises(ValueError, match="no bound"):
        mutate("minibatch")
