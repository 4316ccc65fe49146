from dataclasses import dataclass, replace

import pytest
import torch

from empirical.algorithms.averaging.decentralized_sgd import DecentralizedSGD
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.algorithms.wrappers.compressed import Compressed
from empirical.algorithms.wrappers.diloco import DiLoCo
from empirical.algorithms.wrappers.fed_opt import FedOpt
from empirical.algorithms.wrappers.inner_outer_local_sgd import InnerOuterLocalSGD
from empirical.algorithms.wrappers.slowmo import SlowMo
from empirical.components.buffer_policy import BufferPolicy
from empirical.components.inner_rule import AdamW, HeavyBall, InnerRule, Nesterov
from empirical.loop import Loop
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same
from empirical.transport import Stacked

ETA = 0.1
BASES = [
    DecentralizedSGD(local_steps=1, step_size=ETA),
    MinibatchSGD(local_steps=2, step_size=ETA, inner_rule=HeavyBall(0.5)),
    OverlapLocalSGD(local_steps=2, step_size=ETA, pullback=0.4, anchor_momentum=0.6),
    OverlapLocalSGD(local_steps=4, step_size=ETA, pullback=0.4),
    Compressed(base=LocalSGD(local_steps=2, step_size=ETA)),
    SlowMo(local_steps=2, step_size=ETA, slow_momentum=0.5),
]


def name(method):
    return type(method).__name__


@pytest.mark.parametrize("base", BASES, ids=name)
def test_an_outer_step_of_size_one_leaves_the_report_point_where_it_is(base):
    """The base alone, up to its first outer step; there, all workers meet at the same mean."""
    gradient, start = bent_gradient(1)
    method = InnerOuterLocalSGD(base=base, local_steps=4, outer_step_size=1.0)
    same(drive(method, gradient, start, 4), drive(base, gradient, start, 4), 4, name(base))
    loop = Loop(method, Stacked(4), start)
    for _ in range(4):
        loop.step(gradient(loop.gradient_point))
    points = loop.gradient_point
    same(points, points[..., :1, :].expand_as(points), 4, "workers meet")
    same(loop.state.z, loop.report(), 4, "anchor")


def test_what_is_in_flight_is_absorbed_first():
    """A pull-back's message posted at step 2 arrives at step 4, or at once: the same points."""
    gradient, start = bent_gradient(2)
    found = [
        drive(
            SlowMo(
                base=OverlapLocalSGD(
                    local_steps=2, step_size=ETA, pullback=0.4, anchor_momentum=0.6, blocking=alone
                ),
                local_steps=4,
                slow_momentum=0.5,
            ),
            gradient,
            start,
            20,
        )
        for alone in (False, True)
    ]
    same(*found, 20, "in flight")


def test_a_gradient_method_is_asked_first():
    """Minibatch SGD would not have moved: one outer step of size 1 is one step of its own."""
    gradient, start = bent_gradient(3)
    base = MinibatchSGD(local_steps=3, step_size=ETA, inner_rule=HeavyBall(0.5))
    method = InnerOuterLocalSGD(base=base, outer_step_size=1.0)
    same(drive(method, gradient, start, 12), drive(base, gradient, start, 12), 12, "Minibatch")
    assert method.due(method.init(start), 3) == (0, 1)


def heavy_ball_by_hand(gradient, start, memory, num_steps, *, eta=0.05, K=3, momentum=0.6):
    """Outer step 1/2; buffers are kept, set to nothing or averaged where workers meet."""
    x, z, u, points = start[0], start[0, :1], torch.zeros_like(start[0]), []
    for t in range(1, num_steps + 1):
        points.append(x.mean(0))
        u = momentum * u + gradient(x[None])[0]
        x = x - eta * u
        if t % K == 0:
            z = (z + x.mean(0, keepdim=True)) / 2
            x = z.expand_as(x)
            u = {"keep": u, "reset": 0 * u, "average": u.mean(0, keepdim=True).expand_as(u)}[memory]
    return torch.stack([*points, x.mean(0)])


@pytest.mark.parametrize("memory", BufferPolicy, ids=lambda item: item.name)
@pytest.mark.parametrize("by_base", [False, True])
def test_the_memory_of_the_inner_rule_by_hand(memory, by_base):
    """Said of the outer step, or of the base and taken over."""
    gradient, start = bent_gradient(4, batch=1)
    rule = {"step_size": 0.05, "inner_rule": HeavyBall(0.6)}
    base = LocalSGD(local_steps=3, **rule, memory=memory if by_base else BufferPolicy.KEEP)
    own = {} if by_base else {"memory": memory}
    method = InnerOuterLocalSGD(base=base, outer_step_size=0.5, **own)
    assert method.memory is memory
    found = drive(method, gradient, start, 14)[:, 0, 0]
    same(found, heavy_ball_by_hand(gradient, start, memory.name.lower(), 14), 14, memory.name)


def test_memory_is_found_however_deep_it_lies():
    gradient, start = bent_gradient(5, batch=1)
    base = LocalSGD(local_steps=3, step_size=0.05, inner_rule=HeavyBall(0.6))
    once = InnerOuterLocalSGD(base=base, outer_step_size=1.0, memory=BufferPolicy.RESET)
    deep = InnerOuterLocalSGD(
        base=InnerOuterLocalSGD(base=base, outer_step_size=1.0),
        outer_step_size=1.0,
        memory=BufferPolicy.RESET,
    )
    found = [drive(method, gradient, start, 14) for method in (once, deep)]
    same(*found, 14, "memory within a method within a method")


def test_a_base_whose_own_moves_forget_keeps_its_memory():
    """Overlap-Local-SGD starts anew when moved; the outer step says what becomes of the buffer."""
    gradient, start = bent_gradient(6)
    base = OverlapLocalSGD(local_steps=2, step_size=ETA, pullback=0.4, inner_rule=HeavyBall(0.6))
    for memory, nothing in ((BufferPolicy.KEEP, False), (BufferPolicy.RESET, True)):
        method = InnerOuterLocalSGD(base=base, outer_step_size=1.0, memory=memory)
        loop = Loop(method, Stacked(4), start)
        for _ in range(2):
            loop.step(gradient(loop.gradient_point))
        assert bool((loop.state.base.inner[0] == 0).all()) is nothing


@dataclass(frozen=True)
class LooksAhead(InnerRule):
    """Nesterov's method as he wrote it: gradients are taken beyond x, and memory holds points."""

    reach: float = 0.6

    def init(self, x):
        return (x,)

    def gradient_point(self, x, inner):
        return x + self.reach * (x - inner[0])

    def step(self, x, gradient, inner, step_size):
        return self.gradient_point(x, inner) - step_size * gradient, (x,)


def test_memory_that_holds_points_starts_anew_where_workers_do():
    gradient, start = bent_gradient(8)
    base = LocalSGD(local_steps=3, step_size=ETA, inner_rule=LooksAhead())
    loop = Loop(SlowMo(base=base, slow_momentum=0.5, memory=BufferPolicy.RESET), Stacked(4), start)
    for _ in range(3):
        loop.step(gradient(loop.gradient_point))
    assert torch.equal(loop.state.base.inner[0], loop.state.z.expand_as(start))
    assert not torch.equal(loop.state.base.inner[0], start)


def test_an_outer_rule_that_looks_ahead_sends_workers_there():
    """With one step a round: the same method, taking its gradients at the same points."""
    gradient, start = bent_gradient(9)
    outer = FedOpt(local_steps=1, step_size=0.2, outer_step_size=0.5, outer_rule=LooksAhead())
    large = MinibatchSGD(local_steps=1, step_size=0.2 * 0.5, inner_rule=LooksAhead())
    loops = [Loop(method, Stacked(4), start) for method in (outer, large)]
    for _ in range(12):
        points = [loop.gradient_point for loop in loops]
        same(*points, 12, "gradient points")
        for loop, point in zip(loops, points, strict=True):
            loop.step(gradient(point))


@pytest.mark.parametrize(
    ("memory", "rule", "size"),
    [
        (BufferPolicy.KEEP, AdamW(), 5),
        (BufferPolicy.AVERAGE, HeavyBall(0.5), 10),
        (BufferPolicy.AVERAGE, AdamW(), 15),
    ],
)
def test_a_message_holds_what_is_averaged_and_no_more(memory, rule, size):
    _, start = bent_gradient(0)
    method = DiLoCo(local_steps=2, step_size=ETA, inner_rule=rule, memory=memory)
    message, _ = method.post(method.init(start))
    assert message.shape == (2, 4, size)
    assert len(method.exchanges) == 1
    assert not method.sends_points


def test_a_message_is_what_a_worker_did_and_can_be_compressed():
    """Nothing of x_0 is in it: a compressor sees what a round did, and the identity loses none."""
    gradient, start = bent_gradient(7)
    method = DiLoCo(local_steps=3, step_size=ETA, inner_rule=Nesterov(0.5))
    message, _ = method.post(method.init(start))
    assert not message.any()
    packed = drive(Compressed(base=method), gradient, start, 12)
    same(packed, drive(method, gradient, start, 12), 12, "compressed by the identity")


def test_the_outer_memory_survives_a_move():
    _, start = bent_gradient(0)
    method = SlowMo(local_steps=2, step_size=ETA, slow_momentum=0.5)
    state = method.init(start)
    state = state._replace(outer=(torch.ones_like(state.z),))
    moved = method.moved(state, state.z + 1)
    assert torch.equal(moved.outer[0], state.outer[0])
    assert torch.equal(moved.z, state.z + 1)
    assert torch.equal(moved.base.x, start + 1)


def test_local_sgd_takes_the_outer_k_and_gossip_keeps_its_own():
    local = SlowMo(base=LocalSGD(local_steps=4, step_size=ETA), local_steps=6, slow_momentum=0.5)
    assert (local.local_steps, local.base.local_steps) == (6, 6)
    assert replace(local, local_steps=3).base.local_steps == 3
    assert SlowMo(base=local.base, slow_momentum=0.5).local_steps == 6
    gossip = SlowMo(base=BASES[0], local_steps=6, slow_momentum=0.5)
    assert (gossip.local_steps, gossip.base.local_steps) == (6, 1)


@pytest.mark.parametrize(
    ("base", "local_steps", "message"),
    [
        (MinibatchSGD(local_steps=4, step_size=ETA), 6, "local_steps=6 must be a multiple of base"),
        (DecentralizedSGD(local_steps=2, step_size=ETA), 5, "multiple of base.local_steps=2"),
        (DecentralizedSGD(local_steps=4, step_size=ETA), 4, "base.local_steps=4 must be below"),
    ],
)
def test_rounds_that_do_not_fit_are_refused(base, local_steps, message):
    with pytest.raises(ValueError, match=message):
        FedOpt(base=base, local_steps=local_steps, outer_step_size=1.0)
