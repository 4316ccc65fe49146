from dataclasses import replace

import pytest
import torch

from empirical.algorithms.averaging.decentralized_sgd import DecentralizedSGD
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.algorithms.wrappers.adaptive_local_steps import AdaptiveLocalSteps
from empirical.algorithms.wrappers.compressed import Compressed
from empirical.algorithms.wrappers.post_local_sgd import PostLocalSGD
from empirical.algorithms.wrappers.slowmo import SlowMo
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive

LOCAL = LocalSGD(local_steps=3, step_size=0.1)
FIT = [
    LOCAL,
    DecentralizedSGD(local_steps=3, step_size=0.1),
    Compressed(base=LOCAL),
    SlowMo(base=LOCAL, slow_momentum=0.5),
    Compressed(base=SlowMo(base=LOCAL, slow_momentum=0.5)),
]
UNFIT = [
    MinibatchSGD(local_steps=3, step_size=0.1),
    OverlapLocalSGD(local_steps=3, step_size=0.1, pullback=0.5),
    OverlapLocalSGD(local_steps=3, step_size=0.1, pullback=0.5, blocking=True),
    SlowMo(base=DecentralizedSGD(local_steps=1, step_size=0.1), local_steps=3, slow_momentum=0.5),
    PostLocalSGD(base=LOCAL, switch_step=3),
]
SCHEDULES = [
    lambda base: PostLocalSGD(base=base, switch_step=0),
    lambda base: AdaptiveLocalSteps(base=base, interval=5),  # nobody tells it the objective
]


def label(method):
    return f"{type(method).__name__}-{len(method.exchanges)}-{method.comm_delay}"


@pytest.mark.parametrize("schedule", SCHEDULES, ids=["post-local", "adaptive"])
@pytest.mark.parametrize("base", FIT, ids=label)
def test_the_bases_own_schedule_is_the_base(schedule, base):
    gradient, start = bent_gradient(1)
    found = drive(schedule(base), gradient, start, 14)
    assert torch.equal(found, drive(base, gradient, start, 14))


@pytest.mark.parametrize("schedule", SCHEDULES, ids=["post-local", "adaptive"])
@pytest.mark.parametrize("base", UNFIT, ids=label)
def test_exchanges_that_depend_on_k_are_refused_in_one_line(schedule, base):
    with pytest.raises(ValueError, match=r"base=\w+ does not fit: a schedule needs a method"):
        schedule(base)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=["post-local", "adaptive"])
def test_its_k_is_the_bases(schedule):
    made = schedule(LOCAL)
    assert (made.local_steps, made.base.local_steps) == (3, 3)
    assert replace(made, local_steps=5).base.local_steps == 5


@pytest.mark.parametrize("schedule", SCHEDULES, ids=["post-local", "adaptive"])
def test_a_schedule_goes_on_after_a_move(schedule):
    gradient, start = bent_gradient(0)
    made = schedule(LOCAL)
    state = made.local_step(made.init(start), gradient(start))
    moved = made.moved(state, start[..., :1, :] + 1)
    assert torch.equal(moved.base.x, start + 1)
    assert moved[1:] == state[1:]
