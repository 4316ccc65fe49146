"""What an experiment knows of a bound's parameters, and which bounds speak of it."""

import pytest

from empirical.algorithms.averaging.decentralized_sgd import DecentralizedSGD
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.algorithms.wrappers.compressed import Compressed
from empirical.components.error_feedback import Feedback
from empirical.components.topology import Exponential, Ring
from empirical.compressors.rand_k import RandK
from empirical.experiments.experiment import Experiment
from empirical.problems.synthetic.quadratic import Quadratic
from theory.catalogue import bound

PROBLEM = Quadratic(num_workers=8, size=12)


def experiment(algorithm):
    return Experiment(algorithm=algorithm, problem=PROBLEM, num_rounds=3)


def test_gossip_knows_how_fast_it_mixes():
    theorem = bound("decentralized_sgd.nonconvex")
    ring = experiment(DecentralizedSGD(local_steps=2, step_size=0.1, topology=Ring()))
    assert ring.symbol_values(theorem)["mixing_rate"] == pytest.approx(0.8047, abs=1e-4)
    turning = experiment(DecentralizedSGD(local_steps=2, step_size=0.1, topology=Exponential()))
    assert "mixing_rate" not in turning.symbol_values(theorem)


class Alternating(Ring):
    """A ring at every other communication, all with all in between: symmetric, but two matrices."""

    def period(self, num_workers):
        return 2

    def weights(self, num_workers, communication):
        return None if communication % 2 else super().weights(num_workers, 0)


def test_two_symmetric_matrices_in_turn_have_no_one_rate():
    theorem = bound("decentralized_sgd.nonconvex")
    turning = experiment(DecentralizedSGD(local_steps=2, step_size=0.1, topology=Alternating()))
    assert "mixing_rate" not in turning.symbol_values(theorem)


def test_a_compressor_tells_its_variance():
    theorem = bound("compressed.nonconvex.unbiased")
    base = MinibatchSGD(local_steps=2, step_size=0.1)
    rare = RandK(kept=3, unbiased_scaling=True)
    compressed = Compressed(base=base, compressor=rare, feedback=Feedback.NONE)
    known = experiment(compressed).symbol_values(theorem)
    assert known["compression_variance"] == 12 / 3 - 1
    assert known["down_compression_variance"] == 0


def test_a_bound_may_hold_for_one_choice_only():
    theorem = bound("compressed.nonconvex.unbiased")
    base = MinibatchSGD(local_steps=2, step_size=0.1)
    rare = RandK(kept=3, unbiased_scaling=True)
    with_memory = Compressed(base=base, compressor=rare, feedback=Feedback.ERROR)
    without = Compressed(base=base, compressor=rare, feedback=Feedback.NONE)
    assert experiment(with_memory).outside(theorem) == "it holds for feedback=NONE only"
    assert experiment(without).outside(theorem) is None
    assert "it speaks of compressed" in experiment(LocalSGD(local_steps=2, step_size=0.1)).outside(
        theorem
    )
