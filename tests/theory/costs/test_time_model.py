import numpy as np
import pytest

from theory.costs.time_model import (
    ConstantStepTime,
    LinkModel,
    Overlap,
    Pareto,
    Runtime,
    ShiftedExponential,
    all_reduce_bytes,
)

LINK = LinkModel(latency_seconds=1e-3, bytes_per_second=1e8)


def drawn(compute, workers, steps, runs, floor=0.0):
    """A seeded Monte Carlo estimate of the slowest worker's time, and its standard error."""
    rng = np.random.default_rng(3)
    size = (runs, workers, steps)
    if isinstance(compute, Pareto):
        times = compute.least_seconds * (1 + rng.pareto(compute.shape, size))
    else:
        times = compute.least_seconds + rng.exponential(compute.excess_seconds, size)
    slowest = np.maximum(times.sum(axis=2).max(axis=1), floor)
    return slowest.mean(), slowest.std() / np.sqrt(runs)


def test_the_slowest_of_exponential_workers_is_a_harmonic_number():
    compute = ShiftedExponential(least_seconds=0.5, excess_seconds=2.0)
    assert compute.slowest_seconds(4, 1) == pytest.approx(0.5 + 2 * (1 + 1 / 2 + 1 / 3 + 1 / 4))
    assert compute.slowest_seconds(1, 7) == pytest.approx(7 * compute.mean_seconds, rel=1e-12)


@pytest.mark.parametrize("workers", [2, 64, 1024])
def test_the_quadrature_of_one_step_is_the_closed_form(workers):
    """A floor just above the least time takes the quadrature, and hides nothing."""
    for compute in (ShiftedExponential(1.0, 1.0), Pareto(1.0, 2.5)):
        closed = compute.slowest_seconds(workers, 1)
        numeric = compute.slowest_seconds(workers, 1, floor_seconds=1 + 1e-9)
        tolerance = 1e-8 if isinstance(compute, ShiftedExponential) else 1e-4
        assert numeric == pytest.approx(closed, rel=tolerance)


def test_two_erlang_workers_by_hand():
    """E max of two Erlang(2) variables of rate 1 is 2 + 3/4."""
    assert ShiftedExponential(0.0, 1.0).slowest_seconds(2, 2) == pytest.approx(2.75, rel=1e-12)


@pytest.mark.parametrize(
    ("compute", "floor"),
    [
        (ShiftedExponential(0.2, 1.0), 0.0),
        (ShiftedExponential(0.2, 1.0), 9.0),
        (Pareto(1.0, 2.5), 0.0),
        (Pareto(1.0, 2.5), 12.0),
        (Pareto(0.5, 3.0), 0.0),
    ],
)
def test_sums_of_steps_agree_with_simulation(compute, floor):
    expected, error = drawn(compute, workers=8, steps=4, runs=40_000, floor=floor)
    found = compute.slowest_seconds(8, 4, floor_seconds=floor)
    assert abs(found - expected) < 4 * error + 1e-3 * expected
    assert found > 4 * compute.mean_seconds


def test_a_ring_sends_the_vector_almost_twice():
    assert all_reduce_bytes(1e6, 4) == pytest.approx(1.5e6)
    assert all_reduce_bytes(1e6, 1) == 0
    assert LINK.all_reduce_seconds(1e6, 4) == pytest.approx(6 * (1e-3 + 2.5e5 / 1e8))


def test_a_message_hides_behind_the_next_round():
    arguments = {"dimension": 250_000, "compute": ConstantStepTime(1e-3), "link": LINK}
    blocking = Runtime(**arguments)
    overlapped = Runtime(**arguments, overlap=Overlap.OVERLAPPED)
    message = blocking.communicate_seconds(4)
    assert blocking.seconds(4, 8, 100) == pytest.approx(100 * (8e-3 + message))
    assert overlapped.seconds(4, 8, 100) == pytest.approx(8e-3 + 100 * message)
    assert overlapped.seconds(4, 80, 100) == pytest.approx(100 * 80e-3 + message)
    assert blocking.sent_bytes(4, 10) == pytest.approx(1.5e7)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Pareto(1.0, 1.0), "shape=1 must be a number > 1"),
        (lambda: ConstantStepTime(-1.0), "step_seconds=-1 must be a number >= 0"),
        (lambda: LinkModel(0.0, 0.0), "bytes_per_second=0 must be a number > 0"),
        (lambda: Runtime(0, ConstantStepTime(1.0), LINK), "dimension=0 must be a number > 0"),
    ],
)
def test_wrong_numbers_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_overlapped_seconds_are_an_upper_limit_where_workers_run_ahead():
    """They wait for the mean of the last round only, which its slowest worker has begun."""
    compute, workers, steps, rounds = ShiftedExponential(0.1, 0.2), 8, 2, 40
    runtime = Runtime(1000, compute, LINK, overlap=Overlap.OVERLAPPED)
    message, rng = runtime.communicate_seconds(workers), np.random.default_rng(5)
    ends = []
    for _ in range(200):
        free, sent = np.zeros(workers), -np.inf
        for _ in range(rounds):
            free += (0.1 + rng.exponential(0.2, (workers, steps))).sum(axis=1)
            free = np.maximum(free, sent + message)
            sent = free.max()
        ends.append(sent + message)
    limit = runtime.seconds(workers, steps, rounds)
    assert runtime.least_seconds(workers, steps, rounds) < np.mean(ends) < limit
