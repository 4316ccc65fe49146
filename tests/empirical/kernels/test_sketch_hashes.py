"""Quality of the hashes, over a bank of seeds: collisions, signs, rows."""

import numpy as np
import pytest
import torch

from empirical.kernels.sketch_hashes import Signs, hashes

SEEDS, FEWER = range(3000), range(800)
ROWS, COLUMNS, BLOCKS = 3, 8, 4
SIZE = COLUMNS * BLOCKS - 3


def drawn(seed, four_wise=False):
    return hashes(SIZE, ROWS, COLUMNS, seed, 0, four_wise=four_wise)


def buckets(found, coordinate):
    """Of a coordinate in every row, (rows,)."""
    block, offset = divmod(coordinate, COLUMNS)
    return (offset + found.shifts[:, block]) % COLUMNS


def signs(found, coordinates):
    """(rows, coordinates)."""
    lookup = Signs(found, COLUMNS, torch.zeros(1, dtype=torch.float64))
    return np.stack([lookup.at(row, torch.tensor(coordinates)).numpy() for row in range(ROWS)])


def within_six(total, probability, trials):
    return (
        abs(total - trials * probability) <= 6 * (trials * probability * (1 - probability)) ** 0.5
    )


@pytest.mark.parametrize("pair", [(0, 8), (0, 16), (3, 9), (0, 28), (12, 21), (7, 15)])
def test_two_of_different_blocks_meet_once_in_c_and_rows_do_so_independently(pair):
    """The pairs at the distance of a block are those that a shared block hash would fail."""
    met = np.array([buckets(drawn(s), pair[0]) == buckets(drawn(s), pair[1]) for s in SEEDS])
    assert all(within_six(met[:, row].sum(), 1 / COLUMNS, len(SEEDS)) for row in range(ROWS))
    for row, other in ((0, 1), (0, 2), (1, 2)):
        both = (met[:, row] & met[:, other]).sum()
        assert within_six(both, 1 / COLUMNS**2, len(SEEDS))


def test_two_of_one_block_never_meet():
    assert not any(
        (buckets(drawn(s), 8 + one) == buckets(drawn(s), 8 + other)).any()
        for s in range(200)
        for one in range(COLUMNS)
        for other in range(one)
    )


def test_every_bucket_is_as_likely_as_any():
    """Chi-squared of 7 degrees of freedom, its mean plus six standard deviations."""
    found = np.array([buckets(drawn(s), 21) for s in SEEDS])
    counts = np.stack([np.bincount(found[:, row], minlength=COLUMNS) for row in range(ROWS)])
    expected = len(SEEDS) / COLUMNS
    assert (((counts - expected) ** 2 / expected).sum(1) <= 7 + 6 * 14**0.5).all()


@pytest.mark.parametrize("four_wise", [False, True])
def test_signs_are_uncorrelated_in_pairs_and_between_rows(four_wise):
    found = np.stack([signs(drawn(s, four_wise), [0, 3, 8, 16, 28]) for s in FEWER])
    flat = found.reshape(len(FEWER), -1)
    correlation = flat.T @ flat / len(FEWER)
    off_diagonal = correlation - np.eye(len(correlation))
    assert np.abs(off_diagonal).max() <= 6 / len(FEWER) ** 0.5
    assert np.abs(flat.mean(0)).max() <= 6 / len(FEWER) ** 0.5


RECTANGLE = [0, 3, 8, 11]
"""Two places of two blocks: the only fours whose signs hang together without polynomials."""


def test_four_signs_are_independent_only_with_polynomials():
    exact = np.stack([signs(drawn(s, True), RECTANGLE).prod(1) for s in FEWER])
    assert np.abs(exact.mean(0)).max() <= 6 / len(FEWER) ** 0.5
    assert all((signs(drawn(s), RECTANGLE).prod(1) == 1).all() for s in range(50))


def test_signs_agree_however_they_are_asked_for():
    for four_wise in (False, True):
        lookup = Signs(drawn(5, four_wise), COLUMNS, torch.zeros(1))
        for row in range(ROWS):
            alone = lookup.at(row, torch.arange(SIZE))
            together = lookup.across(row, 1, BLOCKS).flatten()
            assert torch.equal(together[: SIZE - COLUMNS], alone[COLUMNS:])
            assert torch.equal(lookup.within(row, 2, 3, 6), alone[19:22])


def test_every_part_of_the_key_counts():
    keys = [
        (40, 3, 8, 0, 0),
        (41, 3, 8, 0, 0),
        (40, 5, 8, 0, 0),
        (40, 3, 9, 0, 0),
        (40, 3, 8, 1, 0),
    ]
    found = [hashes(*key, four_wise=False).shifts.tobytes() for key in [*keys, (40, 3, 8, 0, 1)]]
    assert len(set(found)) == len(found)
