from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same


def test_local_sgd_with_one_step_is_minibatch_sgd():
    gradient, start = bent_gradient(0)
    local = drive(LocalSGD(local_steps=1, step_size=0.1), gradient, start, 20)
    same(local, drive(MinibatchSGD(local_steps=1, step_size=0.1), gradient, start, 20), 20, "K = 1")


def test_a_round_is_one_step_with_the_mean_of_all_gradients():
    gradient, start = bent_gradient(1)
    found = drive(MinibatchSGD(local_steps=3, step_size=0.1), gradient, start, 9)
    x = start
    for step, point in enumerate(found):
        if step and step % 3 == 0:
            x = x - 0.1 * gradient(x).mean(-2, keepdim=True)
        same(point, x[..., :1, :], 9, "large batch")
