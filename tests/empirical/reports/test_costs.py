import numpy as np
import pytest

from empirical.reports.costs import costs


def test_bytes_are_counted_both_ways_against_a_vector_a_step(groups):
    found = {cost.label: cost for cost in costs(groups)}
    minibatch, local = (
        next(c for n, c in found.items() if n.startswith(p)) for p in ("mini", "lo")
    )
    assert minibatch.sent == minibatch.received == 20 * 6 * 8
    assert minibatch.factor == 1
    assert local.factor == 5


def test_methods_of_one_name_are_told_apart_by_what_differs(groups):
    labels = sorted(cost.label for cost in costs(groups))
    assert labels[0] == "local_sgd [step_size=0.1]"
    assert labels[1].startswith("local_sgd [step_size=1000000000")
    assert labels[2] == "minibatch_sgd"


def test_the_best_end_comes_first(groups):
    found = costs(groups, "squared_gradient_norm")
    ends = [cost.end.mean() for cost in found]
    assert ends == sorted(ends)
    assert np.isfinite(ends[0])


def test_an_unknown_measure_is_refused(groups):
    with pytest.raises(ValueError, match=r"measure=speed was not measured by .*; it has objective"):
        costs(groups, "speed")
