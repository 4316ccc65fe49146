from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.compressor import Draft, message_bytes
from empirical.compressors.count_sketch import CountSketch
from empirical.kernels.random_streams import Noise
from empirical.wire.envelope import HEADER_BYTES, CorruptMessage

SKETCHES = st.builds(
    CountSketch,
    rows=st.sampled_from([1, 3, 5]),
    columns=st.integers(1, 12),
    kept=st.none() | st.integers(1, 40),
    sketch_seed=st.integers(0, 99),
    four_wise=st.booleans(),
)


def whole(size, seed, *leading):
    drawn = np.random.default_rng(seed).integers(-100, 101, (*leading, size))
    return torch.from_numpy(drawn).double()


@given(compressor=SKETCHES, size=st.integers(1, 30), seed=st.integers(0, 99))
def test_tables_add_up_as_vectors_do(compressor, size, seed):
    """The merge property: what is read of the sum of tables is what is read of the sum."""
    x = whole(size, seed, 1, 4)
    (tables,) = compressor.encode(x, Noise((0,), range(4)))
    (table,) = compressor.encode(x.sum(1, keepdim=True), Noise())
    assert torch.equal(tables.sum(1, keepdim=True), table)
    merged = compressor.decode((tables.sum(1, keepdim=True),), size)
    assert torch.equal(merged, compressor.decode((table,), size))


@given(compressor=SKETCHES, size=st.integers(1, 30), seed=st.integers(0, 99))
def test_the_largest_estimates_are_kept_and_nothing_else(compressor, size, seed):
    x = whole(size, seed, 1, 1)
    found, all_of_them = compressor(x), replace(compressor, kept=None)(x)
    if compressor.kept is None or compressor.kept >= size:
        assert torch.equal(found, all_of_them)
        return
    order = np.argsort(-all_of_them.abs().numpy(), axis=-1, kind="stable")
    expected = torch.zeros_like(x)
    places = torch.from_numpy(order[..., : compressor.kept].copy())
    expected = expected.scatter(-1, places, all_of_them.gather(-1, places))
    assert torch.equal(found, expected)


@given(size=st.integers(1, 30), seed=st.integers(0, 99), kept=st.integers(1, 30))
def test_as_many_columns_as_coordinates_give_the_k_largest(size, seed, kept):
    compressor = CountSketch(rows=3, columns=30, kept=kept)
    x = whole(size, seed)
    left = (compressor(x) - x).square().sum()
    tail = x.square().sort(descending=True).values[kept:].sum()
    assert torch.equal(left, tail)
    assert compressor.contraction(size) == min(kept, size) / size
    assert replace(compressor, columns=size - 1 or 1).contraction(31) is None


@pytest.mark.parametrize("form", [torch.float16, torch.float32, torch.float64])
@pytest.mark.parametrize("size", [0, 1, 1000])
def test_the_message_has_the_length_of_the_table(form, size):
    compressor = CountSketch(rows=3, columns=7)
    expected = HEADER_BYTES + 3 * 7 * form.itemsize
    assert message_bytes(compressor, size, form) == expected
    parcel = Draft(torch.ones(1, 1, size, dtype=form), compressor).encoded(Noise())
    assert len(parcel.pack()) == expected


def test_sketches_of_other_hashes_or_readers_are_refused():
    compressor = CountSketch(rows=3, columns=7)
    x = torch.ones(1, 1, 9)
    data = Draft(x, compressor).encoded(Noise()).pack()
    for changes in ({"sketch_seed": 1}, {"kept": 2}, {"four_wise": True}, {"columns": 8}):
        other = Draft(x, replace(compressor, **changes)).encoded(Noise())
        with pytest.raises(CorruptMessage):
            other.unpack(data)


def test_sums_beyond_the_format_are_its_largest_number():
    compressor = CountSketch(rows=1, columns=1)
    x = torch.full((64,), 60_000.0, dtype=torch.float16)
    x *= compressor(torch.ones(64)).sign() * compressor.sketch(64).query(torch.ones(1, 1))
    found = compressor(x)
    assert found.abs().unique().tolist() == [65504.0]


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"rows": 4}, "rows=4 must be odd"),
        ({"columns": 0}, "columns=0 must be >= 1"),
        ({"kept": 0}, "kept=0 must be"),
        ({"sketch_seed": 2**31}, "sketch_seed=2147483648 must lie in"),
        ({"columns": 2**31}, r"columns=2147483648 must be below 2\^31"),
    ],
)
def test_attributes_out_of_range_are_refused(attributes, message):
    with pytest.raises(ValueError, match=message):
        replace(CountSketch(rows=3, columns=4), **attributes)
