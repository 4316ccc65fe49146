"""Bounds on error feedback at their limits, and exact runs with a compressor that shrinks."""

import math

import pytest

from theory.bound import ConditionError
from theory.bounds.compression.compressed_error_feedback import memory
from theory.catalogue import lookup
from theory.notation import GLOSSARY

VALUES = {
    "num_workers": 4,
    "local_steps": 2,
    "num_rounds": 50,
    "smoothness": 2.0,
    "gradient_noise": 1.5,
    "gradient_bound": 3.0,
    "initial_gap": 0.7,
    "initial_distance": 1.2,
    "step_size": 0.05,
    "contraction": 0.2,
}
BY_G = "compressed.nonconvex.error_feedback"
SPEEDUP = "compressed.nonconvex.error_feedback_speedup"
CONVEX = "compressed.convex.error_feedback"


def evaluated(key, **changes):
    values = {**VALUES, **changes}
    return lookup(key).evaluate(**{name: values[name] for name in lookup(key).parameters})


def shrinking_run(contraction, step_size, num_rounds, smoothness=2.0, start=1.0):
    """(L/2) x^2 from a start, C(v) = (1 - q) v with q = sqrt(1 - delta): iterates and memories."""
    q, x, e = math.sqrt(1 - contraction), start, 0.0
    points, memories = [], []
    for _ in range(num_rounds):
        points.append(x)
        memories.append(e)
        whole = step_size * smoothness * x + e
        x, e = x - (1 - q) * whole, q * whole
    return points, memories


@pytest.mark.parametrize("key", [BY_G, SPEEDUP, CONVEX])
def test_what_keeps_everything_remembers_nothing(key):
    assert evaluated(key, contraction=1.0).terms["memory"] == 0
    assert evaluated(key, contraction=0.9).terms["memory"] > 0


def test_without_compression_they_are_sgds_by_the_second_moment():
    plain = evaluated(BY_G, contraction=1.0).value
    assert plain == pytest.approx(2 * 0.7 / (0.05 * 50) + 0.05 * 2 * 9)
    convex = evaluated(CONVEX, contraction=1.0).value
    assert convex == pytest.approx(1.2**2 / (2 * 0.05 * 50) + 0.05 * 9 / 2)


def test_only_noise_is_shared_among_workers():
    one, four = (evaluated(SPEEDUP, num_workers=count).terms for count in (1, 4))
    assert one["statistical"] == 4 * four["statistical"]
    assert one["memory"] == four["memory"] == 2 * evaluated(BY_G).terms["memory"]


def test_the_speed_up_needs_short_steps_and_the_bound_by_g_does_not():
    assert evaluated(BY_G, step_size=100.0).holds
    assert evaluated(SPEEDUP, step_size=0.25).holds
    with pytest.raises(ConditionError):
        lookup(SPEEDUP).value(
            **{n: {**VALUES, "step_size": 0.251}[n] for n in lookup(SPEEDUP).parameters}
        )


@pytest.mark.parametrize("contraction", [0.02, 0.3, 1.0])
def test_the_memory_is_as_large_as_it_may_be_for_weak_contractions(contraction):
    """Gradients that never turn, of norm G, with C(v) = (1 - q) v."""
    q, e, eta, G = math.sqrt(1 - contraction), 0.0, 0.05, 3.0
    for _ in range(4000):
        e = q * (e + eta * G)
    numbers = {"contraction": contraction, "gradient_bound": G}
    limit = float(memory.subs({GLOSSARY[name].symbol: item for name, item in numbers.items()}))
    share = 0.0 if contraction == 1 else ((1 + q) / 2) ** 2
    assert e**2 == pytest.approx(4 * eta**2 * limit * share, rel=1e-9)
    assert share <= 1


@pytest.mark.parametrize("contraction", [0.05, 0.3, 1.0])
@pytest.mark.parametrize("step_size", [0.01, 0.25])
def test_exact_runs_keep_within_all_three(contraction, step_size):
    points, _ = shrinking_run(contraction, step_size, 50)
    squared = sum((2 * x) ** 2 for x in points) / len(points)
    excess = (sum(points) / len(points)) ** 2
    greatest = 2 * max(map(abs, points))
    own = {
        "contraction": contraction,
        "step_size": step_size,
        "gradient_bound": greatest,
        "gradient_noise": 0.0,
        "initial_gap": 1.0,
        "initial_distance": 1.0,
    }
    assert squared <= evaluated(BY_G, **own).value
    assert squared <= evaluated(SPEEDUP, **own).value
    assert excess <= evaluated(CONVEX, **own).value


def test_long_steps_that_diverge_do_not_break_the_bound():
    points, _ = shrinking_run(0.9, 3.0, 50)
    assert abs(points[-1]) > 10
    squared = sum((2 * x) ** 2 for x in points) / len(points)
    own = {"contraction": 0.9, "step_size": 3.0, "initial_gap": 1.0}
    greatest = 2 * max(map(abs, points))
    assert squared <= evaluated(BY_G, **own, gradient_bound=greatest).value
