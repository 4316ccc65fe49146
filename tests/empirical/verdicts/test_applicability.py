"""What an experiment knows of a bound's parameters, and which bounds apply to it."""

from dataclasses import replace

import numpy as np
import pytest

from empirical.algorithms.averaging.decentralized_sgd import DecentralizedSGD
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.algorithms.wrappers.compressed import Compressed
from empirical.components.error_feedback import Feedback
from empirical.components.inner_rule import Nesterov, Plain, WeightDecay
from empirical.components.topology import Exponential, Ring
from empirical.compressors.rand_k import RandK
from empirical.experiments.experiment import Experiment
from empirical.problems.hard_instances.one_sided_camps import OneSidedCamps
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.problems.synthetic.tilted import Tilted
from empirical.problems.synthetic.two_camps import TwoCamps
from empirical.verdicts.applicability import (
    Applied,
    applied,
    at_best_step_size,
    function_mismatch,
    known_values,
    method_mismatch,
)
from empirical.verdicts.level import judge_level
from empirical.verdicts.verdict import Outcome
from theory.bound import Bound
from theory.catalogue import lookup

PROBLEM = Quadratic(num_workers=8, size=12)


def experiment(algorithm):
    return Experiment(algorithm=algorithm, problem=PROBLEM, num_rounds=3)


def test_gossip_knows_how_fast_it_mixes():
    theorem = lookup("decentralized_sgd.nonconvex")
    ring = experiment(DecentralizedSGD(local_steps=2, step_size=0.1, topology=Ring()))
    assert known_values(theorem, ring)["mixing_rate"] == pytest.approx(0.8047, abs=1e-4)
    turning = experiment(DecentralizedSGD(local_steps=2, step_size=0.1, topology=Exponential()))
    assert "mixing_rate" not in known_values(theorem, turning)


class Alternating(Ring):
    """A ring at every other communication, all with all in between: symmetric, but two matrices."""

    def period(self, num_workers):
        return 2

    def weights(self, num_workers, communication):
        return None if communication % 2 else super().weights(num_workers, 0)


def test_two_symmetric_matrices_in_turn_have_no_one_rate():
    theorem = lookup("decentralized_sgd.nonconvex")
    turning = experiment(DecentralizedSGD(local_steps=2, step_size=0.1, topology=Alternating()))
    assert "mixing_rate" not in known_values(theorem, turning)


def test_a_compressor_tells_its_variance():
    theorem = lookup("compressed.nonconvex.unbiased")
    base = MinibatchSGD(local_steps=2, step_size=0.1)
    rare = RandK(kept=3, unbiased_scaling=True)
    compressed = Compressed(base=base, compressor=rare, feedback=Feedback.NONE)
    known = known_values(theorem, experiment(compressed))
    assert known["compression_variance"] == 12 / 3 - 1
    assert known["down_compression_variance"] == 0


def test_a_bound_may_hold_for_one_choice_only():
    theorem = lookup("compressed.nonconvex.unbiased")
    base = MinibatchSGD(local_steps=2, step_size=0.1)
    rare = RandK(kept=3, unbiased_scaling=True)
    with_memory = Compressed(base=base, compressor=rare, feedback=Feedback.ERROR)
    without = Compressed(base=base, compressor=rare, feedback=Feedback.NONE)
    assert method_mismatch(theorem, with_memory) == "it holds for feedback=NONE only"
    assert method_mismatch(theorem, without) is None
    local = LocalSGD(local_steps=2, step_size=0.1)
    assert "it speaks of compressed" in method_mismatch(theorem, local)


OVERLAP = Experiment(
    algorithm=OverlapLocalSGD(
        local_steps=4, step_size=0.1, pullback=0.6, inner_rule=WeightDecay(0.1, Nesterov(0.9))
    ),
    problem=Tilted(num_workers=4, heterogeneity=1.0),
    num_rounds=10,
)


def test_known_values_are_what_a_bound_asks_for():
    theorem = lookup("overlap_local_sgd.nonconvex")
    assert set(known_values(theorem, OVERLAP)) == set(theorem.parameters)
    with pytest.raises(ValueError, match="it holds for plain SGD steps only; give a number"):
        at_best_step_size(OVERLAP, theorem)
    plain = replace(OVERLAP, algorithm=replace(OVERLAP.algorithm, inner_rule=Plain()))
    tuned = at_best_step_size(plain, theorem)
    best = theorem.value(**known_values(theorem, tuned))
    half = replace(tuned.algorithm, step_size=0.5 * tuned.algorithm.step_size)
    slower = replace(tuned, algorithm=half)
    assert best < theorem.value(**known_values(theorem, slower))


def test_a_bound_that_applies_is_evaluated_once(monkeypatch):
    theorem = lookup("local_sgd.nonconvex")
    run = replace(OVERLAP, algorithm=LocalSGD(local_steps=4, step_size=0.01))
    calls, value = [], Bound.value
    monkeypatch.setattr(Bound, "value", lambda *a, **k: calls.append(k) or value(*a, **k))
    found = applied(theorem, run, {"squared_gradient_norm": np.ones(20)})
    assert isinstance(found, Applied)
    judge_level(theorem, run, {name: np.ones(20) for name in MEASURED})
    assert len(calls) == 2, "once for each question"
    assert found.promised == value(theorem, **found.values)


MEASURED = ("squared_gradient_norm", "dissimilarity")


@pytest.mark.parametrize(
    ("key", "problem", "words"),
    [
        ("local_sgd.convex_heterogeneous", Tilted(num_workers=3), "every f_m convex"),
        ("local_sgd.convex_homogeneous", OneSidedCamps(num_workers=2), "one function for all"),
        ("local_sgd.quadratic", OneSidedCamps(num_workers=2), "quadratic with one Hessian"),
        ("local_sgd.quadratic", TwoCamps(num_workers=2, second=0.5), "quadratic with one Hessian"),
        ("minibatch_sgd.convex", TwoCamps(num_workers=2, second=-0.5), None),
        ("local_sgd.convex_heterogeneous", OneSidedCamps(num_workers=2), None),
        (
            "local_sgd.heterogeneous_quadratics.fixed_point",
            TwoCamps(num_workers=2, second=0.5, gradient_noise=0.1),
            "exact gradients",
        ),
    ],
)
def test_a_bound_that_assumes_more_is_silent(key, problem, words):
    reason = function_mismatch(lookup(key), problem)
    assert (reason is None) if words is None else (words in reason)


def test_a_convex_bound_judges_no_other_problem():
    """A level far above the bound, which convex functions could not attain."""
    theorem = lookup("local_sgd.convex_heterogeneous")
    method = LocalSGD(local_steps=2, step_size=0.1)
    measures = dict.fromkeys(("suboptimality", "squared_gradient_norm"), np.full(20, 1e3))
    measures["dissimilarity"] = np.zeros(20)
    camps = TwoCamps(num_workers=4, second=1.0, tilt=0.3)
    for problem, outcome in (
        (Tilted(num_workers=4, heterogeneity=0.5), Outcome.INAPPLICABLE),
        (replace(camps, second=-0.5), Outcome.INAPPLICABLE),
        (camps, Outcome.VIOLATED),
    ):
        experiment = Experiment(algorithm=method, problem=problem, num_rounds=10)
        verdict = judge_level(theorem, experiment, measures)
        assert verdict.outcome is outcome, verdict.sentence
    assert (
        "not known to have every f_m convex"
        in judge_level(
            theorem,
            Experiment(algorithm=method, problem=Tilted(num_workers=4), num_rounds=10),
            measures,
        ).sentence
    )
