import math

import pytest
import torch

from empirical.components.fedac_rule import Coupling, FedAcRule
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import same
from tests.empirical.components.test_accelerated_rule import aggregates, three_sequences

STEPS = 40


def policy(eta, mu, K, coupling):
    """1/a, b, gamma and eta, from the paper's formulas."""
    gamma = max(math.sqrt(eta / (mu * K)), eta)
    if coupling is Coupling.FIRST:
        a = 1 / (gamma * mu)
        b = a + 1
    else:
        a = 3 / (2 * gamma * mu) - 1 / 2
        b = (2 * a**2 - 1) / (a - 1)
    return 1 / a, b, gamma, eta


@pytest.mark.parametrize("coupling", Coupling)
@pytest.mark.parametrize(("mu", "K"), [(0.01, 1), (0.3, 8), (2.0, 50)])
def test_the_rule_is_the_papers_three_sequences(coupling, mu, K):
    """For eta below and above 1 / (mu K), where gamma changes its form."""
    gradient, start = bent_gradient(0)
    rule = FedAcRule(mu, coupling, K)
    for eta in (0.2, 0.49):
        weights = policy(eta, mu, K, coupling)
        expected = three_sequences(gradient, start, lambda t, found=weights: found, STEPS)
        same(aggregates(rule, gradient, start, eta, STEPS), expected, STEPS, "three sequences")
    sizes = torch.tensor([0.2, 0.49], dtype=torch.float64)[:, None, None]
    together = aggregates(rule, gradient, start, sizes, STEPS)
    same(together[:, 1], expected[:, 1], STEPS, "several step sizes")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"strong_convexity": 0.0}, "strong_convexity=0 must be"),
        ({"local_steps": 0}, "local_steps=0 must be"),
    ],
)
def test_bad_values_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        FedAcRule(**{"strong_convexity": 1.0, **settings})


@pytest.mark.parametrize(
    ("coupling", "step_size", "sign"),
    [(Coupling.FIRST, 0.51, "<="), (Coupling.SECOND, torch.tensor([0.1, 0.5]), "<")],
)
def test_step_sizes_beyond_the_coupling_are_refused(coupling, step_size, sign):
    message = rf"step_size=0.51? times strong_convexity=2 must be {sign} 1"
    with pytest.raises(ValueError, match=message):
        FedAcRule(2.0, coupling).check(step_size)


def test_the_first_coupling_bears_its_limit():
    gradient, start = bent_gradient(0)
    FedAcRule(2.0).check(0.5)
    same(
        aggregates(FedAcRule(2.0), gradient, start, 0.5, STEPS),
        three_sequences(gradient, start, lambda t: (1, 2, 0.5, 0.5), STEPS),
        STEPS,
        "a = 1",
    )
