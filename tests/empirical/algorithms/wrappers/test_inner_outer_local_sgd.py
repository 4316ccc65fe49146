import pytest
import torch

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.algorithms.wrappers.inner_outer_local_sgd import InnerOuterLocalSGD
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same


def test_with_unit_outer_step_it_is_local_sgd():
    gradient, start = bent_gradient(1)
    both = InnerOuterLocalSGD(local_steps=3, step_size=0.1, outer_step_size=1.0)
    local = LocalSGD(local_steps=3, step_size=0.1)
    same(*(drive(item, gradient, start, 20) for item in (both, local)), 20, "Local SGD")


@pytest.mark.parametrize("eta", [1e-4, 1e-6])
def test_with_small_inner_steps_it_is_minibatch_sgd(eta):
    """At beta eta K = 0.4 the difference is of first order in eta; Local SGD's is not small."""
    gradient, start = bent_gradient(2)
    K, product, num_steps = 4, 0.4, 20
    both = InnerOuterLocalSGD(local_steps=K, step_size=eta, outer_step_size=product / (eta * K))
    large = drive(MinibatchSGD(local_steps=K, step_size=product), gradient, start, num_steps)
    apart = (drive(both, gradient, start, num_steps) - large)[::K].abs().max()
    assert 1e-2 * eta < apart < 1e3 * eta
    local = drive(LocalSGD(local_steps=K, step_size=product / K), gradient, start, num_steps)
    assert (local - large)[::K].abs().max() > 1e-2


def test_a_plain_outer_step_is_beta_eta_on_the_sum_of_the_gradients():
    gradient, start = bent_gradient(3, batch=1)
    eta, beta, K = 0.1, 1.7, 3
    x = z = start[0]
    total, expected = torch.zeros_like(x), []
    for t in range(1, 16):
        slope = gradient(x[None])[0]
        x, total = x - eta * slope, total + slope
        if t % K == 0:
            z = z - beta * eta * total.mean(0, keepdim=True)
            x, total = z, torch.zeros_like(x)
        expected.append(x.mean(0))
    both = InnerOuterLocalSGD(local_steps=K, step_size=eta, outer_step_size=beta)
    found = drive(both, gradient, start, 15)[1:, 0, 0]
    same(found, torch.stack(expected), 15, "sum of gradients")


def test_bad_values_are_refused():
    with pytest.raises(ValueError, match="outer_step_size=0 must be"):
        InnerOuterLocalSGD(local_steps=2, step_size=0.1, outer_step_size=0)
