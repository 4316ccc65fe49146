"""Bounds on SGD compressed without bias at their limits, and where they are attained."""

import pytest

from theory.assumptions import Assumption
from theory.bound import ConditionError
from theory.catalogue import lookup
from theory.measures import ReportPoint
from theory.tuning.corollary import own_step_size

KEY = "compressed.nonconvex.unbiased"
VALUES = {
    "num_workers": 4,
    "local_steps": 2,
    "num_rounds": 50,
    "smoothness": 2.0,
    "gradient_noise": 1.5,
    "heterogeneity": 0.8,
    "initial_gap": 0.7,
    "step_size": 0.05,
    "compression_variance": 3.0,
    "down_compression_variance": 0.5,
}
LOSSLESS = {"compression_variance": 0.0, "down_compression_variance": 0.0}


def value(key=KEY, **changes):
    values = {**VALUES, **changes}
    return float(lookup(key).value(**{name: values[name] for name in lookup(key).parameters}))


def terms(**changes):
    return lookup(KEY).evaluate(**{**VALUES, **changes}).terms


@pytest.mark.parametrize("step_size", [0.01, 0.3, 0.5])
def test_without_compression_it_is_dq_sgd_without_rounding(step_size):
    plain = {"level_spacing": 0.0, "dimension": 3, "step_size": step_size}
    assert value(**LOSSLESS, step_size=step_size) == pytest.approx(
        value("dq_sgd.nonconvex", **plain), rel=1e-14
    )


def test_heterogeneity_costs_what_the_way_up_loses():
    assert terms(**LOSSLESS)["heterogeneity"] == 0
    assert terms(compression_variance=0.0)["heterogeneity"] == 0
    assert terms(down_compression_variance=0.0)["heterogeneity"] > 0


def test_to_one_worker_up_and_down_are_the_same():
    alone = {"num_workers": 1, "heterogeneity": 0.0}
    there = value(**alone, compression_variance=0.5, down_compression_variance=2.0)
    back = value(**alone, compression_variance=2.0, down_compression_variance=0.5)
    once = value(**alone, compression_variance=1.5 * 3 - 1, down_compression_variance=0.0)
    assert there == pytest.approx(back, rel=1e-14)
    assert there == pytest.approx(once, rel=1e-14)


def test_it_is_attained_in_the_long_run():
    """|x|^2/2 with one of two coordinates sent doubled: E|x+|^2 = (1 - 2 eta + 2 eta^2)|x|^2."""
    eta, start, rounds = 0.3, 5.0, 4000
    shrunk = 1 - 2 * eta + 2 * eta**2
    attained = start * (1 - shrunk**rounds) / (1 - shrunk) / rounds
    alone = {"num_workers": 1, "heterogeneity": 0.0, "gradient_noise": 0.0, "smoothness": 1.0}
    promised = value(
        **alone,
        initial_gap=start / 2,
        step_size=eta,
        num_rounds=rounds,
        compression_variance=1.0,
        down_compression_variance=0.0,
    )
    assert attained == pytest.approx(promised, rel=1e-12)


def test_steps_beyond_the_limit_are_refused():
    largest = 1 / (2.0 * 1.5 * (1 + 3 / 4))
    assert value(step_size=largest) > 0
    with pytest.raises(ConditionError):
        value(step_size=1.001 * largest)


def test_the_tuned_step_size_keeps_its_promise():
    tuned = lookup(f"{KEY}.tuned")
    own = {name: VALUES[name] for name in tuned.parameters}
    assert value(step_size=own_step_size(tuned, own)) <= float(tuned.value(**own))


def test_qsgd_speaks_in_orders_and_keeps_the_second_moment():
    rough, convex = lookup("compressed.nonconvex.qsgd"), lookup("compressed.convex.qsgd")
    assert rough.exponents("num_rounds") == {"optimisation": -1, "compression": 0}
    slopes = convex.exponents("num_rounds")
    assert [float(item) for item in slopes.values()] == [-1, -0.5]
    without = {"compression_variance": 0.0, "gradient_bound": 2.0, "initial_gap": 0.0}
    assert value("compressed.nonconvex.qsgd", **without) == 4, "what SGD itself does not lose"
    assert convex.measure.report_point is ReportPoint.AVERAGE_ROUND
    assert Assumption.INDEPENDENT_WORKERS in convex.assumptions, "else noise gains no 1/M"
