"""What of the catalogue runs as the method of a bound."""

import pytest

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.overlap.easgd import EASGD
from empirical.algorithms.wrappers.inner_outer_local_sgd import InnerOuterLocalSGD
from empirical.algorithms.wrappers.slowmo import SlowMo
from empirical.components.accelerated_rule import ACSA
from empirical.components.buffer_policy import BufferPolicy
from empirical.components.inner_rule import HeavyBall
from empirical.components.topology import mixing_rate
from empirical.falsification.algorithm_of_bound import (
    NoReading,
    algorithm_of,
    not_run,
    num_workers_of,
)
from theory.catalogue import lookup

VALUES = {"num_workers": 4.0, "local_steps": 3.0, "num_rounds": 5.0, "step_size": 0.1}
VALUES |= {"smoothness": 1.0, "initial_gap": 1.0}


def method(key, **values):
    return algorithm_of(lookup(key), {**VALUES, **values})


def test_methods_of_other_names_stand_in():
    assert method("fednova.nonconvex") == LocalSGD(local_steps=3, step_size=0.1)
    assert method("single_machine_sgd.convex") == LocalSGD(local_steps=3, step_size=0.1)
    assert num_workers_of(lookup("single_machine_sgd.convex"), VALUES) == 1
    assert num_workers_of(lookup("local_sgd.nonconvex"), VALUES) == 4
    made = method("fedavg.nonconvex.yang2021", outer_step_size=0.7)
    assert made == InnerOuterLocalSGD(local_steps=3, step_size=0.1, outer_step_size=0.7)
    made = method("local_momentum_sgd.nonconvex", momentum=0.4)
    assert (made.inner_rule, made.memory) == (HeavyBall(0.4), BufferPolicy.AVERAGE)


def test_a_mixing_rate_becomes_a_matrix():
    made = method("decentralized_sgd.nonconvex", mixing_rate=0.3)
    weights = made.topology.weights(4, 0)
    assert mixing_rate(weights) == pytest.approx(0.3)
    assert (weights == weights.T).all()
    elastic = method("cooperative_sgd.nonconvex", mixing_rate=0.7, auxiliary_variables=1)
    assert isinstance(elastic, EASGD)
    assert elastic.anchor_rate == pytest.approx(4 * 0.3)
    with pytest.raises(NoReading, match="no method here has these auxiliary variables"):
        method("cooperative_sgd.nonconvex", mixing_rate=0.7, auxiliary_variables=2)


def test_steps_are_those_that_are_assumed():
    assert method("accelerated_minibatch_sgd.convex").inner_rule == ACSA()
    made = method("slowmo.nonconvex", slow_momentum=0.5, slow_step_size=0.8)
    assert made == SlowMo(local_steps=3, step_size=0.1, slow_momentum=0.5, slow_step_size=0.8)


def test_what_is_not_run_says_why():
    assert not_run(lookup("local_sgd.nonconvex")) is None
    assert not_run(lookup("dq_sgd.nonconvex")) == "its messages are rounded"
    assert not_run(lookup("mem_sgd.strongly_convex")) == "mem_sgd is not in the catalogue"
    steps = "local_sgd.strongly_convex_homogeneous.stich2019"
    assert not_run(lookup(steps)) == "it does not say what its local steps are"
    with pytest.raises(NoReading, match="mem_sgd is not in the catalogue"):
        method("mem_sgd.strongly_convex")


def test_numbers_that_a_method_refuses_are_no_reading():
    with pytest.raises(NoReading, match="slow_momentum=1 must be"):
        method("slowmo.nonconvex", slow_momentum=1.0, slow_step_size=0.8)
