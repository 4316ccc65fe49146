import pytest
import torch

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same


def test_one_worker_runs_plain_sgd():
    gradient, start = bent_gradient(1, workers=1)
    found = drive(LocalSGD(local_steps=3, step_size=0.1), gradient, start, 9)
    x = start
    for point in found:
        same(point, x, 9, "one worker")
        x = x - 0.1 * gradient(x)


def test_after_a_communication_all_workers_stand_at_the_mean():
    gradient, start = bent_gradient(0)
    algorithm = LocalSGD(local_steps=1, step_size=0.1)
    state = algorithm.local_step(algorithm.init(start), gradient(start))
    message, state = algorithm.post(state)
    state = algorithm.absorb(state, message.mean(-2, keepdim=True))
    torch.testing.assert_close(state.x, message.mean(-2, keepdim=True).expand_as(start))


@pytest.mark.parametrize(
    ("field", "value"), [("local_steps", 0), ("local_steps", 1.5), ("step_size", -1)]
)
def test_bad_values_are_refused(field, value):
    settings = {"local_steps": 2, "step_size": 0.1, field: value}
    with pytest.raises(ValueError, match=f"{field}={value} must be"):
        LocalSGD(**settings)


@pytest.mark.parametrize("delay", [-1, 5])
def test_a_delay_beyond_a_round_is_refused(delay):
    class Late(LocalSGD):
        comm_delay = property(lambda self: delay)

    with pytest.raises(ValueError, match=rf"comm_delay={delay} must lie in \[0, local_steps=4\]"):
        Late(local_steps=4, step_size=0.1)
