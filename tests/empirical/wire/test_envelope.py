import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.wire.envelope import HEADER_BYTES, CorruptMessage, Header, open_first, seal

HEADER = Header(code=3, dtype=torch.float64, size=17, parameters=(5, 2**40), flags=1)


def body(values):
    return torch.tensor(values, dtype=torch.uint8)


@given(values=st.lists(st.integers(0, 255), max_size=40), code=st.integers(0, 2**16 - 1))
def test_what_was_sealed_is_opened(values, code):
    header = Header(code=code, dtype=torch.bfloat16, size=2**50)
    sealed = seal(header, body(values))
    assert len(sealed) == HEADER_BYTES + len(values)
    found, inside, rest = open_first(torch.cat([sealed, body([9, 9])]))
    assert found == header
    assert inside.tolist() == values
    assert rest.tolist() == [9, 9]


@given(place=st.integers(0, HEADER_BYTES + 7), bit=st.integers(0, 7))
def test_any_flipped_bit_is_an_error(place, bit):
    sealed = seal(HEADER, body(range(8)))
    sealed[place] ^= 1 << bit
    with pytest.raises(CorruptMessage):
        open_first(sealed)


@given(length=st.integers(0, HEADER_BYTES + 7))
def test_a_message_cut_anywhere_is_an_error(length):
    with pytest.raises(CorruptMessage):
        open_first(seal(HEADER, body(range(8)))[:length])
