from itertools import combinations
from math import exp, lgamma, log, log2

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.compressor import message_bytes
from empirical.compressors.top_k import TopK
from empirical.testing.compressor_strategies import vectors
from empirical.testing.wire_laws import encoded
from empirical.wire.envelope import HEADER_BYTES, CorruptMessage

KEPT = st.integers(1, 8)


def bits(kept, size, dtype=torch.float32):
    return TopK(kept=kept).payload_bits(size, dtype)


@given(kept=KEPT, drawn=vectors(torch.float32, max_size=10))
def test_what_is_kept_is_kept_to_the_bit(kept, drawn):
    """T1, T3, T4, T6: at most k entries, the tail is lost, and nothing else changes."""
    compressor = TopK(kept=kept)
    found = compressor(drawn)
    assert int((found != 0).sum(-1).max()) <= kept
    assert bool(((found == drawn) | (found == 0)).all())
    assert torch.equal(found + (drawn - found), drawn)
    assert torch.equal(compressor(found), found)
    lost = (drawn - found).square().sum(-1)
    tail = drawn.square().sort(dim=-1, descending=True).values[..., kept:].sum(-1)
    assert torch.allclose(lost, tail, rtol=1e-6)


@given(kept=KEPT, drawn=vectors(max_size=9))
def test_no_other_subset_leaves_less(kept, drawn):
    """T2, over all k-subsets."""
    row = drawn[0, 0]
    size = len(row)
    lost = float((row - TopK(kept=kept)(row)).square().sum())
    for places in combinations(range(size), min(kept, size)):
        rest = torch.ones(size, dtype=torch.bool)
        rest[list(places)] = False
        assert lost <= float(row[rest].square().sum()) + 1e-12


def test_equal_magnitudes_meet_the_contraction_with_equality():
    row = torch.tensor([2.0, -2.0, 2.0, 2.0, -2.0])
    lost = (row - TopK(kept=2)(row)).square().sum()
    assert float(lost) == (1 - TopK(kept=2).contraction(5)) * float(row.square().sum())


def test_of_equals_the_first_are_kept():
    """T5."""
    row = torch.tensor([1.0, -3.0, 3.0, 1.0, -3.0, 3.0])
    assert TopK(kept=3)(row).tolist() == [0, -3, 3, 0, -3, 0]
    assert TopK(kept=5)(row).tolist() == [1, -3, 3, 0, -3, 3]
    assert TopK(kept=1)(torch.zeros(3)).tolist() == [0, 0, 0]


def test_a_mean_is_masked_before_or_after():
    """T9: the mask of one vector commutes with the mean, exactly on a dyadic grid."""
    rng = torch.Generator().manual_seed(0)
    rows = torch.randint(-99, 99, (4, 8), generator=rng).to(torch.float32) / 8
    mask = (TopK(kept=3)(rows[0]) != 0).to(torch.float32)
    assert torch.equal((mask * rows).mean(0), mask * rows.mean(0))


def test_the_shortest_form_is_sent():
    """Indices for few, a bitmap for some, everything for almost all."""
    assert bits(1, 1000) == 32 + 10
    assert bits(99, 1000) == 99 * (32 + 10)
    assert bits(101, 1000) == 101 * 32 + 1000
    assert bits(968, 1000) == 968 * 32 + 1000
    assert bits(969, 1000) == bits(1000, 1000) == bits(5000, 1000) == 32 * 1000
    assert bits(10**5, 10**7) == 10**5 * (32 + 24)
    assert bits(1, 1) == 32
    assert bits(3, 0) == 0
    assert message_bytes(TopK(kept=3), 1000, torch.float64) == HEADER_BYTES + 24 + 4


def test_indices_cost_what_was_computed_of_sketched_sgd():
    """d = 6.5e6, k = 5e4: 23 bits a place, of which the entropy is 8.5."""
    size, kept = 6_500_000, 50_000
    assert bits(kept, size) == kept * (32 + 23)
    entropy = (lgamma(size + 1) - lgamma(kept + 1) - lgamma(size - kept + 1)) / log(2)
    assert entropy / kept == pytest.approx(8.5, abs=0.1)
    assert entropy / kept == pytest.approx(log2(size / kept) + log2(exp(1)), abs=0.02)


@pytest.mark.parametrize("kept", [1, 7, 30, 60, 64, 90])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
def test_every_form_comes_back_to_the_bit(kept, dtype):
    rng = torch.Generator().manual_seed(kept)
    rows = torch.randn(1, 3, 64, generator=rng).to(dtype)
    rows[..., 5:50] = -0.0
    parcel = encoded(TopK(kept=kept), rows)
    word = {2: torch.int16, 4: torch.int32, 8: torch.int64}[dtype.itemsize]
    back = parcel.unpack(parcel.pack())
    assert torch.equal(back.view(word), parcel.own.view(word))


def body(compressor, row):
    return compressor.write(tuple(part[0, 0] for part in compressor.encode(row, None)))


ROW = torch.tensor([[[0.0, 5.0, 1.0, -4.0, 2.0, 0.0, 0.0, 0.0]]])


@pytest.mark.parametrize("places", [[3, 1], [1, 1]])
def test_places_out_of_order_are_corrupt(places):
    """Three bits a place, two places a byte and a bit: written by hand."""
    compressor = TopK(kept=2)
    good = body(compressor, ROW)
    assert good[0] == 1 | 3 << 3
    damaged = good.clone()
    damaged[0] = places[0] | places[1] << 3
    with pytest.raises(CorruptMessage, match="the places of 2 of 8 entries"):
        compressor.read(damaged, 8, torch.float32)


def test_a_place_beyond_the_vector_is_corrupt():
    compressor = TopK(kept=1)
    good = body(compressor, ROW[..., :5])
    assert good[0] == 1
    good[0] = 6
    with pytest.raises(CorruptMessage, match="the places of 1 of 5 entries"):
        compressor.read(good, 5, torch.float32)


def test_a_bitmap_of_another_count_is_corrupt():
    compressor = TopK(kept=4)
    good = body(compressor, ROW)
    assert good[0] == 0b00011110
    good[0] ^= 1 << 7
    with pytest.raises(CorruptMessage, match="the places of 4 of 8 entries"):
        compressor.read(good, 8, torch.float32)


def test_values_that_are_not_finite_are_corrupt():
    compressor = TopK(kept=2)
    good = body(compressor, ROW)
    good[-4:] = 255
    with pytest.raises(CorruptMessage, match="not finite"):
        compressor.read(good, 8, torch.float32)


def test_nothing_kept_is_refused():
    with pytest.raises(ValueError, match="kept=0 must be a whole number >= 1"):
        TopK(kept=0)
