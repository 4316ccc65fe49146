import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.compressor import message_bytes
from empirical.compressors.scaled_sign import ScaledSign
from empirical.testing.compressor_strategies import vectors
from empirical.wire.envelope import HEADER_BYTES, CorruptMessage

BUCKETS = st.none() | st.integers(1, 12)


def buckets_of(row, bucket):
    return row.split(bucket or len(row))


@given(bucket=BUCKETS, drawn=vectors(max_size=30))
def test_the_error_is_known_exactly(bucket, drawn):
    """T8: |C(v) - v|^2 = |v|^2 - |v|_1^2 / d, bucket by bucket."""
    row = drawn[0, 0]
    lost = float((ScaledSign(bucket=bucket)(row) - row).square().sum())
    exact = sum(
        float(part.square().sum() - part.abs().sum() ** 2 / len(part))
        for part in buckets_of(row, bucket)
    )
    assert lost == pytest.approx(exact, abs=1e-12)


@given(bucket=BUCKETS, drawn=vectors(torch.float32, max_size=30))
def test_only_two_values_a_bucket_and_a_second_time_nothing_changes(bucket, drawn):
    """T8: C(C(v)) = C(v) to the bit."""
    compressor = ScaledSign(bucket=bucket)
    found = compressor(drawn)
    for part, given_part in zip(
        buckets_of(found[0, 0], bucket), buckets_of(drawn[0, 0], bucket), strict=True
    ):
        assert len(part.abs().unique()) == 1
        assert torch.equal(part < 0, given_part < 0) or float(part.abs().max()) == 0
    assert torch.equal(compressor(found), found)


def test_the_sign_of_zero_is_plus():
    row = torch.tensor([0.0, -0.0, -4.0, 4.0])
    assert ScaledSign()(row).tolist() == [2, 2, -2, 2]


def test_a_spike_meets_the_contraction_with_equality_and_equal_magnitudes_lose_nothing():
    spike = torch.tensor([0.0, 0.0, 8.0, 0.0])
    lost = float((ScaledSign()(spike) - spike).square().sum())
    assert lost == (1 - ScaledSign().contraction(4)) * 64
    equal = torch.tensor([3.0, -3.0, -3.0])
    assert torch.equal(ScaledSign()(equal), equal)
    assert ScaledSign(bucket=2).contraction(100) == 0.5
    assert ScaledSign(bucket=200).contraction(100) == 0.01
    assert ScaledSign().contraction(0) == 1


def test_buckets_have_scales_of_their_own():
    row = torch.tensor([1.0, -3.0, 10.0, 20.0, -7.0])
    assert ScaledSign(bucket=2)(row).tolist() == [2, -2, 15, 15, -7]
    one = 8.199999809265137  # 41/5 in float32
    assert ScaledSign(bucket=9)(row).tolist() == [one, -one, one, one, -one]


def test_payload_bits():
    assert ScaledSign().payload_bits(1000, torch.float32) == 1000 + 32
    assert ScaledSign(bucket=300).payload_bits(1000, torch.float64) == 1000 + 4 * 64
    assert ScaledSign(bucket=300).payload_bits(0, torch.float64) == 0
    assert message_bytes(ScaledSign(), 9, torch.float32) == HEADER_BYTES + 4 + 2


def test_magnitudes_whose_sum_overflows_have_a_mean():
    for dtype, large in ((torch.float32, 3e38), (torch.float64, 1.7e308), (torch.float16, 6e4)):
        row = torch.full((70,), large, dtype=dtype)
        assert torch.equal(ScaledSign()(-row), -row)


@pytest.mark.parametrize("scale", [-1.0, -0.0, torch.nan, torch.inf])
def test_impossible_scales_are_corrupt(scale):
    compressor = ScaledSign()
    body = compressor.write((torch.tensor([scale]), torch.zeros(4, dtype=torch.uint8)))
    with pytest.raises(CorruptMessage):
        compressor.read(body, 4, torch.float32)


@pytest.mark.parametrize("bucket", [0, -3])
def test_empty_buckets_are_refused(bucket):
    with pytest.raises(ValueError, match=f"bucket={bucket} must be a whole number >= 1"):
        ScaledSign(bucket=bucket)
