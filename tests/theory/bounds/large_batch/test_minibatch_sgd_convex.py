"""SGD with batches: what the three methods share, known numbers, and runs that come near."""

import pytest

from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.algorithms.large_batch.thumb_twiddling_sgd import ThumbTwiddlingSGD
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.readings.moments import moments
from theory.catalogue import lookup
from theory.tuning.corollary import own_step_size

NUMBERS = {
    "num_workers": 4,
    "local_steps": 9,
    "num_rounds": 50,
    "smoothness": 2.0,
    "gradient_noise": 1.5,
    "noise_at_optimum": 1.5,
    "initial_distance": 0.7,
    "step_size": 0.1,
}


def value(key, **changes):
    values = {**NUMBERS, **changes}
    return float(lookup(key).value(**{name: values[name] for name in lookup(key).parameters}))


def test_known_numbers():
    assert value("minibatch_sgd.convex") == pytest.approx(0.49 / 10 + 0.1 * 2.25 / 72)
    assert value("thumb_twiddling_sgd.convex") == pytest.approx(0.49 / 10 + 0.1 * 2.25 / 8)
    assert value("single_machine_sgd.convex") == pytest.approx(0.49 / 90 + 0.1 * 2.25 / 2)
    assert value("minibatch_sgd.convex_at_optimum") == pytest.approx(0.049 + 0.1 * 2.25 / 36)


def test_with_one_local_step_nobody_twiddles():
    ours, theirs = "minibatch_sgd.convex", "thumb_twiddling_sgd.convex"
    assert value(ours, local_steps=1) == pytest.approx(value(theirs, local_steps=1))
    assert value(ours) < value(theirs)


def test_one_worker_with_one_local_step_is_one_machine():
    alone = {"num_workers": 1, "local_steps": 1}
    assert value("minibatch_sgd.convex", **alone) == value("single_machine_sgd.convex", **alone)


@pytest.mark.parametrize(
    ("key", "steps", "samples"),
    [
        ("minibatch_sgd.convex", 50, 36),
        ("thumb_twiddling_sgd.convex", 50, 4),
        ("single_machine_sgd.convex", 450, 1),
    ],
)
def test_tuned_it_is_the_closed_form(key, steps, samples):
    """L B^2/(2N) + sigma B/sqrt(N b), for N steps with batches of b."""
    expected = 2.0 * 0.49 / (2 * steps) + 1.5 * 0.7 / (steps * samples) ** 0.5
    assert value(f"{key}.tuned") == pytest.approx(expected)


def test_noise_at_the_optimum_costs_half_of_what_is_commonly_stated():
    """B^2/(eta R) + 2 eta sigma_*^2/(MK), and step sizes up to 1/(4L) there."""
    common = 0.49 / (0.1 * 50) + 2 * 0.1 * 2.25 / 36
    assert value("minibatch_sgd.convex_at_optimum") == pytest.approx(common / 2)


@pytest.mark.parametrize("kind", [MinibatchSGD, ThumbTwiddlingSGD])
@pytest.mark.parametrize("noise", [0.0, 0.6])
@pytest.mark.parametrize("step_size", [0.02, 0.5])
def test_exact_runs_on_parabolas_stay_below(kind, noise, step_size):
    """Heterogeneous ones too, with curvatures down to 0."""
    problem = Quadratic(
        num_workers=3, size=4, smoothness=2.0, heterogeneity=1.0, gradient_noise=noise, start=0.7
    )
    algorithm = kind(local_steps=2, step_size=step_size)
    found = moments(algorithm, problem, num_rounds=12).trajectory.final_averages["objective"]
    numbers = {"num_workers": 3, "local_steps": 2, "num_rounds": 12, "gradient_noise": noise}
    key = f"{'minibatch' if kind is MinibatchSGD else 'thumb_twiddling'}_sgd.convex"
    assert 0 < float(found) <= value(key, step_size=step_size, **numbers)


def test_a_parabola_attains_it_at_one_over_l():
    """All of the first term, and of the other all but the first step, which has no noise yet."""
    noise, step_size, steps = 1.5**2 / 36, 0.5, 50
    square, total = 0.49, 0.0
    for _ in range(steps):
        total += 2.0 * square / 2 / steps
        square = (1 - 2.0 * step_size) ** 2 * square + step_size**2 * noise
    values = {
        name: {**NUMBERS, "step_size": step_size}[name] for name in lookup(MINIBATCH).parameters
    }
    promised = lookup(MINIBATCH).evaluate(**values).terms
    attained = promised["optimisation"] + promised["statistical"] * (1 - 1 / steps)
    assert total == pytest.approx(float(attained))


MINIBATCH = "minibatch_sgd.convex"


def test_the_own_step_size_of_the_corollary_gives_no_more_than_it_says():
    for noise in (0.1, 1.0, 30.0):
        tuned = lookup("minibatch_sgd.convex.tuned")
        step_size = own_step_size(tuned, {**NUMBERS, "gradient_noise": noise})
        at = value("minibatch_sgd.convex", step_size=step_size, gradient_noise=noise)
        assert at <= value(tuned.key, gradient_noise=noise) * (1 + 1e-12)
