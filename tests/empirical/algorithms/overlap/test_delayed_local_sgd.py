import numpy as np
import pytest
import torch

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.overlap.delayed_local_sgd import DelayedLocalSGD
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD, OverlapState
from empirical.components.merge_rule import DelayCorrected, Lerp, Overwrite
from empirical.loop import Loop, Snapshot
from empirical.readings.mixing import NotInClass, mixing
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same
from empirical.transport import Stacked


def by_hand(gradient, x, num_steps, *, K, delay, weight=None, corrected=False):
    """Gradient points of Local SGD with a late average, from its definition."""
    sent, arrives, points = x, None, []
    for t in range(1, num_steps + 1):
        points.append(x)
        x = x - 0.1 * gradient(x)
        if t == arrives or (t % K == 0 and arrives is not None):
            x = merged(x, sent, weight, corrected)
            arrives = None
        if t % K == 0:
            sent, arrives = x, t + delay
            if delay == 0:
                x, arrives = merged(x, sent, weight, corrected), None
    return torch.stack(points)


def merged(x, sent, weight, corrected):
    mean = sent.mean(-2, keepdim=True)
    if corrected:
        return mean + x - sent
    return weight * x + (1 - weight) * mean


def visited(algorithm, gradient, start, num_steps):
    loop, points = Loop(algorithm, Stacked(start.shape[-2]), start), []
    for _ in range(num_steps):
        points.append(loop.gradient_point)
        loop.step(gradient(loop.gradient_point))
    return torch.stack(points)


@pytest.mark.parametrize(
    ("merge", "plainly"),
    [
        (Overwrite(), {"weight": 0.0}),
        (Lerp(0.3), {"weight": 0.3}),
        (DelayCorrected(), {"corrected": True}),
    ],
    ids=repr,
)
@pytest.mark.parametrize("delay", [0, 1, 2, 3, 7])
def test_every_worker_goes_where_the_definition_says(merge, plainly, delay):
    """A delay of 7 is longer than a round of 3, and waited for."""
    gradient, start = bent_gradient(0)
    algorithm = DelayedLocalSGD(local_steps=3, step_size=0.1, delay=delay, merge=merge)
    expected = by_hand(gradient, start, 17, K=3, delay=delay, **plainly)
    same(visited(algorithm, gradient, start, 17), expected, 17, "by hand")


@pytest.mark.parametrize("merge", [Overwrite(), DelayCorrected()], ids=repr)
def test_without_delay_it_is_local_sgd(merge):
    gradient, start = bent_gradient(1)
    late = DelayedLocalSGD(local_steps=3, step_size=0.1, delay=0, merge=merge)
    local = drive(LocalSGD(local_steps=3, step_size=0.1), gradient, start, 14)
    same(drive(late, gradient, start, 14), local, 14, "no delay")


def test_a_lerp_of_a_whole_round_is_overlap_from_the_first_average_on():
    """Overlap pulls back to z = x_0 after the first round; here nothing has arrived by then."""
    gradient, start = bent_gradient(2)
    late = DelayedLocalSGD(local_steps=3, step_size=0.1, delay=3, merge=Lerp(0.4))
    overlap = OverlapLocalSGD(local_steps=3, step_size=0.1, pullback=0.6)
    loop = Loop(late, Stacked(4), start)
    for _ in range(3):
        loop.step(gradient(loop.gradient_point))
    begun = loop.snapshot()
    zero = torch.zeros(2, 1, 5, dtype=torch.float64)
    state = OverlapState(begun.state.x, (), zero, zero)
    other = Loop.resumed(
        overlap, Stacked(4), Snapshot(state, begun.flights, begun.posted, 3, begun.seeds)
    )
    for _ in range(14):
        same(loop.gradient_point, other.gradient_point, 14, "Overlap")
        same(loop.report(), other.report(), 14, "Overlap's report point")
        loop.step(gradient(loop.gradient_point))
        other.step(gradient(other.gradient_point))


@pytest.mark.parametrize(("merge", "kept"), [(Overwrite(), 0), (Lerp(0.3), 0.3)], ids=repr)
def test_steps_in_flight_count_as_often_as_they_are_kept(merge, kept):
    constant = torch.tensor([[1.0, -2.0]], dtype=torch.float64)
    algorithm = DelayedLocalSGD(local_steps=4, step_size=0.1, delay=3, merge=merge)
    start = torch.zeros(3, 2, dtype=torch.float64)
    points = drive(algorithm, constant.expand_as, start, 12)
    counted = np.cumsum([0] + [1] * 4 + [kept, kept, kept, 1] * 2)
    same(points, -0.1 * constant * torch.tensor(counted)[:, None, None], 12, "steps")


@pytest.mark.parametrize(("K", "delay"), [(1, 1), (4, 1), (4, 4), (7, 3), (9, 8)])
def test_its_four_numbers(K, delay):
    """C_w <= (F + sqrt(K delay))^2, N_w = delay + (K - 1) / 2: no lag, and eta itself."""
    found = mixing(DelayedLocalSGD(local_steps=K, step_size=0.1, delay=delay)).numbers
    within = np.sqrt(K * (K - 1) / 2)
    assert float(found.effective_step) == pytest.approx(1, rel=1e-12)
    assert float(found.N_w) == pytest.approx(delay + (K - 1) / 2, rel=1e-7)
    assert delay * K <= float(found.C_w) <= (within + np.sqrt(K * delay)) ** 2 * (1 + 1e-7)
    assert float(found.C_m) == float(found.N_m) == 0


@pytest.mark.parametrize("merge", [Overwrite(), Lerp(0.3)], ids=repr)
def test_a_merge_that_loses_steps_is_outside_the_class(merge):
    with pytest.raises(NotInClass, match="move the conserved average unevenly"):
        mixing(DelayedLocalSGD(local_steps=4, step_size=0.1, delay=2, merge=merge))


@pytest.mark.parametrize("delay", [-1, 1.5])
def test_bad_delays_are_refused(delay):
    with pytest.raises(ValueError, match=f"delay={delay} must be a whole number >= 0"):
        DelayedLocalSGD(local_steps=2, step_size=0.1, delay=delay)
