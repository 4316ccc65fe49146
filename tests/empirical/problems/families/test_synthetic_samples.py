from itertools import pairwise

import pytest
import torch

from empirical.problems.synthetic.logistic import Logistic
from empirical.problems.synthetic.sigmoid_regression import SigmoidRegression

both_kinds = pytest.mark.parametrize("kind", [Logistic, SigmoidRegression])


@both_kinds
def test_without_own_samples_all_workers_are_the_same(kind):
    problem = kind(num_workers=5, own_fraction=0.0)
    features, targets = problem.data
    assert torch.equal(features, features[:1].expand_as(features))
    assert torch.equal(targets, targets[:1].expand_as(targets))
    assert problem.constants["heterogeneity"].value == 0


@both_kinds
def test_the_fraction_is_that_of_samples_that_differ(kind):
    features, _ = kind(num_workers=5, num_samples=40, own_fraction=0.3).data
    differ = (features[1:] != features[:1]).any(-1)
    assert differ.sum(1).tolist() == [12] * 4


@both_kinds
def test_more_own_samples_make_workers_more_different(kind):
    zetas = [
        kind(num_workers=8, own_fraction=fraction).constants["heterogeneity"].value
        for fraction in (0.1, 0.2, 0.4, 0.8)
    ]
    ratios = [later / earlier for earlier, later in pairwise(zetas)]
    assert all(1.4 < ratio < 2.2 for ratio in ratios)


@both_kinds
def test_a_worker_keeps_its_samples_when_others_join(kind):
    few, many = kind(num_workers=2).data, kind(num_workers=5).data
    assert torch.equal(few.features, many.features[:2])
    assert torch.equal(few.targets, many.targets[:2])


@both_kinds
def test_the_seed_is_what_samples_are_made_of(kind):
    first, again, other = (kind(num_workers=2, problem_seed=seed).data for seed in (3, 3, 4))
    assert torch.equal(first.features, again.features)
    assert not torch.equal(first.features, other.features)


def test_own_features_are_shifted_and_common_ones_are_not():
    common = Logistic(num_workers=1, num_samples=20_000, size=4, own_fraction=0.0).data.features
    own = Logistic(num_workers=3, num_samples=20_000, size=4, own_fraction=1.0).data.features
    assert float(common.mean(1).norm()) < 5 * (4 / 20_000) ** 0.5
    shifts = own.mean(1).norm(dim=-1)
    torch.testing.assert_close(shifts, torch.ones(3).double(), rtol=0, atol=5 / 20_000**0.5)


def test_targets_follow_each_populations_own_separator():
    # Of a Gaussian population the mean of (a - mean a) y points along the separator.
    features, labels = Logistic(num_workers=4, num_samples=20_000, size=4, own_fraction=1.0).data
    slants = ((features - features.mean(1, keepdim=True)) * labels).mean(1)
    assert bool((slants.norm(dim=-1) > 0.3).all())
    directions = slants / slants.norm(dim=-1, keepdim=True)
    assert float((directions @ directions.T - torch.eye(4)).abs().max()) < 0.99


@both_kinds
@pytest.mark.parametrize(
    ("name", "given", "allowed"),
    [
        ("num_samples", 0, "a whole number >= 1"),
        ("size", -1, "a whole number >= 1"),
        ("own_fraction", 1.5, r"\[0, 1\]"),
        ("own_fraction", float("nan"), r"\[0, 1\]"),
    ],
)
def test_what_is_out_of_range_is_refused_by_name(kind, name, given, allowed):
    with pytest.raises(ValueError, match=f"{name}={given} must .*{allowed}"):
        kind(num_workers=2, **{name: given})
