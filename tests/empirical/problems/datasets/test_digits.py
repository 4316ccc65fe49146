import math
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.problem import Knowledge
from empirical.problems.datasets.digits import EXAMPLES, Digits
from empirical.problems.datasets.partition import Dirichlet, Iid, LabelShards
from empirical.readings.simulate import simulate

EPS = torch.finfo(torch.float64).eps


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture
def raw() -> tuple[np.ndarray, np.ndarray]:
    datasets = pytest.importorskip("sklearn.datasets")
    return datasets.load_digits(return_X_y=True)


def test_without_scikit_learn_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    problem = Digits(num_workers=2)
    with pytest.raises(ImportError, match=r'pip install "ratebound\[digits\]"'):
        _ = problem.data
    with pytest.raises(ImportError, match=r'extra digits: pip install "ratebound\[digits'):
        problem.prepare()


@pytest.mark.parametrize("num_workers", [1, 4, 7])
def test_training_images_are_dealt_in_equal_shares(raw, num_workers):
    problem = Digits(num_workers=num_workers)
    features, targets = problem.data
    assert features.shape == (num_workers, 1500 // num_workers, 65)
    assert targets.shape == (num_workers, 1500 // num_workers, 10)
    assert problem.dimension == 650
    assert float(features.min()) == 0
    assert float(features.max()) == 1
    assert bool((features[..., -1] == 1).all())
    assert bool((targets.sum(-1) == 1).all())


def as_counts(images: torch.Tensor) -> dict[bytes, int]:
    rows, counts = np.unique(images.numpy(), axis=0, return_counts=True)
    return {row.tobytes(): int(count) for row, count in zip(rows, counts, strict=True)}


def test_every_image_is_either_for_training_or_held_out(raw):
    problem = Digits(num_workers=4)
    training = torch.cat([*problem.data], dim=-1).flatten(0, 1)
    padded = torch.cat([*problem._test], dim=-1).flatten(0, 1)
    held_out = padded[padded[:, -10:].sum(-1) == 1]
    assert (len(training), len(held_out), len(padded)) == (1500, 297, 300)
    pixels, labels = raw
    original = np.column_stack([pixels / 16, np.ones(1797), np.eye(10)[labels]])
    everything = torch.cat([training, held_out])
    assert as_counts(everything) == as_counts(torch.from_numpy(original))


def test_the_held_out_part_depends_on_the_seed_only(raw):
    first = Digits(num_workers=1)._test
    other_partition = Digits(num_workers=1, partition=Iid())._test
    other_seed = Digits(num_workers=1, problem_seed=1)._test
    assert torch.equal(first.features, other_partition.features)
    assert not torch.equal(first.features, other_seed.features)


@pytest.mark.parametrize("num_workers", [1, 4, 7, 300])
def test_accuracy_is_the_share_of_held_out_images_predicted_right(raw, num_workers):
    alone = Digits(num_workers=1)._test
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.standard_normal((5, 1, 650)))
    predicted = (alone.features[0] @ x.reshape(5, 10, 65).transpose(1, 2)).argmax(-1)
    right = (predicted == alone.targets[0].argmax(-1)).sum(-1)
    problem = Digits(num_workers=num_workers, partition=Iid())
    observed = problem.observe(x, range(num_workers)).mean(-2)
    assert torch.equal(problem.summarise(observed)["test_accuracy"], right.double() / 297)


def test_other_measures_are_as_for_any_exact_problem(raw):
    problem = Digits(num_workers=3)
    x = torch.zeros(1, 1, 650, dtype=torch.float64)
    measures = problem.summarise(problem.observe(x, range(3)).mean(-2))
    assert float(measures["objective"]) == pytest.approx(math.log(10), rel=8 * EPS)
    gradient = problem.gradient(x, range(3))[0]
    mean = gradient.mean(0)
    assert float(measures["squared_gradient_norm"]) == pytest.approx(float(mean @ mean))
    apart = float((gradient - mean).square().sum(-1).mean())
    assert float(measures["dissimilarity"]) == pytest.approx(apart)


@pytest.mark.parametrize("problem", EXAMPLES)
def test_the_smoothness_is_approached_where_two_classes_share_all(raw, problem):
    worker = int(torch.linalg.matrix_norm(problem.data.features, ord=2).argmax())
    weights = torch.zeros(10, 65, dtype=torch.float64)
    weights[2:, -1] = -50.0
    direction = torch.linalg.svd(problem.data.features[worker], full_matrices=False)[2][0]
    along = torch.zeros(10, 65, dtype=torch.float64)
    along[0], along[1] = direction, -direction
    move = along.flatten() / along.norm() * 1e-4
    ends = [(weights.flatten() + sign * move)[None] for sign in (1, -1)]
    rise = [problem.gradient(end, range(worker, worker + 1)) for end in ends]
    slope = float((rise[0] - rise[1]).norm() / 2e-4)
    assert slope == pytest.approx(problem.constants["smoothness"].value, rel=1e-6)
    assert problem.constants["smoothness"].knowledge is Knowledge.EXACT


def test_bounds_are_within_documented_factors_of_the_start(raw):
    problem = EXAMPLES[0]
    x = problem.initial_point()[None, None]
    gradient = problem.gradient(x, range(6))[0]
    apart = float((gradient - gradient.mean(0)).square().sum(-1).mean().sqrt())
    assert apart < problem.constants["heterogeneity"].value < 4.5 * apart
    # At the origin a slope is 1/10 - y, of squared length 0.9.
    square = 0.9 * problem.data.features.square().sum(-1).mean(-1)
    noise = float((square - gradient.square().sum(-1)).max() / problem.batch_size) ** 0.5
    assert noise < problem.constants["gradient_noise"].value < 1.7 * noise


def test_the_partition_sets_how_different_workers_are(raw):
    def dissimilarity(partition):
        problem = Digits(num_workers=10, partition=partition)
        observed = problem.observe(problem.initial_point()[None, None], range(10)).mean(-2)
        return float(problem.summarise(observed)["dissimilarity"])

    assert dissimilarity(LabelShards(1)) > 2 * dissimilarity(Dirichlet(0.5))
    assert dissimilarity(Dirichlet(0.5)) > 4 * dissimilarity(Iid())


def test_training_classifies_held_out_digits(raw):
    problem = replace(EXAMPLES[0], batch_size=16)
    algorithm = LocalSGD(local_steps=5, step_size=0.5)
    curve = simulate(algorithm, problem, num_rounds=40, seeds=range(2), measure_every=199)
    accuracy = curve.values["test_accuracy"]
    assert float(accuracy[:, 0].max()) < 0.2
    assert float(accuracy[:, -1].min()) > 0.85


def test_a_negative_regularisation_is_refused():
    with pytest.raises(ValueError, match="regularisation=-1 must be a number >= 0"):
        Digits(num_workers=2, regularisation=-1)
