"""Q7: codes of any width go to bytes and come back, and every bit is where it is said to be."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.wire.bit_packing import (
    fields,
    finite_from_bytes,
    from_bytes,
    pack,
    packed_bytes,
    to_bytes,
    unpack,
)
from empirical.wire.envelope import CorruptMessage

WIDTHS = st.integers(1, 31)
FORMATS = [torch.uint8, torch.int16, torch.int32, torch.int64]


def by_definition(codes, width):
    """A field as one large whole number: a byte of every code, and so on, then a stream."""
    if width > 8:
        return bytes(c & 255 for c in codes) + by_definition([c >> 8 for c in codes], width - 8)
    number = sum(code << place * width for place, code in enumerate(codes))
    return number.to_bytes(packed_bytes(len(codes), width), "little")


@given(width=WIDTHS, data=st.data())
def test_every_bit_is_where_it_is_said_to_be(width, data):
    codes = data.draw(st.lists(st.integers(0, 2**width - 1), max_size=40))
    packed = pack(torch.tensor(codes, dtype=torch.int32), width)
    assert bytes(packed.tolist()) == by_definition(codes, width)
    assert unpack(packed, len(codes), width).tolist() == codes


@pytest.mark.parametrize("width", range(1, 32))
@pytest.mark.parametrize("count", [0, 1, 7, 8, 65535, 65536, 65537, 131080])
def test_codes_come_back_across_chunks(width, count):
    rng = torch.Generator().manual_seed(count)
    codes = torch.randint(0, 2**width, (count,), generator=rng, dtype=torch.int32)
    packed = pack(codes, width)
    assert len(packed) == -(-count * width // 8)
    assert torch.equal(unpack(packed, count, width).to(torch.int32), codes)


@pytest.mark.parametrize("width", [1, 4, 5, 8, 16])
def test_the_format_of_the_codes_does_not_matter(width):
    codes = torch.tensor([1, 0, 1, 1, 0, 0, 1, 1, 1])
    packed = {tuple(pack(codes.to(form), width).tolist()) for form in FORMATS}
    assert len(packed) == 1
    strided = torch.stack([codes, 0 * codes], dim=1)[:, 0]
    assert {tuple(pack(strided, width).tolist())} == packed


@pytest.mark.parametrize(
    ("code", "width"), [(2, 1), (16, 4), (-1, 4), (256, 8), (65536, 16), (2**31, 31)]
)
def test_codes_out_of_range_are_refused(code, width):
    with pytest.raises(ValueError, match=rf"code={code} must lie in \[0, 2\^{width}\)"):
        pack(torch.tensor([0, 1, code, 0]), width)


@pytest.mark.parametrize("width", [0, 32])
def test_widths_out_of_range_are_refused(width):
    with pytest.raises(ValueError, match=f"width={width} must lie in"):
        pack(torch.tensor([0]), width)
    with pytest.raises(ValueError, match=f"width={width} must lie in"):
        unpack(torch.tensor([0], dtype=torch.uint8), 1, width)


@pytest.mark.parametrize("width", [1, 3, 4, 12])
def test_bytes_that_are_not_codes_are_corrupt(width):
    packed = pack(torch.ones(5, dtype=torch.int32), width)
    for wrong in (packed[:-1], torch.cat([packed, packed[:1]])):
        with pytest.raises(CorruptMessage, match=f"are not 5 codes of {width} bits"):
            unpack(wrong, 5, width)
    packed[-1] |= 128
    with pytest.raises(CorruptMessage, match="bits after the last code"):
        unpack(packed, 5, width)


def test_numbers_come_back_from_an_unaligned_place():
    numbers = torch.tensor([1.5, -0.0, torch.inf], dtype=torch.float64)
    buffer = torch.cat([torch.zeros(3, dtype=torch.uint8), to_bytes(numbers)])
    assert from_bytes(buffer[3:], 3, torch.float64).tolist() == numbers.tolist()
    with pytest.raises(CorruptMessage, match="27 bytes are not 3 numbers of 8 bytes"):
        from_bytes(buffer, 3, torch.float64)
    with pytest.raises(CorruptMessage, match="is not finite"):
        finite_from_bytes(buffer[3:], 3, torch.float64)
    assert finite_from_bytes(buffer[3:19], 2, torch.float64).tolist() == [1.5, 0.0]


def test_fields_must_fill_a_body():
    body = torch.arange(5, dtype=torch.uint8)
    assert [part.tolist() for part in fields(body, (2, 0, 3))] == [[0, 1], [], [2, 3, 4]]
    with pytest.raises(CorruptMessage, match="a body of 5 bytes should have 6"):
        fields(body, (2, 4))
