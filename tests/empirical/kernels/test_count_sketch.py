"""The sketch against the matrix that it is, and what is claimed of its errors."""

from itertools import permutations
from math import sqrt

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.kernels.count_sketch import Sketch
from empirical.runtime.launch import run_ranks

ODD = st.sampled_from([1, 3, 5, 7])
SHAPES = st.builds(Sketch, st.integers(0, 60), ODD, st.integers(1, 20), st.integers(0, 99))
LONG = [(9000, 3, 8192), (20_000, 1, 8192), (70_000, 3, 66_000)]
"""Columns enough that blocks are handled one by one, a tile at a time."""


def matrix(sketch):
    """The r c rows of the linear map, from the hashes, coordinate by coordinate."""
    found = np.zeros((sketch.rows, sketch.columns, sketch.size))
    drawn = sketch.hashes
    for coordinate in range(sketch.size):
        block, offset = divmod(coordinate, sketch.columns)
        for row in range(sketch.rows):
            sign = drawn.block_signs[row, block] * drawn.offset_signs[row, offset]
            found[row, (offset + drawn.shifts[row, block]) % sketch.columns, coordinate] = sign
    return torch.from_numpy(found)


def whole(sketch, seed=0, *leading, reach=1000):
    """Vectors of whole numbers, of which all sums are exact in every order."""
    rng = torch.Generator().manual_seed(seed)
    shape = (*leading, sketch.size)
    return torch.randint(-reach, reach + 1, shape, generator=rng).float()


def gaussian(size, seed=0):
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(size, dtype=torch.float64, generator=rng)


@given(sketch=SHAPES, seed=st.integers(0, 99))
def test_both_directions_are_those_of_the_matrix(sketch, seed):
    x = whole(sketch, seed, 2, 3)
    tables, rows = sketch.accumulate(x), matrix(sketch).float()
    assert torch.equal(tables, torch.einsum("rcd,bwd->bwrc", rows, x))
    estimates = torch.einsum("rcd,bwrc->rbwd", rows, tables)
    found = sketch.query(tables)
    assert torch.equal(found, estimates.sort(0).values[sketch.rows // 2])
    if sketch.size:
        some = torch.from_numpy(np.random.default_rng(seed).integers(sketch.size, size=(2, 3, 4)))
        assert torch.equal(sketch.query_at(tables, some), found.gather(-1, some))


@pytest.mark.parametrize("shape", LONG)
def test_long_rows_are_those_of_short_ones(shape):
    """The two ways to move blocks agree."""
    sketch = Sketch(*shape)
    x = whole(sketch, 0, 2)
    tables = sketch.accumulate(x)
    coordinates = torch.arange(sketch.size)
    signs, buckets = [], []
    for row in range(sketch.rows):
        block, offset = coordinates // sketch.columns, coordinates % sketch.columns
        drawn = sketch.hashes
        signs.append(drawn.block_signs[row][block] * drawn.offset_signs[row][offset])
        buckets.append((offset + torch.from_numpy(drawn.shifts[row])[block]) % sketch.columns)
        signed = x * torch.from_numpy(signs[-1])
        expected = torch.zeros(2, sketch.columns).index_add_(1, buckets[-1], signed)
        assert torch.equal(tables[:, row], expected)
    some = coordinates[::7].expand(2, -1)
    assert torch.equal(sketch.query(tables).gather(-1, some), sketch.query_at(tables, some))


@given(sketch=SHAPES, seed=st.integers(0, 99), a=st.integers(-9, 9), b=st.integers(-9, 9))
def test_it_is_linear(sketch, seed, a, b):
    x, y = whole(sketch, seed), whole(sketch, seed + 100)
    together = sketch.accumulate(a * x + b * y)
    assert torch.equal(together, a * sketch.accumulate(x) + b * sketch.accumulate(y))


def test_it_is_linear_up_to_rounding():
    sketch = Sketch(5000, 3, 70)
    x, y = gaussian(5000, 1), gaussian(5000, 2)
    error = sketch.accumulate(3 * x - 0.7 * y) - (
        3 * sketch.accumulate(x) - 0.7 * sketch.accumulate(y)
    )
    terms = 72 + 2  # blocks, and the combination
    largest = matrix(sketch).abs() @ (3 * x.abs() + 0.7 * y.abs())
    assert bool((error.abs() <= 2 * terms * 2.0**-53 * largest).all())


@given(sketch=SHAPES, seed=st.integers(0, 99), workers=st.sampled_from([1, 2, 4, 8]))
def test_tables_are_merged_by_adding_them(sketch, seed, workers):
    """In any order; the mean over 2^n workers is the table of the mean."""
    x = whole(sketch, seed, workers)
    tables = sketch.accumulate(x)
    assert torch.equal(tables.sum(0), tables.flip(0).sum(0))
    assert torch.equal(tables.mean(0), sketch.accumulate(x.mean(0)))


def _table(place):
    sketch = Sketch(50_000, 3, 8192, seed=3, draw=2)
    torch.manual_seed(place.rank)
    before = torch.get_rng_state()
    numpys = np.random.get_state()[1].tolist()  # noqa: NPY002  # the state that must not move
    table = sketch.accumulate(whole(sketch, 1))
    assert torch.equal(torch.get_rng_state(), before)
    assert np.random.get_state()[1].tolist() == numpys  # noqa: NPY002
    return table.numpy()


@pytest.mark.ranks
def test_every_process_has_the_same_and_no_global_state_moves():
    sketch = Sketch(50_000, 3, 8192, seed=3, draw=2)
    expected = sketch.accumulate(whole(sketch, 1)).numpy()
    assert all(np.array_equal(table, expected) for table in run_ranks(_table, 2))


def test_the_number_of_threads_does_not_matter():
    sketch = Sketch(200_000, 3, 8192)
    x = whole(sketch)
    alone = sketch.accumulate(x)
    torch.set_num_threads(2)
    try:
        assert torch.equal(sketch.accumulate(x), alone)
    finally:
        torch.set_num_threads(1)


def test_hashes_do_not_change_from_version_to_version():
    """Tables of old records can be read."""
    assert Sketch(7, 3, 3).accumulate(torch.arange(7.0)).tolist() == GOLDEN
    assert Sketch(7, 1, 3, four_wise=True).accumulate(torch.arange(7.0)).tolist() == GOLDEN_FOUR


GOLDEN = [[-7.0, 9.0, -5.0], [3.0, -11.0, 7.0], [1.0, 4.0, 2.0]]
GOLDEN_FOUR = [[11.0, -4.0, 4.0]]


@given(sketch=SHAPES)
def test_zero_is_zero(sketch):
    table = sketch.accumulate(torch.zeros(sketch.size))
    assert torch.equal(table, torch.zeros(sketch.rows, sketch.columns))
    assert torch.equal(sketch.query(table), torch.zeros(sketch.size))
    assert float(sketch.norm(table)) == 0


@given(sketch=SHAPES.filter(lambda item: item.size), data=st.data())
def test_one_coordinate_fills_one_bucket_a_row(sketch, data):
    place = data.draw(st.integers(0, sketch.size - 1))
    x = torch.zeros(sketch.size)
    x[place] = 3.5
    table = sketch.accumulate(x)
    assert ((table != 0).sum(-1) == 1).all()
    assert set(table.abs().unique().tolist()) <= {0.0, 3.5}
    estimates = sketch.query(table)
    assert float(estimates[place]) == 3.5
    assert set(estimates.abs().unique().tolist()) <= {0.0, 3.5}
    assert float(sketch.norm(table)) == 3.5


@given(sketch=SHAPES, seed=st.integers(0, 99))
def test_estimates_are_odd_to_the_bit(sketch, seed):
    x = gaussian(sketch.size, seed)
    opposite = sketch.query(sketch.accumulate(-x))
    assert torch.equal(opposite, -sketch.query(sketch.accumulate(x)))


@given(sketch=SHAPES, seed=st.integers(0, 99), power=st.integers(-80, 80))
def test_powers_of_two_pass_through(sketch, seed, power):
    """In float32, whose squares would overflow or vanish."""
    x, scale = gaussian(sketch.size, seed).float(), 2.0**power
    table = sketch.accumulate(x)
    scaled = sketch.accumulate(scale * x)
    assert torch.equal(scaled, scale * table)
    assert torch.equal(sketch.query(scaled), scale * sketch.query(table))
    assert torch.equal(sketch.norm(scaled), scale * sketch.norm(table))


@given(size=st.integers(0, 50), more=st.integers(0, 20), rows=ODD, seed=st.integers(0, 99))
def test_as_many_columns_as_coordinates_recover_all(size, more, rows, seed):
    for four_wise in (False, True):
        sketch = Sketch(size, rows, max(1, size + more), seed, four_wise=four_wise)
        x = gaussian(size, seed)
        table = sketch.accumulate(x)
        assert torch.equal(sketch.query(table), x)
        assert torch.allclose(sketch.norm(table), x.norm(), rtol=1e-14)


@given(sketch=SHAPES, seed=st.integers(0, 99))
def test_the_norm_is_the_median_of_the_rows(sketch, seed):
    table = sketch.accumulate(gaussian(sketch.size, seed).expand(2, -1))
    expected = table.square().sum(-1).sort(-1).values[..., sketch.rows // 2].sqrt()
    assert torch.allclose(sketch.norm(table), expected, rtol=1e-14)


@pytest.mark.parametrize("columns", [3, 8192])
def test_a_vector_does_not_depend_on_those_beside_it(columns):
    """To the bit, at any number of vectors: layouts stack different numbers of workers."""
    sketch = Sketch(12_345, 3, columns)
    x = torch.stack([gaussian(12_345, seed) for seed in range(40)])
    tables = sketch.accumulate(x)
    found = sketch.query(tables)
    for index in (0, 17, 39):
        assert torch.equal(sketch.accumulate(x[index]), tables[index])
        assert torch.equal(sketch.query(tables[index]), found[index])


def test_short_formats_are_summed_in_longer_ones():
    sketch = Sketch(4096, 1, 1)
    x = torch.full((4096,), 1 / 64, dtype=torch.float16)
    x *= sketch.query(sketch.accumulate(torch.ones(4096))).sign()
    table = sketch.accumulate(x)
    assert table.dtype == torch.float16
    exact = sketch.accumulate(x.double())
    assert abs(float(table) - float(exact)) <= 2**-11 * abs(float(exact))


def test_slices_of_larger_tensors_will_do():
    sketch = Sketch(30, 3, 7)
    x = whole(sketch, 0, 4)
    wide = torch.stack([x, -x], dim=-1)
    assert torch.equal(sketch.accumulate(wide[..., 0]), sketch.accumulate(x))
    tables = torch.stack([sketch.accumulate(x)] * 2, dim=-1)[..., 0]
    assert torch.equal(sketch.query(tables), sketch.query(sketch.accumulate(x)))


def test_one_bad_number_shows_in_every_row_and_nowhere_else():
    sketch = Sketch(100, 5, 20)
    x = torch.ones(100)
    x[7] = torch.nan
    table = sketch.accumulate(x)
    assert (table.isnan().sum(-1) == 1).all()
    assert bool(sketch.query(table)[7].isnan())
    assert bool(sketch.norm(table).isnan())


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"rows": 4}, "rows=4 must be odd"),
        ({"rows": -1}, "rows=-1 must be odd"),
        ({"columns": 0}, "columns=0 must be >= 1"),
        ({"size": -1}, "size=-1 must be a whole number >= 0"),
        ({"seed": -1}, "seed=-1 must be a whole number >= 0"),
        ({"draw": -1}, "draw=-1 must be a whole number >= 0"),
    ],
)
def test_what_makes_no_sketch_is_refused(attributes, message):
    with pytest.raises(ValueError, match=message):
        Sketch(**{"size": 5, "rows": 3, "columns": 2, **attributes})


def test_vectors_and_tables_of_other_shapes_are_refused():
    sketch = Sketch(5, 3, 2)
    with pytest.raises(ValueError, match="vectors of 4 numbers must have size=5"):
        sketch.accumulate(torch.zeros(4))
    for read in (sketch.query, sketch.norm):
        with pytest.raises(ValueError, match=r"\(2, 3\) must have rows=3 and columns=2"):
            read(torch.zeros(2, 3))


# Over a bank of seeds: each sketch is a draw, thresholds are six standard errors.

BANK = range(2000)


def bank(x, rows, columns, **settings):
    """Tables of one vector under all seeds, (seeds, r, c)."""
    sketches = [Sketch(len(x), rows, columns, seed, **settings) for seed in BANK]
    return sketches, torch.stack([item.accumulate(x) for item in sketches])


def mean_within_six(samples, expected):
    spread = samples.std(0) / sqrt(len(samples))
    return bool(((samples.mean(0) - expected).abs() <= 6 * spread + 1e-12).all())


def test_estimates_of_a_row_have_mean_x_and_the_variance_of_those_they_may_meet():
    x = torch.tensor([3.0, -1, 0, 2, 5, 0.5, -2], dtype=torch.float64)
    sketches, tables = bank(x, 1, 3)
    errors = torch.stack([s.query(t) for s, t in zip(sketches, tables, strict=True)]) - x
    assert mean_within_six(errors, 0.0)
    blocks = torch.arange(7) // 3
    others = blocks[:, None] != blocks
    exact = (others * x.square()).sum(1) / 3
    assert mean_within_six(errors.square(), exact)
    assert bool((exact <= (x.square().sum() - x.square()) / 3).all())


def test_medians_are_unbiased():
    x = torch.tensor([3.0, -1, 0, 2, 5, 0.5, -2], dtype=torch.float64)
    sketches, tables = bank(x, 3, 2)
    found = torch.stack([s.query(t) for s, t in zip(sketches, tables, strict=True)])
    assert mean_within_six(found, x)


def test_the_median_fails_as_often_as_two_rows_of_three_agree_to():
    """One spike and four columns, the tight input: exactly 3 (1/16)(3/4)/2 + 1/64 of the draws."""
    x = torch.zeros(8, dtype=torch.float64)
    x[6] = 1.0
    place = torch.tensor([1])
    sketches, tables = bank(x, 3, 4)
    wrong = torch.stack([s.query_at(t, place) for s, t in zip(sketches, tables, strict=True)]) != 0
    assert mean_within_six(wrong.double(), 3 / 16 * 3 / 4 / 2 + 1 / 64)
    binomial = 3 / 16 * 3 / 4 + 1 / 64
    assert float(wrong.double().mean()) <= binomial


def energies(x, columns, **settings):
    return bank(x, 1, columns, **settings)[1].square().sum((-2, -1))


@pytest.mark.parametrize("four_wise", [False, True])
@pytest.mark.parametrize("columns", [4, 5])
def test_the_energy_of_a_row_is_unbiased_and_its_variance_is_bounded(columns, four_wise):
    """Var(energy of a row) <= V |x|^4 / c. Blocks that are all alike are the worst for signs that
    repeat: V = 4 there, and 2 where signs are four-wise independent.
    """
    x = torch.ones(6 * columns, dtype=torch.float64)
    found = energies(x, columns, four_wise=four_wise)
    total = float(x.square().sum())
    assert mean_within_six(found, total)
    squares = (found - total).square() * columns / total**2
    bound = 2 if four_wise else 4
    slack = 6 * float(squares.std()) / sqrt(len(BANK))
    assert float(squares.mean()) <= bound + slack


@pytest.mark.parametrize("x", [gaussian(12, 4), torch.ones(24, dtype=torch.float64)], ids=len)
def test_the_variance_of_the_energy_without_polynomials_is_as_derived(x):
    """(2/c) sum over pairs of blocks and shifts of E (sum_o a_o b_(o+shift) rho_o rho_(o+shift))^2.

    For equal blocks it comes near 4 |x|^4 / c, twice what independent signs would give.
    """
    blocks, exact = x.reshape(-1, 4), 0.0
    for one, other in permutations(range(len(blocks)), 2):
        for shift in range(4):
            met = blocks[one] * blocks[other].roll(-shift)
            if shift == 0:
                exact += float(met.sum()) ** 2 / 2
            elif shift == 2:
                exact += float((met + met.roll(-2))[:2].square().sum()) / 2
            else:
                exact += float(met.square().sum()) / 2
    found = (energies(x, 4) - x.square().sum()).square()
    assert mean_within_six(found, exact)
    relative = exact * 4 / float(x.square().sum()) ** 2
    assert relative <= 4
    assert (relative > 3) == bool((x == 1).all())


# What the measured error implies, without probability.


@given(seed=st.integers(0, 10**6), count=st.integers(1, 12), columns=st.integers(2, 40))
def test_what_stands_out_by_twice_the_error_is_found(seed, count, columns):
    sketch = Sketch(40, 3, columns, seed)
    x = gaussian(40, seed) ** 3
    estimates = sketch.query(sketch.accumulate(x))
    error = float((estimates - x).abs().max())
    chosen = estimates.abs().topk(count).indices
    beyond = x.abs().sort(descending=True).values
    must = (x.abs() > beyond[count] + 2 * error * (1 + 1e-12)).nonzero().flatten()
    assert set(must.tolist()) <= set(chosen.tolist())
    left = x.clone()
    left[chosen] = 0
    tail = float(beyond[count:].square().sum())
    allowed = tail + 4 * count * error * (float(beyond[count]) + error)
    assert float(left.square().sum()) <= allowed * (1 + 1e-12)
