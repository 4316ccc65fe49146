import pytest
import torch

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.components.buffer_policy import BufferPolicy
from empirical.components.inner_rule import AdamW, HeavyBall
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same


@pytest.mark.parametrize("memory", list(BufferPolicy))
def test_heavy_ball_by_hand(memory):
    """Buffers stay, start anew or are averaged; the iterates are averaged in any case."""
    gradient, start = bent_gradient(3)
    method = LocalSGD(local_steps=3, step_size=0.1, inner_rule=HeavyBall(0.8), memory=memory)
    x, u = start, torch.zeros_like(start)
    for step, point in enumerate(drive(method, gradient, start, 12)):
        same(point, x.mean(-2, keepdim=True), 12, "by hand")
        u = 0.8 * u + gradient(x)
        x = x - 0.1 * u
        if (step + 1) % 3 == 0:
            x = x.mean(-2, keepdim=True).expand_as(x)
            kept = {
                BufferPolicy.KEEP: u,
                BufferPolicy.RESET: torch.zeros_like(u),
                BufferPolicy.AVERAGE: u.mean(-2, keepdim=True).expand_as(u),
            }
            u = kept[memory]


def test_averaged_memory_is_sent_along_and_counters_stay():
    method = LocalSGD(local_steps=1, step_size=0.1, inner_rule=AdamW(), memory=BufferPolicy.AVERAGE)
    gradient, start = bent_gradient(0)
    state = method.local_step(method.init(start), gradient(start))
    message, _ = method.post(state)
    assert message.shape == (*start.shape[:-1], 3 * start.shape[-1])
    after = method.absorb(state, message.mean(-2, keepdim=True))
    assert after.inner[2] == 1
    assert torch.equal(after.inner[1], state.inner[1].mean(-2, keepdim=True).expand_as(start))
