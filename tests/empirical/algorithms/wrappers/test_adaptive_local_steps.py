import math

import numpy as np
import pytest
import torch

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.wrappers.adaptive_local_steps import EXAMPLES, AdaptiveLocalSteps
from empirical.algorithms.wrappers.slowmo import SlowMo
from empirical.cli.plan_request import plan
from empirical.components.inner_rule import HeavyBall
from empirical.experiments.execution import carry_out
from empirical.experiments.plan import missing_jobs
from empirical.loop import Loop
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.problems.synthetic.tilted import Tilted
from empirical.readings.distribute import distribute
from empirical.readings.linear.linear_form import NotLinear
from empirical.readings.moments import moments
from empirical.readings.performance_estimation.iterate_coefficients import trace
from empirical.readings.simulate import simulate
from empirical.runtime.run import run
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.transport import Stacked

PROBLEM = Quadratic(
    num_workers=4, size=3, heterogeneity=1.0, lowest=0.1, shared_hessian=False, start=6.0
)
NOISY = Tilted(num_workers=6, size=7, heterogeneity=1.0, gradient_noise=0.5)
REQUEST = ["algorithm=adaptive_local_steps", "local_steps=4", "step_size=0.05", "interval=6"]
REQUEST += ["problem=tilted", "num_workers=4", "num_rounds=5"]


def by_hand(problem, *, eta, K0, interval, low, num_steps):
    """Local SGD whose K is chosen anew every interval; without noise."""
    workers = range(problem.num_workers)
    x = problem.initial_point().expand(problem.num_workers, -1)
    K, since, first, chosen, met = K0, 0, None, [], []
    for t in range(num_steps):
        if t % interval == 0:
            point = x.mean(0)
            height = float(problem.objective(point[None, None], workers).mean()) - low
            first = height if first is None else first
            K = max(1, math.ceil(math.sqrt(height / first) * K0))
            chosen.append(K)
        x = x - eta * problem.gradient(x[None], workers)[0]
        since += 1
        if since >= K:
            x, since = x.mean(0).expand_as(x), 0
            met.append(t + 1)
    return x.mean(0), chosen, met


def test_its_schedule_by_hand():
    low = -0.5
    settings = {"local_steps": 8, "step_size": 0.05, "interval": 10}
    method = AdaptiveLocalSteps(**settings, lowest_objective=low)
    found = run(method, PROBLEM, Stacked(4), num_rounds=10, seeds=(0,))
    point, chosen, met = by_hand(PROBLEM, eta=0.05, K0=8, interval=10, low=low, num_steps=80)
    assert chosen[0] == 8
    assert len(set(chosen)) >= 4
    assert chosen == sorted(chosen, reverse=True)
    assert found.ledger.messages == len(met)
    np.testing.assert_allclose(found.final_point[0, 0], point, rtol=1e-12)


def test_untold_it_keeps_its_first_k_and_ends_with_it():
    """A run has num_rounds * K_0 steps, of which the last are as many as the first."""
    high = AdaptiveLocalSteps(local_steps=4, step_size=0.05, interval=100)
    local = LocalSGD(local_steps=4, step_size=0.05)
    found, expected = (
        run(method, NOISY, Stacked(6), num_rounds=6, seeds=(0,)) for method in (high, local)
    )
    assert torch.equal(found.final_point, expected.final_point)
    assert found.ledger.messages == expected.ledger.messages == 6


def told(method, *objectives):
    state = method.init(bent_gradient(0)[1])
    for objective in objectives:
        state = method.on_objective(state, objective)
    return state.every


@pytest.mark.parametrize(
    ("heard", "K"),
    [
        ([8.0], 8),
        ([8.0, 2.0], 4),
        ([8.0, 2.1], 5),
        ([8.0, 2.0 * (1 + 1e-14)], 4),
        ([8.0, 0.0], 1),
        ([8.0, -3.0], 1),
        ([8.0, 18.0], 12),
        ([8.0, 2.0, math.inf], 4),
        ([8.0, 2.0, math.nan], 4),
        ([8.0, 2.0, 8.0], 8),
    ],
)
def test_k_goes_with_the_root_of_the_objective(heard, K):
    assert told(AdaptiveLocalSteps(local_steps=8, step_size=0.1, interval=3), *heard) == K


@pytest.mark.parametrize("first", [1.0, 0.5, math.nan])
def test_the_first_objective_must_be_above_the_lowest(first):
    method = AdaptiveLocalSteps(local_steps=8, step_size=0.1, interval=3, lowest_objective=1.0)
    with pytest.raises(ValueError, match=rf"lowest_objective=1 must be below F\(x_0\)={first:g}"):
        told(method, first)


@pytest.mark.parametrize("stop", [0, 1, 5, 6, 7, 12, 17])
def test_what_was_heard_is_resumed_to_the_bit(stop):
    """K falls with objectives that a resumed loop does not hear again."""
    gradient, start = bent_gradient(5)
    base = LocalSGD(local_steps=4, step_size=0.1, inner_rule=HeavyBall(0.5))
    method = AdaptiveLocalSteps(base=base, interval=6)
    straight = resumed = Loop(method, Stacked(4), start)
    for step in range(24):
        if step == stop:
            resumed = Loop.resumed(method, Stacked(4), straight.snapshot())
        for loop in {straight, resumed}:
            if step % method.objective_every == 0:
                loop.on_objective(16.0 / (1 + step))
            loop.step(gradient(loop.gradient_point))
        assert torch.equal(straight.report(), resumed.report())
        assert straight.state[1:] == resumed.state[1:]
    assert straight.state.every < 4


def test_a_method_around_it_passes_on_what_it_hears():
    slow = SlowMo(
        base=AdaptiveLocalSteps(local_steps=2, step_size=0.05, interval=6),
        local_steps=8,
        slow_momentum=0.5,
    )
    assert slow.objective_every == 6
    state = slow.on_objective(slow.on_objective(slow.init(bent_gradient(0)[1]), 8.0), 1.0)
    assert state.base.every == 1


def test_one_seed_runs_at_a_time(in_tmp):
    method = AdaptiveLocalSteps(local_steps=4, step_size=0.05, interval=6)
    with pytest.raises(ValueError, match="adaptive_local_steps chooses its schedule by the obj"):
        simulate(method, NOISY, num_rounds=2, seeds=(0, 1))
    request = plan([*REQUEST, "seeds=3", "records=alone"])
    assert [len(job.seeds) for job in missing_jobs(request)] == [1, 1, 1]
    assert carry_out(request) == 3
    with pytest.raises(ValueError, match=r"2 runs would share it; run one seed at a time"):
        carry_out(plan([*REQUEST, "seeds=2", "together=2", "records=shared"]))


def test_exact_readings_refuse_it():
    method = AdaptiveLocalSteps(local_steps=4, step_size=0.05, interval=6)
    for reading in (
        lambda: moments(method, PROBLEM, num_rounds=3),
        lambda: trace(method, num_workers=2, num_rounds=2),
    ):
        with pytest.raises(NotLinear, match="its schedule depends on the objective"):
            reading()


FALLING = AdaptiveLocalSteps(local_steps=5, step_size=0.2, interval=4)


@pytest.mark.ranks
@pytest.mark.parametrize("method", [FALLING, *EXAMPLES[2:]], ids=repr)
def test_all_ranks_choose_the_same_k(method):
    settings = {"num_rounds": 8, "seeds": (3,)}
    alone = run(method, NOISY, Stacked(6), **settings)
    assert alone.ledger.messages > (8 if method is FALLING else 3)
    for ordered in (False, True):
        for outcome in distribute(method, NOISY, num_ranks=3, ordered=ordered, **settings):
            assert outcome.ledger.messages == alone.ledger.messages
            torch.testing.assert_close(
                outcome.final_point, alone.final_point, rtol=0 if ordered else 1e-12, atol=0
            )


@pytest.mark.parametrize("value", [0, 1.5])
def test_bad_values_are_refused(value):
    with pytest.raises(ValueError, match=f"interval={value} must be a whole number >= 1"):
        AdaptiveLocalSteps(local_steps=2, step_size=0.1, interval=value)
