"""Every rule deals equal, disjoint shares; each rule has the classes it promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from empirical.problems.datasets.partition import (
    Dirichlet,
    Iid,
    LabelShards,
    MajorityClass,
    Partition,
)
from empirical.problems.datasets.partition_report import class_histogram

SETTINGS = settings(deadline=None, max_examples=60)
BALANCED = np.repeat(np.arange(10), 500)
NAMED = (Iid(), Dirichlet(0.1), LabelShards(2), MajorityClass(0.64))

PARTITIONS = st.one_of(
    st.just(Iid()),
    st.builds(Dirichlet, st.floats(-9, 9).map(lambda exponent: 10.0**exponent)),
    st.builds(LabelShards, st.integers(1, 4)),
    # Of six classes one always holds a sixth of what is left.
    st.builds(MajorityClass, st.floats(0, 1 / 6)),
)
SEEDS = st.integers(0, 2**64)


@st.composite
def labelled(draw: st.DrawFn) -> tuple[np.ndarray, int]:
    """Labels, unbalanced and not contiguous, and a number of workers with >= 4 samples each."""
    num_workers = draw(st.integers(1, 9))
    size = st.integers(4 * num_workers, 300)
    labels = draw(hnp.arrays(np.int64, size, elements=st.sampled_from([-3, 0, 1, 2, 7, 10**12])))
    return labels, num_workers


@SETTINGS
@given(partition=PARTITIONS, data=labelled(), seed=SEEDS)
def test_shares_are_equal_disjoint_and_drop_only_the_remainder(
    partition: Partition, data: tuple[np.ndarray, int], seed: int
) -> None:
    labels, num_workers = data
    indices = partition.split(labels, num_workers, seed)
    assert indices.shape == (num_workers, len(labels) // num_workers)
    assert indices.dtype == np.int64
    assert indices.min() >= 0
    assert indices.max() < len(labels)
    assert len(np.unique(indices)) == len(labels) - len(labels) % num_workers


@SETTINGS
@given(partition=PARTITIONS, data=labelled(), seed=SEEDS)
def test_the_split_is_a_function_of_its_arguments(
    partition: Partition, data: tuple[np.ndarray, int], seed: int
) -> None:
    labels, num_workers = data
    before = labels.copy()
    first, second = (partition.split(labels, num_workers, seed) for _ in range(2))
    assert np.array_equal(first, second)
    assert np.array_equal(labels, before)


@pytest.mark.parametrize("partition", NAMED, ids=repr)
def test_another_seed_is_another_split(partition: Partition) -> None:
    first, second = (partition.split(BALANCED, 7, seed) for seed in (0, 1))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("partition", NAMED, ids=repr)
def test_names_of_classes_do_not_matter(partition: Partition) -> None:
    renamed = 5 * BALANCED - 20
    assert np.array_equal(partition.split(BALANCED, 7, 3), partition.split(renamed, 7, 3))


@pytest.mark.parametrize("partition", NAMED, ids=repr)
def test_every_sample_is_dropped_sometimes_and_equally_often(partition: Partition) -> None:
    labels, num_workers, splits = np.repeat([0, 1, 2, 3], 4), 3, 600
    kept = np.zeros(16)
    for seed in range(splits):
        np.add.at(kept, partition.split(labels, num_workers, seed), 1)
    # One of 16 is dropped: 37.5 times of 600 each, deviation 5.9; 5 deviations for 16 samples.
    assert np.all(np.abs(splits - kept - splits / 16) < 5 * np.sqrt(splits * 15) / 16)


@pytest.mark.parametrize("partition", [LabelShards(2), MajorityClass(0.64)], ids=repr)
def test_a_prefix_of_a_share_is_a_fair_sample_of_it(partition: Partition) -> None:
    indices = partition.split(BALANCED, 10, 0)
    whole, half = (class_histogram(BALANCED, part, 10) for part in (indices, indices[:, :250]))
    # Hypergeometric: 250 of 500 drawn, deviation at most sqrt(500)/4 = 5.6 in a class.
    assert np.all(np.abs(half - whole / 2) < 5 * 5.6)


def test_iid_shares_have_about_the_same_classes() -> None:
    histogram = class_histogram(BALANCED, Iid().split(BALANCED, 10, 0), 10)
    assert np.all(np.abs(histogram - 50) < 5 * np.sqrt(50 * 0.9))
    assert histogram.std() > 1  # drawn, not dealt out class by class


@pytest.mark.parametrize("sizes", [(500,) * 10, (900, 300, 60)])
def test_dirichlet_tends_to_iid_as_alpha_grows(sizes: tuple[int, ...]) -> None:
    labels = np.repeat(np.arange(len(sizes)), sizes)
    histogram = class_histogram(labels, Dirichlet(1e9).split(labels, 6, 0), len(sizes))
    # All that is left to chance is a slot for each rounded count.
    assert np.all(np.abs(histogram - np.array(sizes) / 6) <= len(sizes))


def test_dirichlet_concentrates_as_alpha_shrinks() -> None:
    def largest_share(alpha: float) -> float:
        splits = (Dirichlet(alpha).split(BALANCED, 10, seed) for seed in range(20))
        histograms = np.stack([class_histogram(BALANCED, split, 10) for split in splits])
        return float(histograms.max(axis=2).mean() / 500)

    shares = [largest_share(alpha) for alpha in (1e-9, 0.1, 1.0, 10.0, 1e9)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.55
    assert shares[-1] < 0.11


def test_dirichlet_workers_are_exchangeable() -> None:
    # Sequential dealing would leave the last worker the classes nobody wanted.
    splits = (Dirichlet(0.1).split(BALANCED, 10, seed) for seed in range(200))
    shares = np.stack([class_histogram(BALANCED, split, 10).max(axis=1) for split in splits]) / 500
    noise = shares.std() / np.sqrt(len(shares))
    assert np.all(np.abs(shares.mean(axis=0) - shares.mean()) < 5 * noise)


@pytest.mark.parametrize("sizes", [(25, 25, 25, 25), (70, 15, 10, 5)])
def test_dirichlet_proportions_have_the_moments_of_the_distribution(sizes: tuple[int, ...]) -> None:
    # Parameters a_c = 4 alpha p_c have mean p_c and variance p_c (1 - p_c) / (4 alpha + 1).
    labels, expected = np.repeat(np.arange(4), 1000 * np.array(sizes)), np.array(sizes) / 100
    shares = class_histogram(labels, Dirichlet(0.5).split(labels, 1000, 0), 4) / 100
    assert shares.mean(axis=0) == pytest.approx(expected)
    assert shares.var(axis=0) == pytest.approx(expected * (1 - expected) / 3, rel=0.2)


@SETTINGS
@given(shards=st.integers(1, 5), num_workers=st.sampled_from([10, 20, 30]), seed=SEEDS)
def test_aligned_shards_hold_one_class_each(shards: int, num_workers: int, seed: int) -> None:
    size = 12
    labels = np.repeat(np.arange(10), num_workers * shards * size // 10)
    histogram = class_histogram(labels, LabelShards(shards).split(labels, num_workers, seed), 10)
    assert np.all((histogram > 0).sum(axis=1) <= shards)
    assert np.all(histogram % size == 0)


def test_shards_are_dealt_at_random() -> None:
    splits = (LabelShards(2).split(BALANCED, 10, seed) for seed in range(400))
    first = [class_histogram(BALANCED, split, 10)[0] for split in splits]
    # Two of twenty shards, two shards a class: both of one class with probability 1/19.
    alike = np.mean([histogram.max() == 500 for histogram in first])
    assert abs(alike - 1 / 19) < 5 * np.sqrt(1 / 19 * 18 / 19 / 400)
    assert np.all(np.sum(first, axis=0) > 0)


@SETTINGS
@given(shards=st.integers(1, 4), num_workers=st.integers(10, 40), seed=SEEDS)
def test_a_shard_crosses_one_boundary_of_classes_at_most(
    shards: int, num_workers: int, seed: int
) -> None:
    labels = np.repeat(np.arange(7), 400)
    histogram = class_histogram(labels, LabelShards(shards).split(labels, num_workers, seed), 7)
    assert np.all((histogram > 0).sum(axis=1) <= 2 * shards)
    # Of M s shards only C - 1 can cross a boundary.
    assert (histogram > 0).sum() <= num_workers * shards + 6


def test_the_published_majority_split_of_cifar10() -> None:
    labels = np.repeat(np.arange(10), 5000)
    histogram = class_histogram(labels, MajorityClass(0.64).split(labels, 16, 0), 10)
    assert np.array_equal(histogram.argmax(axis=1), np.arange(16) % 10)
    assert histogram.max(axis=1).min() >= 2000
    assert np.all(histogram.sum(axis=1) == 3125)
    assert np.sort(histogram, axis=1)[:, :-1].max() < 500


@SETTINGS
@given(fraction=st.floats(0, 1), seed=SEEDS)
def test_a_majority_is_at_least_its_fraction(fraction: float, seed: int) -> None:
    labels = np.random.default_rng(0).permutation(BALANCED)
    histogram = class_histogram(labels, MajorityClass(fraction).split(labels, 10, seed), 10)
    assert histogram.max(axis=1).min() >= round(500 * fraction)


def test_a_class_too_small_for_its_majority_is_refused() -> None:
    with pytest.raises(ValueError, match=r"fraction=1.0 asks 312 .* suffice for 10; lower it"):
        MajorityClass(1.0).split(BALANCED, 16, 0)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Dirichlet(-1), r"alpha=-1 must be a number > 0"),
        (lambda: Dirichlet(float("nan")), r"alpha=nan must"),
        (lambda: Dirichlet(float("inf")), r"alpha=inf must"),
        (lambda: LabelShards(0), r"shards_per_worker=0 must be an integer >= 1"),
        (lambda: LabelShards(cast(int, 1.5)), r"shards_per_worker=1.5 must be an integer >= 1"),
        (lambda: MajorityClass(1.5), r"fraction=1.5 must be a number in \[0, 1\]"),
        (lambda: MajorityClass(float("nan")), r"fraction=nan must"),
        (lambda: Iid().split(BALANCED, 0, 0), r"num_workers=0 must be an integer >= 1"),
        (lambda: Iid().split(BALANCED[:3], 4, 0), r"num_workers=4 must be at most the 3 samples"),
        (lambda: Iid().split(BALANCED, 2, -1), r"seed=-1 must be an integer >= 0"),
        (lambda: Iid().split(BALANCED[None], 2, 0), r"labels of shape \(1, 5000\)"),
        (lambda: Iid().split(BALANCED / 1, 2, 0), r"labels .* float64 must be"),
        (lambda: LabelShards(4).split(BALANCED[:9], 3, 0), r"shards_per_worker=4 .* the 3 samples"),
        (lambda: class_histogram(BALANCED, np.array([[4999]]), 9), r"label 9 must lie in \[0, num"),
    ],
)
def test_refusals_say_what_was_given_and_what_is_allowed(
    build: Callable[[], object], message: str
) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        build()
    assert "\n" not in str(caught.value)


def test_a_histogram_counts_by_worker_and_class() -> None:
    labels, indices = np.array([2, 0, 2, 1]), np.array([[0, 2], [3, 1]])
    assert class_histogram(labels, indices, 4).tolist() == [[0, 0, 2, 0], [1, 1, 0, 0]]
