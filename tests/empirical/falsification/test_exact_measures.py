"""Where on a run the measure of a bound is found."""

import pytest

from empirical.algorithms.averaging.decentralized_sgd import DecentralizedSGD
from empirical.algorithms.averaging.local_accelerated_sgd import LocalAcceleratedSGD
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.algorithms.wrappers.slowmo import SlowMo
from empirical.falsification.algorithm_of_bound import NoReading
from empirical.falsification.exact_measures import (
    MeasuredPlace,
    MeasuredPoint,
    RunSummary,
    measured,
    place_of,
    summaries,
)
from empirical.loop import Loop
from empirical.problems.synthetic.two_camps import TwoCamps
from empirical.readings.mixing import mixing
from empirical.readings.moments import moments
from empirical.transport import Stacked
from theory.measures import Measure, Quantity, ReportPoint

LOCAL = LocalSGD(local_steps=3, step_size=0.2)
QUIET = TwoCamps(num_workers=2, second=0.3, tilt=0.4)


def place(point, method=LOCAL):
    return place_of(Measure(Quantity.SUBOPTIMALITY, point), method)


def test_points_are_found_on_trajectories():
    assert place(ReportPoint.MEAN_ITERATE) == MeasuredPlace(MeasuredPoint.REPORT, RunSummary.STEPS)
    assert place(ReportPoint.ROUND_START) == MeasuredPlace(MeasuredPoint.REPORT, RunSummary.ROUNDS)
    assert place(ReportPoint.LAST_ROUND) == MeasuredPlace(MeasuredPoint.REPORT, RunSummary.END)
    assert place(ReportPoint.AVERAGE_ITERATE) == MeasuredPlace(
        MeasuredPoint.AVERAGE, RunSummary.END
    )
    assert place(ReportPoint.AVERAGE_ROUND) == MeasuredPlace(
        MeasuredPoint.AVERAGE_ROUND, RunSummary.END
    )
    assert place(ReportPoint.BEST_ROUND) == MeasuredPlace(MeasuredPoint.REPORT, RunSummary.BEST)
    assert place(ReportPoint.CONSERVED_MEAN) == MeasuredPlace(
        MeasuredPoint.CONSERVED, RunSummary.STEPS
    )
    minibatch = MinibatchSGD(local_steps=2, step_size=0.1)
    assert place(ReportPoint.ROUND_START, minibatch) == MeasuredPlace(
        MeasuredPoint.REPORT, RunSummary.STEPS
    )
    accelerated = LocalAcceleratedSGD(local_steps=2, step_size=0.1)
    assert place(ReportPoint.LAST_AGGREGATE, accelerated) == MeasuredPlace(
        MeasuredPoint.REPORT, RunSummary.END
    )


def test_points_that_a_method_lacks_are_refused():
    gossip = DecentralizedSGD(local_steps=2, step_size=0.1)
    for point, method in (
        (ReportPoint.LAST_ROUND, gossip),
        (ReportPoint.WEIGHTED_AVERAGE, LOCAL),
        (ReportPoint.LAST_AGGREGATE, LOCAL),
        (ReportPoint.ANCHORED_MEAN, LOCAL),
        (ReportPoint.MEAN_ITERATE, LocalAcceleratedSGD(local_steps=2, step_size=0.1)),
    ):
        with pytest.raises(NoReading, match=point.name):
            place(point, method)


def run():
    """The mean iterate before every step, and after the last."""
    start = QUIET.initial_point().expand(1, 1, -1)
    loop, points = Loop(LOCAL, Stacked(2), start), []
    for _ in range(6):
        points.append(float(loop.report()))
        loop.step(QUIET.gradient(loop.gradient_point, range(2)))
    return [*points, float(loop.report())]


def test_they_are_what_a_plain_run_gives():
    """F = 0.325 x^2, by hand along a run without noise."""
    points = run()
    curve = [0.325 * x**2 for x in points]
    expected = {
        MeasuredPlace(MeasuredPoint.REPORT, RunSummary.STEPS): sum(curve[:6]) / 6,
        MeasuredPlace(MeasuredPoint.REPORT, RunSummary.ROUNDS): (curve[0] + curve[3]) / 2,
        MeasuredPlace(MeasuredPoint.REPORT, RunSummary.BEST): min(curve[0], curve[3]),
        MeasuredPlace(MeasuredPoint.REPORT, RunSummary.END): curve[6],
        MeasuredPlace(MeasuredPoint.AVERAGE, RunSummary.END): 0.325 * (sum(points[:6]) / 6) ** 2,
        MeasuredPlace(MeasuredPoint.AVERAGE_ROUND, RunSummary.END): 0.325
        * ((points[0] + points[3]) / 2) ** 2,
    }
    for where, value in expected.items():
        found = measured(LOCAL, QUIET, 2, where)
        assert found["objective"] == pytest.approx(value, rel=1e-12), where
        assert found["squared_distance"] == pytest.approx(value / 0.325, rel=1e-12), where


def test_the_conserved_average_moves_by_gradients_alone():
    """SlowMo's conserved average is not its mean iterate; both start at x_0."""
    method = SlowMo(local_steps=2, step_size=0.1, slow_momentum=0.5)
    point = mixing(method).point
    exact = moments(method, QUIET, num_rounds=3, point=lambda step: point(2, step)).trajectory
    found = measured(method, QUIET, 3, MeasuredPlace(MeasuredPoint.CONSERVED, RunSummary.STEPS))
    assert found == summaries(exact, 2)[RunSummary.STEPS]
    assert found["objective"] != pytest.approx(
        measured(method, QUIET, 3, MeasuredPlace(MeasuredPoint.REPORT, RunSummary.STEPS))[
            "objective"
        ],
        rel=1e-3,
    )
