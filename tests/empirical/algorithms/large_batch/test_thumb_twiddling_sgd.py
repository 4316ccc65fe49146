import torch

from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.algorithms.large_batch.thumb_twiddling_sgd import ThumbTwiddlingSGD
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same


def test_with_one_step_a_round_it_is_minibatch_sgd():
    gradient, start = bent_gradient(0)
    idle = drive(ThumbTwiddlingSGD(local_steps=1, step_size=0.1), gradient, start, 20)
    same(idle, drive(MinibatchSGD(local_steps=1, step_size=0.1), gradient, start, 20), 20, "K = 1")


def test_only_the_first_gradient_of_a_round_counts():
    """Gradients 1, 2, 3, ... : x moves by eta times the 1st, 5th, 9th, at the end of each round."""
    step = 0

    def numbered(x):
        nonlocal step
        step += 1
        return torch.full_like(x, step)

    start = torch.zeros(3, 1, dtype=torch.float64)
    method = ThumbTwiddlingSGD(local_steps=4, step_size=0.5)
    found = drive(method, numbered, start, 13).flatten().tolist()
    assert found == [0.0] * 4 + [-0.5] * 4 + [-3.0] * 4 + [-7.5] * 2


def test_its_batch_is_one_gradient_of_every_worker():
    gradient, start = bent_gradient(1)
    found = drive(ThumbTwiddlingSGD(local_steps=3, step_size=0.1), gradient, start, 9)
    x = start[:, :1]
    for step, point in enumerate(found):
        if step and step % 3 == 0:
            x = x - 0.1 * gradient(x.expand_as(start)).mean(-2, keepdim=True)
        same(point, x, 9, "batch M")
