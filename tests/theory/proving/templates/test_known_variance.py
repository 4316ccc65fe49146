"""Bounds from steps with noise of known variance: what does not fit a method is not derived."""

import pytest

from theory.bounds.large_batch.minibatch_sgd_convex import MINIBATCH, MINIBATCH_TUNED
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation.letters import K, M, R, T
from theory.proving.axioms import Rule
from theory.proving.proof import proved
from theory.proving.templates.known_variance import ACCELERATED, PLAIN, by_known_variance
from theory.proving.templates.noises import ONE_GRADIENT, of_mean

AT_ROUNDS = Measure(Quantity.SUBOPTIMALITY, ReportPoint.ROUND_START)
AT_STEPS = Measure(Quantity.SUBOPTIMALITY, ReportPoint.MEAN_ITERATE)


def derived(stepping=PLAIN, measure=AT_ROUNDS, steps=R, noise=None, by=(Rule.UNIFORM_WEIGHTS,)):
    bounds = (MINIBATCH, MINIBATCH_TUNED)
    noise = of_mean(M * K) if noise is None else noise
    return proved(
        by_known_variance("name", bounds, stepping, measure, steps=steps, noise=noise, by=by)
    )


def test_minibatch_sgd_takes_r_steps_with_the_noise_of_m_k_gradients():
    assert derived()


@pytest.mark.parametrize(
    "change",
    [
        {"stepping": ACCELERATED},
        {"measure": AT_STEPS},
        {"steps": T},
        {"noise": of_mean(M)},
        {"noise": of_mean(2 * M * K)},
        {"noise": ONE_GRADIENT},
        {"by": (Rule.QUADRATIC,)},
    ],
    ids=["accelerated", "point", "steps", "more noise", "less noise", "one gradient", "quadratic"],
)
def test_another_method_does_not_have_its_bound(change):
    assert not derived(**change)
