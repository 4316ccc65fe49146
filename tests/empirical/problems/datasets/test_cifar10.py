from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch.func import grad, vmap

from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.problems.datasets.cifar10 import Cifar10
from empirical.problems.datasets.partition import Iid, LabelShards
from empirical.readings.simulate import simulate
from empirical.testing import rank_laws

CLASSES, PER_CLASS = 3, 16


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three classes of coloured noise, one colour a class: real image files, easy to learn."""
    root = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(0)
    for part in ("train", "test"):
        for label in range(CLASSES):
            where = root / part / f"class{label}"
            where.mkdir(parents=True)
            for number in range(PER_CLASS):
                pixels = rng.integers(0, 90, size=(32, 32, 3))
                pixels[..., label] += 150
                Image.fromarray(pixels.astype(np.uint8)).save(where / f"{number:02}.png")
    return root


@pytest.fixture
def problem(folder):
    return Cifar10(num_workers=4, folder=folder, batch_size=4, measure_samples=8)


def sampled(problem, seeds=2):
    rng = np.random.default_rng(1)
    draws = [[problem.draw(rng, 1)[0] for _ in range(problem.num_workers)] for _ in range(seeds)]
    return torch.from_numpy(np.array(draws))


def test_workers_hold_equal_disjoint_shards(problem):
    assert problem.shards.shape == (4, CLASSES * PER_CLASS // 4)
    assert len(set(problem.shards.ravel())) == problem.shards.size
    uneven = replace(problem, partition=LabelShards(1))
    assert not np.array_equal(uneven.shards, problem.shards)


def test_draws_are_places_crops_and_flips(problem):
    draw = problem.draw(np.random.default_rng(0), 50)
    assert draw.shape == (50, 4, 4)
    highest = draw.reshape(-1, 4).max(0)
    assert highest.tolist() == [problem.shards.shape[1] - 1, 8, 8, 1]
    assert draw.min() == 0


def test_a_stochastic_gradient_is_that_of_its_images_alone(problem):
    calm = replace(problem, augment=False)
    sample = sampled(calm)
    x = calm.initial_point().double().expand(2, 4, -1)
    together = calm.stochastic_gradient(x, sample, range(4))
    assert together.shape == x.shape
    alone = calm.stochastic_gradient(x[1:, 2:3], sample[1:, 2:3], range(2, 3))
    torch.testing.assert_close(together[1:, 2:3], alone, rtol=1e-12, atol=1e-14)
    twin = calm.stochastic_gradient(x[:1, 2:3], sample[1:, 2:3], range(2, 3))
    torch.testing.assert_close(alone, twin, rtol=1e-12, atol=1e-14)
    assert not torch.allclose(together[0, 2], together[1, 2])


def test_step_sizes_share_the_samples(problem):
    x = problem.initial_point().expand(3, 2, 4, -1)
    gradients = problem.stochastic_gradient(x, sampled(problem), range(4))
    assert gradients.shape == x.shape
    torch.testing.assert_close(gradients[0], gradients[2])


def test_augmentation_changes_the_gradient(problem):
    x = problem.initial_point().expand(2, 4, -1)
    plain = replace(problem, augment=False).stochastic_gradient(x, sampled(problem), range(4))
    assert not torch.allclose(problem.stochastic_gradient(x, sampled(problem), range(4)), plain)


def test_the_loop_over_models_agrees_with_vmap(problem):
    x = problem.initial_point().double().expand(3, -1)
    inputs = torch.randn(3, 4, 3, 32, 32, dtype=torch.float64)
    labels = torch.tensor([[0, 1, 2, 0]] * 3)
    looped = problem._gradients(x, inputs, labels)
    torch.testing.assert_close(looped, vmap(grad(problem._loss))(x, inputs, labels))


def test_measures_are_what_they_say(problem):
    point = problem.initial_point().double().expand(1, 1, -1)
    observed = problem.observe(point, range(4))
    found = problem.summarise(observed.mean(-2))
    halves = observed[0, :, 3:].unflatten(-1, (2, -1))
    first, second = halves.mean(0)
    torch.testing.assert_close(found["squared_gradient_norm"][0], first @ second)
    own = (halves[:, 0] * halves[:, 1]).sum(-1).mean()
    torch.testing.assert_close(found["dissimilarity"][0], own - first @ second)
    assert found["objective"].item() == pytest.approx(np.log(10), rel=0.5)
    assert 0 <= found["test_accuracy"].item() <= 1


@pytest.mark.ranks
def test_the_layout_does_not_matter(problem):
    algorithm = OverlapLocalSGD(local_steps=2, step_size=0.02, pullback=0.5)
    rank_laws.the_layout_does_not_matter(algorithm, problem, 2, num_rounds=3)


def test_a_few_rounds_learn_three_colours(problem):
    algorithm = OverlapLocalSGD(local_steps=2, step_size=0.02, pullback=0.5)
    settings = {"num_rounds": 15, "seeds": (0,), "measure_every": 30, "dtype": torch.float32}
    values = simulate(algorithm, problem, **settings).values
    assert values["objective"][0, -1] < 0.5 * values["objective"][0, 0]
    assert values["test_accuracy"][0, -1] > 0.8


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "vgg"}, "model=vgg is unknown; choose from groupnorm_cnn"),
        ({"batch_size": 0}, "batch_size=0 must be a whole number >= 1"),
        ({"measure_samples": 3}, "measure_samples=3 must be even"),
    ],
)
def test_bad_values_are_refused(problem, change, message):
    with pytest.raises(ValueError, match=message):
        replace(problem, **change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"measure_samples": 14}, "measure_samples=14 must be at most a worker's 12 images"),
        ({"num_workers": 49}, "measure_samples=8 must be at most a worker's 0 images"),
    ],
)
def test_data_that_is_too_small_is_found_before_anything_is_spent(problem, change, message):
    with pytest.raises(ValueError, match=message):
        replace(problem, **change).prepare()


def test_absent_data_is_found_before_anything_is_spent(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no CIFAR-10"):
        Cifar10(num_workers=2, folder=tmp_path, partition=Iid()).prepare()
