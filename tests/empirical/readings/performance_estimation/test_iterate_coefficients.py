from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.components.inner_rule import HeavyBall, Nesterov, Plain, WeightDecay
from empirical.readings.linear.linear_form import NotLinear
from empirical.readings.performance_estimation.iterate_coefficients import trace
from empirical.testing.algorithm_strategies import acts_linearly, algorithms, bent_gradient
from empirical.testing.running import drive

RULES = st.sampled_from([Plain(), HeavyBall(0.7), Nesterov(0.4)])


@dataclass(frozen=True)
class Bent(Plain):
    """Steps that are almost linear for gradients of one size, and not for others."""

    size: float

    def step(self, x, gradient, inner, step_size):
        return x - step_size * self.size * (gradient / self.size).tanh(), inner


LINEAR = algorithms(st.floats(0.01, 0.2), RULES, acts_linearly)


@given(algorithm=LINEAR, seed=st.integers(0, 99))
def test_coefficients_foretell_the_run_on_a_bent_function(algorithm, seed):
    gradient, start = bent_gradient(seed, workers=3, batch=1)
    taken = []

    def noted(x):
        taken.append(gradient(x)[0].numpy())
        return gradient(x)

    num_rounds = 3
    reports = drive(algorithm, noted, start, num_rounds * algorithm.local_steps)
    found = trace(algorithm, num_workers=3, num_rounds=num_rounds)
    columns = [start[0, :1].numpy()]
    for evaluation in range(max(found.steps) + 1):
        columns.append(taken[found.steps.index(evaluation)])
    rows = found.reports[:, : 1 + 3 * (len(columns) - 1)]
    expected = reports[:, 0, 0].numpy()
    np.testing.assert_allclose(rows @ np.concatenate(columns), expected, atol=1e-11)


def test_where_one_has_been_there_are_no_new_columns():
    minibatch = trace(MinibatchSGD(local_steps=3, step_size=0.1), num_workers=2, num_rounds=2)
    assert minibatch.steps == [0, 0, 0, 1, 1, 1]
    local = trace(LocalSGD(local_steps=2, step_size=0.1), num_workers=2, num_rounds=2)
    assert local.steps == [0, 1, 2, 3]
    assert local.visit(local.reports[2:3]) == 2, "the start of a round is a report point"
    assert local.visit(local.reports[3:4]) == 4, "the middle of a round is none"


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e6])
def test_methods_that_are_not_linear_are_refused(size):
    algorithm = LocalSGD(local_steps=2, step_size=0.1, inner_rule=Bent(size))
    with pytest.raises(NotLinear, match="local_sgd is not linear"):
        trace(algorithm, num_workers=2, num_rounds=1)


def test_weight_decay_is_refused_with_its_reason():
    algorithm = OverlapLocalSGD(
        local_steps=2, step_size=0.1, pullback=0.5, inner_rule=WeightDecay(0.1)
    )
    with pytest.raises(NotLinear, match="overlap_local_sgd pulls towards the origin"):
        trace(algorithm, num_workers=2, num_rounds=1)
