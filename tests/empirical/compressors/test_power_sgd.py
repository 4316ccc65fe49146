from math import sqrt

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.compressor import Draft, message_bytes
from empirical.compressors.power_sgd import PowerFactors
from empirical.kernels.random_streams import Noise
from empirical.wire.envelope import HEADER_BYTES, CorruptMessage


def matrix(rank, n, m, seed=0):
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.standard_normal((n, rank)) @ rng.standard_normal((rank, m)))


@given(rank=st.integers(1, 4), n=st.integers(1, 8), m=st.integers(1, 8), seed=st.integers(0, 10**6))
def test_what_is_read_is_a_projection_of_low_rank(rank, n, m, seed):
    """|A|^2 = |C|^2 + |A - C|^2, and the rank of C is at most r."""
    a = matrix(min(n, m), n, m, seed)
    found = PowerFactors(rank, matrix_rows=n)(a.flatten(), Noise((seed,))).reshape(n, m)
    total = float(a.square().sum())
    parts = float(found.square().sum() + (a - found).square().sum())
    assert abs(parts - total) <= 1e-13 * total
    values = torch.linalg.svdvals(found)
    assert float(values[rank:].sum()) <= 1e-13 * sqrt(total)


@given(rank=st.integers(1, 3), true_rank=st.integers(0, 3), seed=st.integers(0, 10**6))
def test_matrices_of_no_higher_rank_are_exact(rank, true_rank, seed):
    a = matrix(true_rank, 7, 5, seed)
    found = PowerFactors(rank, matrix_rows=7)(a.flatten(), Noise((seed,))).reshape(7, 5)
    error = float((found - a).norm()) / max(float(a.norm()), 1e-300)
    if true_rank <= rank:
        assert error <= 1e-9 * (true_rank > 0)  # rounding over the angle of Q to the row space
    else:
        assert error > 1e-6


@pytest.mark.parametrize(("rank", "side"), [(1, 4), (2, 6)])
def test_the_identity_is_where_the_contraction_is_tight(rank, side):
    """Exactly 1 - r/m of it is left, whatever Q; and of others less on average."""
    compressor = PowerFactors(rank, matrix_rows=side)
    assert compressor.contraction(side * side) == pytest.approx(rank / side)
    one = torch.eye(side, dtype=torch.float64).flatten()
    left = (compressor(one) - one).square().sum()
    assert float(left) == pytest.approx((1 - rank / side) * side, rel=1e-12)
    a = matrix(side, side, side, 3).flatten()
    draws = 2000
    errors = compressor(a.expand(draws, 1, -1), Noise(tuple(range(draws)))) - a
    ratios = errors.square().sum(-1) / a.square().sum()
    assert float(ratios.mean()) <= 1 - rank / side + 6 * float(ratios.std()) / sqrt(draws)
    assert float(ratios.max()) > 1 - rank / side  # one draw alone may be worse


@pytest.mark.parametrize(("size", "rows", "numbers"), [(7, 0, 2 * 6), (7, 2, 2 * 6), (1, 0, 2)])
def test_bytes_are_those_of_two_factors(size, rows, numbers):
    compressor = PowerFactors(2, rows)
    vectors = torch.ones(1, 2, size)
    parcel = Draft(vectors, compressor).encoded(Noise((0,), range(2)))
    assert message_bytes(compressor, size, torch.float32) == HEADER_BYTES + 4 * numbers
    assert len(parcel.pack()) == 2 * (HEADER_BYTES + 4 * numbers)


def test_directions_longer_than_one_are_no_message():
    compressor, size = PowerFactors(1), 4
    body = torch.tensor([1.5, 0, 0, 0], dtype=torch.float64).view(torch.uint8)
    with pytest.raises(CorruptMessage, match="longer than 1"):
        compressor.read(body, size, torch.float64)


def test_attributes_out_of_range_are_refused():
    with pytest.raises(ValueError, match="rank=0 must be"):
        PowerFactors(0)
    with pytest.raises(ValueError, match="matrix_rows=-2 must be"):
        PowerFactors(1, -2)
