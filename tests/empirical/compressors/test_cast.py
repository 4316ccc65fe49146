import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.compressors.cast import Cast, Overflow, Precision
from empirical.wire.envelope import CorruptMessage

HALF, BFLOAT = Cast(), Cast(precision=Precision.BFLOAT16)


@pytest.mark.parametrize(
    ("compressor", "unit", "low"), [(HALF, 2.0**-11, 2.0**-14), (BFLOAT, 2.0**-8, 2.0**-126)]
)
@given(values=st.lists(st.floats(1, 2, width=32), min_size=1, max_size=9), data=st.data())
def test_the_relative_error_is_at_most_half_a_unit(compressor, unit, low, values, data):
    """In the normal range, and nearly reached in the middle of two numbers."""
    power = data.draw(st.sampled_from([low, 1.0, 2.0**14]))
    row = power * torch.tensor(values, dtype=torch.float64)
    error = (compressor(row) - row).abs() / row
    assert float(error.max()) <= unit
    middle = torch.tensor([1 + unit], dtype=torch.float64)
    assert float((compressor(middle) - middle).abs()) == unit


def test_what_half_precision_cannot_hold():
    row = torch.tensor([65504.0, 65519.0, 1e9, -1e30, 2.0**-26, 1e-7])
    found = HALF(row).tolist()
    assert found[:5] == [65504, 65504, 65504, -65504, 0]
    assert found[5] == pytest.approx(1e-7, abs=2.0**-25)
    with pytest.raises(ValueError, match=r"magnitude 1e\+30 does not fit float16.*65504"):
        Cast(overflow=Overflow.REFUSE)(row)
    assert Cast(overflow=Overflow.REFUSE)(row[:1]).tolist() == [65504]


def test_the_top_of_single_precision_does_not_overflow_in_bfloat16():
    row = torch.tensor([3.4e38, -3.4e38])
    found = BFLOAT(row)
    assert float(found[0]) == -float(found[1]) == torch.finfo(torch.bfloat16).max
    with pytest.raises(ValueError, match="does not fit bfloat16"):
        Cast(precision=Precision.BFLOAT16, overflow=Overflow.REFUSE)(row)


@pytest.mark.parametrize("compressor", [HALF, BFLOAT])
@pytest.mark.parametrize("form", [torch.float16, torch.bfloat16])
def test_short_vectors_of_any_magnitude_come_back_finite(compressor, form):
    row = torch.tensor([torch.finfo(form).max, torch.finfo(form).tiny, 1.0], dtype=form)
    found = compressor(row)
    assert bool(found.isfinite().all())
    assert torch.equal(compressor(found), found)
    if compressor.precision.value is form:
        assert torch.equal(found, row)


def test_payload_bits_and_constants():
    assert HALF.payload_bits(10, torch.float64) == BFLOAT.payload_bits(10, torch.float32) == 160
    assert HALF.contraction(10) is None
    assert BFLOAT.contraction(10) == 1 - 2.0**-16
    assert HALF.parameters != BFLOAT.parameters


def test_infinite_numbers_are_corrupt():
    body = torch.tensor([torch.inf], dtype=torch.float16).view(torch.uint8)
    with pytest.raises(CorruptMessage, match="not finite"):
        HALF.read(body, 1, torch.float32)
