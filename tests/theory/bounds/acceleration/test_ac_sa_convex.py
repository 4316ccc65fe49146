"""AC-SA: known numbers, what is commonly stated, and exact runs up to the longest step."""

import pytest

from empirical.algorithms.averaging.local_accelerated_sgd import LocalAcceleratedSGD
from empirical.algorithms.large_batch.accelerated_minibatch_sgd import AcceleratedMinibatchSGD
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.readings.moments import moments
from theory.catalogue import lookup

NUMBERS = {
    "num_workers": 3,
    "local_steps": 4,
    "num_rounds": 12,
    "smoothness": 2.0,
    "gradient_noise": 0.6,
    "initial_distance": 0.7,
    "step_size": 0.25,
}
MINIBATCH, SINGLE = "accelerated_minibatch_sgd.convex", "single_machine_ac_sa.convex"
LOCAL = "local_accelerated_sgd.quadratic"
SIZES = [(MINIBATCH, 12, 12), (SINGLE, 48, 1), (LOCAL, 48, 3)]


def value(key, **changes):
    values = {**NUMBERS, **changes}
    return float(lookup(key).value(**{name: values[name] for name in lookup(key).parameters}))


@pytest.mark.parametrize(("key", "steps", "samples"), SIZES)
def test_at_gamma_2l_it_is_what_is_commonly_stated(key, steps, samples):
    """2 gamma B^2/(N(N+1)) + (2N+1) s^2/(6 gamma) with gamma = 1/eta >= 2 L; here L is enough."""
    variance = 0.36 / samples
    expected = 2 * 4.0 * 0.49 / (steps * (steps + 1)) + (2 * steps + 1) * variance / (6 * 4.0)
    assert value(key) == pytest.approx(expected)


@pytest.mark.parametrize(("key", "steps", "samples"), SIZES)
@pytest.mark.parametrize("noise", [0.0, 1e-3, 0.6, 40.0])
def test_tuned_it_has_half_of_the_first_term_commonly_stated(key, steps, samples, noise):
    s = noise / samples**0.5
    second = 2 * s * 0.7 * ((2 * steps + 1) / (3 * steps * (steps + 1))) ** 0.5
    first = 4 * 2.0 * 0.49 / (steps * (steps + 1))
    assert value(f"{key}.tuned", gradient_noise=noise) == pytest.approx(first / 2 + second)


def test_with_one_local_step_local_and_minibatch_are_one():
    assert value(LOCAL, local_steps=1) == pytest.approx(value(MINIBATCH, local_steps=1))
    assert value(LOCAL, num_workers=1) == pytest.approx(value(SINGLE))


def test_without_noise_it_accelerates():
    rounds = (100, 200)
    ours = [value(f"{MINIBATCH}.tuned", gradient_noise=0.0, num_rounds=r) for r in rounds]
    plain = "minibatch_sgd.convex.tuned"
    theirs = [value(plain, gradient_noise=0.0, num_rounds=r) for r in rounds]
    assert ours[0] / ours[1] == pytest.approx(4, rel=0.01)
    assert theirs[0] / theirs[1] == pytest.approx(2)


@pytest.mark.parametrize("noise", [0.0, 0.6, 3.0])
@pytest.mark.parametrize("step_size", [0.02, 0.25, 0.5])
@pytest.mark.parametrize("key", [MINIBATCH, LOCAL])
def test_exact_runs_on_parabolas_stay_below_up_to_one_over_l(key, step_size, noise):
    problem = Quadratic(
        num_workers=3,
        size=4,
        smoothness=2.0,
        heterogeneity=1.0,
        shared_hessian=key == LOCAL,
        gradient_noise=noise,
        start=0.7,
    )
    kind = AcceleratedMinibatchSGD if key == MINIBATCH else LocalAcceleratedSGD
    algorithm = kind(local_steps=4, step_size=step_size)
    found = moments(algorithm, problem, num_rounds=12).trajectory.values["objective"][-1]
    assert 0 < float(found) <= value(key, step_size=step_size, gradient_noise=noise)
