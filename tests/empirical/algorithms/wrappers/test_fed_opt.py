import pytest
import torch

from empirical.algorithms.wrappers.diloco import DiLoCo
from empirical.algorithms.wrappers.fed_opt import FedOpt
from empirical.algorithms.wrappers.inner_outer_local_sgd import InnerOuterLocalSGD
from empirical.components.inner_rule import AdamW, HeavyBall, Nesterov, Plain, WeightDecay
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same

SGD, ADAMW = torch.optim.SGD, torch.optim.AdamW


@pytest.mark.parametrize(
    ("rule", "optimizer", "settings"),
    [
        (AdamW(epsilon=1e-3), ADAMW, {"eps": 1e-3, "weight_decay": 0.0}),
        (HeavyBall(0.8), SGD, {"momentum": 0.8}),
        (WeightDecay(0.1, Nesterov(0.6)), SGD, {"momentum": 0.6, "weight_decay": 0.1}),
    ],
    ids=str,
)
def test_its_outer_rule_is_an_optimizer_on_the_anchor(rule, optimizer, settings):
    gradient, start = bent_gradient(1, batch=1)
    K, eta, lr, num_steps = 3, 0.05, 0.4, 15
    nesterov = {"nesterov": True} if isinstance(rule, WeightDecay) else {}
    anchor = start[0, 0].clone().requires_grad_()
    outer = optimizer([anchor], lr=lr, **settings, **nesterov)
    x, expected = start[0], []
    for t in range(1, num_steps + 1):
        x = x - eta * gradient(x[None])[0]
        if t % K == 0:
            anchor.grad = anchor.detach() - x.mean(0)
            outer.step()
            x = anchor.detach().expand_as(x).clone()
        expected.append(x.mean(0))
    method = FedOpt(local_steps=K, step_size=eta, outer_step_size=lr, outer_rule=rule)
    found = drive(method, gradient, start, num_steps)[1:, 0, 0]
    same(found, torch.stack(expected), num_steps, "torch.optim")


def test_its_relatives_are_special_cases():
    gradient, start = bent_gradient(2)
    settings = {"local_steps": 3, "step_size": 0.1, "outer_step_size": 0.8}
    pairs = [
        (Plain(), InnerOuterLocalSGD(**settings)),
        (Nesterov(0.9), DiLoCo(**settings, inner_rule=Plain())),
    ]
    for rule, relative in pairs:
        method = FedOpt(**settings, outer_rule=rule)
        assert torch.equal(*(drive(item, gradient, start, 12) for item in (method, relative)))


def test_bad_values_are_refused():
    with pytest.raises(ValueError, match="outer_step_size=-1 must be"):
        FedOpt(local_steps=2, step_size=0.1, outer_step_size=-1)
