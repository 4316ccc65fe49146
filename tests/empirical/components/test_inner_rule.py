import pytest
import torch

from empirical.components.inner_rule import EXAMPLES, AdamW, HeavyBall, Nesterov, Plain, WeightDecay


def torch_settings(rule):
    """The arguments of torch.optim.SGD that mean the same rule."""
    if isinstance(rule, WeightDecay):
        return {**torch_settings(rule.rule), "weight_decay": rule.rate}
    if isinstance(rule, HeavyBall):
        return {"momentum": rule.momentum}
    if isinstance(rule, Nesterov):
        return {"momentum": rule.momentum, "nesterov": rule.momentum > 0}
    return {}


def torch_optimizer(rule, parameter):
    if isinstance(rule, AdamW):
        betas = (rule.first_decay, rule.second_decay)
        settings = {"betas": betas, "eps": rule.epsilon, "weight_decay": rule.rate}
        return torch.optim.AdamW([parameter], lr=0.1, **settings)
    return torch.optim.SGD([parameter], lr=0.1, **torch_settings(rule))


@pytest.mark.parametrize("rule", EXAMPLES, ids=str)
def test_every_rule_agrees_with_torch_optim_step_by_step(rule):
    torch.manual_seed(0)
    x = torch.randn(3, 7, dtype=torch.float64)
    theirs = x.clone().requires_grad_()
    optimizer = torch_optimizer(rule, theirs)
    inner = rule.init(x)
    for _ in range(30):
        gradient = torch.randn_like(x)
        theirs.grad = gradient.clone()
        optimizer.step()
        x, inner = rule.step(x, gradient, inner, 0.1)
        torch.testing.assert_close(x, theirs.detach(), rtol=1e-13, atol=1e-14)


def test_rules_differ_from_each_other():
    x = torch.ones(2, dtype=torch.float64)
    ends = []
    for rule in (Plain(), HeavyBall(0.9), Nesterov(0.9), WeightDecay(0.1)):
        point, inner = x, rule.init(x)
        for _ in range(3):
            point, inner = rule.step(point, torch.ones_like(x), inner, 0.1)
        ends.append(float(point[0]))
    assert len(set(ends)) == 4


@pytest.mark.parametrize(("kind", "value"), [(HeavyBall, 1), (Nesterov, -0.1), (WeightDecay, -1)])
def test_bad_values_are_refused(kind, value):
    with pytest.raises(ValueError, match=rf"={value} must"):
        kind(value)
