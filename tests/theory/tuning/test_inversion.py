from dataclasses import replace

import numpy as np
import pytest

from theory.bound import Term
from theory.catalogue import lookup
from theory.costs.time_model import (
    ConstantStepTime,
    LinkModel,
    Overlap,
    Runtime,
    ShiftedExponential,
)
from theory.notation.letters import B, K, L, R
from theory.tuning.best_step_size import best_step_size
from theory.tuning.inversion import cost, falls_with_rounds, fastest, fewest_rounds

VALUES = {"num_workers": 16, "smoothness": 1.0, "gradient_noise": 1.0, "initial_distance": 1.0}
LOCAL = lookup("local_sgd.convex_homogeneous")
RUNTIME = Runtime(10**6, ConstantStepTime(1e-3), LinkModel(1e-4, 1e9))


@pytest.mark.parametrize("accuracy", [0.3, 0.05, 0.01])
def test_the_rounds_meet_the_accuracy_and_one_less_does_not(accuracy):
    found = fewest_rounds(LOCAL, VALUES, accuracy, np.array([1, 4, 32]))
    assert found.certain.all()
    for steps, rounds in zip(found.local_steps, found.num_rounds, strict=True):
        schedule = {**VALUES, "local_steps": steps}
        at = [
            float(best_step_size(LOCAL, {**schedule, "num_rounds": r}).evaluation.value)
            for r in (rounds, max(rounds - 1, 1))
        ]
        assert at[0] <= accuracy
        assert at[1] > accuracy or rounds == 1
    assert (found.value <= accuracy).all()
    assert (found.before > accuracy).all()


def test_at_a_given_step_size_noise_leaves_a_floor():
    given = {**VALUES, "step_size": 0.1}
    found = fewest_rounds(LOCAL, given, 0.011, np.array([4]))
    steps = 4 * found.num_rounds[0]
    rest = 0.1 / 32 + 0.01 * 3 / 4 * 15 / 16
    assert found.value[0] == pytest.approx(1 / (0.2 * steps) + rest, rel=1e-12)
    assert np.isnan(fewest_rounds(LOCAL, given, 0.01, np.array([4])).num_rounds[0])


def test_a_bound_that_rises_again_is_scanned_for_its_first_hit():
    """L B^2 (R - 5)^2/16 + small is met at R = 5 only; a doubling search steps over it."""
    dip = replace(LOCAL, terms=(Term("dip", L * B**2 * (R - 5) ** 2 / (16 * K)),), conditions=())
    dip = replace(dip, decreasing=())
    assert not falls_with_rounds(dip)
    found = fewest_rounds(
        dip, {"smoothness": 1.0, "initial_distance": 1.0}, 0.01, np.array([1, 100])
    )
    assert found.num_rounds.tolist() == [5, 1]
    assert found.certain.all()


def test_beyond_the_scan_it_is_said_that_fewer_may_do():
    slow = replace(LOCAL, terms=(Term("slow", L * B**2 / R),), conditions=(), decreasing=())
    values = {"smoothness": 1.0, "initial_distance": 1.0}
    found = fewest_rounds(slow, values, 1e-5, np.array([1]))
    assert found.num_rounds[0] == 100_000
    assert not found.certain[0]
    sure = replace(slow, decreasing=("num_rounds",))
    assert fewest_rounds(sure, values, 1e-5, np.array([1])).certain[0]


def test_conditions_on_the_rounds_are_respected():
    """A corollary that needs many rounds is met only where it speaks."""
    corollary = lookup("local_sgd.nonconvex.linear_speedup")
    values = {"num_workers": 16, "smoothness": 1.0, "gradient_noise": 0.1, "initial_gap": 0.1}
    values["heterogeneity"] = 0.0
    found = fewest_rounds(corollary, values, 10.0, np.array([4]))
    rounds = found.num_rounds[0]
    assert corollary.evaluate(**values, local_steps=4, num_rounds=rounds).holds
    assert not corollary.evaluate(**values, local_steps=4, num_rounds=rounds - 1).holds


@pytest.mark.parametrize("overlap", Overlap)
@pytest.mark.parametrize("compute", [ConstantStepTime(1e-3), ShiftedExponential(5e-4, 5e-4)])
def test_the_fastest_local_steps_beat_all_others(compute, overlap):
    runtime = Runtime(10**6, compute, LinkModel(1e-4, 1e9), overlap=overlap)
    found = fewest_rounds(LOCAL, VALUES, 0.01, np.arange(1, 129))
    best = fastest(found, 16, runtime)
    rows = [cost(found, index, 16, runtime) for index in range(128)]
    assert best == min(rows, key=lambda row: row.seconds)
    assert 1 < best.local_steps < 128
    assert best.gradients == 16 * best.local_steps * best.num_rounds
    least = runtime.least_seconds(16, found.local_steps, found.num_rounds)
    assert (least <= [row.seconds * (1 + 1e-12) for row in rows]).all()


def test_what_cannot_be_inverted_is_refused():
    with pytest.raises(ValueError, match="accuracy=0 must be a number > 0, unit f"):
        fewest_rounds(LOCAL, VALUES, 0.0, np.array([1]))
    with pytest.raises(ValueError, match="num_rounds is what invert chooses"):
        fewest_rounds(LOCAL, {**VALUES, "num_rounds": 3}, 0.1, np.array([1]))
    with pytest.raises(ValueError, match="needs initial_distance"):
        fewest_rounds(LOCAL, {k: v for k, v in VALUES.items() if k != "initial_distance"}, 1, [1])
    never = fewest_rounds(LOCAL, {**VALUES, "step_size": 0.1}, 0.003, np.array([4]))
    with pytest.raises(ValueError, match="not reached within"):
        fastest(never, 16, RUNTIME)
