import dataclasses

import numpy as np
import pytest

from empirical.reports.costs import costs, order_of, setting_of


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


def test_one_seed_ranks_nothing_and_says_so(groups):
    several = costs(groups)
    assert "by the mean at the end" in order_of(several)
    single = [dataclasses.replace(group, records=group.records[:1]) for group in groups]
    found = costs(single)
    assert [cost.label for cost in found] == sorted(cost.label for cost in found)
    assert order_of(found).startswith("3 of 3 experiments have one seed, which ranks nothing")


def test_the_setting_is_what_all_have_in_common(groups):
    said = setting_of(costs(groups))
    assert said.startswith("tilted: num_workers=4, ")
    assert "heterogeneity=1.0" in said
    assert said.endswith("; seeds: 2.")
