from itertools import combinations

import numpy as np
import pytest
import torch
from scipy import stats

from empirical.compressors import rand_k
from empirical.compressors.rand_k import RandK, subset
from empirical.testing.compressor_laws import noise_of
from empirical.testing.wire_laws import encoded

ROW = torch.tensor([1.0, -2.0, 4.0, 0.5, 3.0, -8.0], dtype=torch.float64)


def over_all_subsets(compressor, monkeypatch):
    """What is read of ROW under every k-subset."""
    found = []
    for places in combinations(range(len(ROW)), compressor.kept):
        monkeypatch.setattr(rand_k, "subset", lambda *_, places=places: np.array(places))
        found.append(compressor(ROW))
    return torch.stack(found)


@pytest.mark.parametrize("kept", [1, 2, 3, 5])
def test_over_all_subsets_the_constants_are_equalities(monkeypatch, kept):
    """T7: mean residual (1 - k/d) |v|^2; scaled, the mean is v and the variance (d/k - 1) |v|^2."""
    energy = float(ROW.square().sum())
    plain, scaled = RandK(kept=kept), RandK(kept=kept, unbiased_scaling=True)
    lost = (over_all_subsets(plain, monkeypatch) - ROW).square().sum(-1).mean()
    assert float(lost) == pytest.approx((1 - plain.contraction(6)) * energy, rel=1e-14)
    reads = over_all_subsets(scaled, monkeypatch)
    assert torch.allclose(reads.mean(0), ROW, rtol=1e-14)
    variance = (reads - ROW).square().sum(-1).mean()
    assert float(variance) == pytest.approx(scaled.compression_variance(6) * energy, rel=1e-14)


def test_declared_constants():
    assert RandK(kept=2).contraction(8) == 0.25
    assert RandK(kept=2).compression_variance(8) is None
    scaled = RandK(kept=2, unbiased_scaling=True)
    assert scaled.compression_variance(8) == 3
    assert scaled.contraction(8) is None
    assert RandK(kept=6, unbiased_scaling=True).contraction(8) == pytest.approx(2 - 8 / 6)
    assert RandK(kept=9).contraction(8) == 1


@pytest.mark.parametrize(("size", "count"), [(2, 1), (6, 2), (6, 4), (1000, 999), (5000, 2500)])
def test_a_subset_is_a_subset(size, count):
    for seed in range(30):
        found = subset(seed, size, count)
        assert found.dtype == np.int64
        assert found.shape == (count,)
        assert found[0] >= 0
        assert found[-1] < size
        assert (np.diff(found) > 0).all()


@pytest.mark.parametrize("count", [2, 3, 4])
def test_subsets_are_uniform(count):
    """Chi-squared over all k-subsets of 6, of 6000 seeds, at one in a million."""
    names = dict.fromkeys(combinations(range(6), count), 0)
    for seed in range(6000):
        names[tuple(subset(seed, 6, count).tolist())] += 1
    assert stats.chisquare(list(names.values())).pvalue > 1e-6


def test_a_seed_stands_for_the_same_subset_for_ever():
    """Golden: another version of numpy or of this file must not read old messages otherwise."""
    assert subset(0, 10**6, 5).tolist() == subset(2**64, 10**6, 5).tolist()
    assert subset(0, 10**6, 5).tolist() == [277362, 668956, 765022, 834465, 945186]
    assert subset(-1, 8, 3).tolist() == subset(2**64 - 1, 8, 3).tolist()


def test_the_seed_travels_and_not_the_places():
    """32 k + 64 bits for float32; all entries and no seed where k >= d."""
    assert RandK(kept=3).payload_bits(100, torch.float32) == 3 * 32 + 64
    assert RandK(kept=3).payload_bits(10**9, torch.float64) == 3 * 64 + 64
    assert RandK(kept=3).payload_bits(3, torch.float32) == 96
    rows = ROW.expand(1, 2, 6)
    parcel = encoded(RandK(kept=2), rows)
    assert torch.equal(parcel.unpack(parcel.pack()), parcel.own)
    chosen = [set(row.nonzero().flatten().tolist()) for row in parcel.own[0]]
    assert chosen[0] != chosen[1]


def test_kept_values_are_kept_to_the_bit():
    """T6, for k below and above d."""
    rows = ROW.expand(50, 1, 6)
    for kept in (1, 4, 6, 7):
        found = RandK(kept=kept)(rows, noise_of(rows))
        assert bool(((found == ROW) | (found == 0)).all())
        assert bool(((found != 0).sum(-1) == min(kept, 6)).all())
        assert torch.equal(found + (rows - found), rows)


def test_nothing_kept_is_refused():
    with pytest.raises(ValueError, match="kept=0 must be a whole number >= 1"):
        RandK(kept=0)
