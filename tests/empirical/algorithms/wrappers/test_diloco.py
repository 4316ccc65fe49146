import pytest
import torch

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.wrappers.diloco import DiLoCo
from empirical.components.inner_rule import AdamW, HeavyBall, Plain
from empirical.readings.mixing import mixing
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same


@pytest.mark.parametrize("K", [1, 4])
def test_it_is_torch_inside_and_outside(K):
    """torch.optim.AdamW on each worker, torch.optim.SGD(nesterov=True) on the anchor."""
    gradient, start = bent_gradient(1, workers=3, batch=1)
    num_steps, lr = 21, 0.02
    workers = [start[0, m].clone().requires_grad_() for m in range(3)]
    inner = [torch.optim.AdamW([x], lr=lr, weight_decay=0.01) for x in workers]
    anchor = start[0, 0].clone().requires_grad_()
    outer = torch.optim.SGD([anchor], lr=0.7, momentum=0.9, nesterov=True)
    expected = [start[0].mean(0)]
    for t in range(1, num_steps + 1):
        slopes = gradient(torch.stack([x.detach() for x in workers])[None])[0]
        for x, optimizer, slope in zip(workers, inner, slopes, strict=True):
            x.grad = slope.clone()
            optimizer.step()
        if t % K == 0:
            anchor.grad = anchor.detach() - torch.stack([x.detach() for x in workers]).mean(0)
            outer.step()
            for x in workers:
                x.data.copy_(anchor.detach())
        expected.append(torch.stack([x.detach() for x in workers]).mean(0))
    method = DiLoCo(local_steps=K, step_size=lr, inner_rule=AdamW(rate=0.01))
    found = drive(method, gradient, start, num_steps)[:, 0, 0]
    same(found, torch.stack(expected), num_steps, "torch.optim")


def test_its_inner_rule_is_adamw_unless_something_is_said():
    assert DiLoCo(local_steps=3, step_size=0.1).inner_rule == AdamW()
    assert DiLoCo(local_steps=3, step_size=0.1).base.inner_rule == AdamW()
    assert DiLoCo(local_steps=3, step_size=0.1, inner_rule=Plain()).inner_rule == Plain()
    base = LocalSGD(local_steps=3, step_size=0.1, inner_rule=HeavyBall(0.5))
    assert DiLoCo(base=base).inner_rule == HeavyBall(0.5)
    assert DiLoCo(base=LocalSGD(local_steps=3, step_size=0.1)).inner_rule == Plain()


@pytest.mark.parametrize(("size", "beta"), [(0.7, 0.9), (0.5, 0.6)])
def test_with_plain_steps_it_has_the_known_mixing_numbers(size, beta):
    """7 eta with the defaults; eps = lambda beta^2 / (1 - beta) in place of SlowMo's c beta."""
    K = 3
    plain = {"local_steps": K, "step_size": 0.1, "inner_rule": Plain()}
    read = mixing(DiLoCo(**plain, outer_step_size=size, outer_momentum=beta))
    c, eps = size / (1 - beta), size * beta**2 / (1 - beta)
    assert read.effective_step == pytest.approx(c, rel=1e-12)
    assert float(read.numbers.N_w) == pytest.approx((K - 1) / 2, rel=1e-7)
    N_m = eps**2 * K / (1 - beta**2) + (1 - c) ** 2 * (K - 1) / 2
    assert float(read.numbers.N_m) == pytest.approx(N_m, rel=1e-7)
    assert mixing(DiLoCo(**plain)).effective_step == pytest.approx(7, rel=1e-12)


@pytest.mark.parametrize(("field", "value"), [("outer_step_size", 0), ("outer_momentum", 1)])
def test_bad_values_are_refused(field, value):
    with pytest.raises(ValueError, match=f"{field}={value} must be"):
        DiLoCo(**{"local_steps": 2, "step_size": 0.1, field: value})
