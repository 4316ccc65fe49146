"""Every compressor of the catalogue obeys the laws of the wire, and each law sees red once."""

import math
from dataclasses import dataclass

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from empirical import catalogue
from empirical.compressors.identity import Identity
from empirical.compressors.rand_k import RandK
from empirical.testing import wire_laws
from empirical.testing.compressor_strategies import vector, vectors
from empirical.wire.bit_packing import to_bytes

EXAMPLES = [item for examples in catalogue.compressors().values() for item in examples]
FORMATS = [torch.float32, torch.float64]
FEW = settings(max_examples=max(settings().max_examples // 3, 5))
ALL_FORMATS = [*FORMATS, torch.float16, torch.bfloat16]
SMALL = torch.stack([vector("normal", 9, place, torch.float32) for place in range(4)])
SMALL = SMALL.reshape(2, 2, 9)

every_compressor = pytest.mark.parametrize("compressor", EXAMPLES, ids=str)
every_format = pytest.mark.parametrize("form", ALL_FORMATS, ids=str)


@every_compressor
@FEW
@given(form=st.sampled_from(FORMATS), data=st.data())
def test_payloads_have_their_declared_bits_and_come_back(compressor, form, data):
    drawn = data.draw(vectors(form))
    wire_laws.payload_has_declared_bits(compressor, drawn)
    wire_laws.bytes_bring_everything_back(compressor, drawn)


@every_compressor
@every_format
def test_formats_and_sizes(compressor, form):
    for size in (1, 2, 3, 7, 8, 9, 65, 1000):
        drawn = vector("normal", size, 3, form).expand(1, 2, size)
        wire_laws.payload_has_declared_bits(compressor, drawn)
        wire_laws.bytes_bring_everything_back(compressor, drawn)


@every_compressor
def test_any_damage_is_noticed(compressor):
    wire_laws.any_damage_is_noticed(compressor, SMALL)


@every_compressor
def test_foreign_messages_are_refused(compressor):
    wire_laws.foreign_messages_are_refused(compressor, SMALL)


@every_compressor
@given(size=st.integers(1, 20), form=st.sampled_from(FORMATS), data=st.data())
def test_bodies_are_read_to_the_bit_or_refused(compressor, size, form, data):
    anything = data.draw(st.sampled_from(["bytes", "zeros", "ones"]))

    def body(count):
        if anything == "bytes":
            drawn = data.draw(st.binary(min_size=count, max_size=count))
            return torch.tensor(list(drawn), dtype=torch.uint8)
        return torch.full((count,), 0 if anything == "zeros" else 255, dtype=torch.uint8)

    wire_laws.bodies_are_read_to_the_bit_or_refused(compressor, size, form, body)


@every_compressor
@every_format
def test_zero_stays_zero(compressor, form):
    for size in (0, 1, 5, 40):
        wire_laws.zero_stays_zero(compressor, size, form)


@every_compressor
@every_format
@pytest.mark.parametrize("size", [1, 33])
def test_extremes_of_every_format_stay_finite(compressor, form, size):
    """Squares of these vanish or overflow; the first and the last are the ends of the format."""
    limits = torch.finfo(form)
    least, most = math.log2(limits.smallest_normal * limits.eps), math.log2(limits.max)
    for power in (least, math.log2(limits.smallest_normal), 0.56 * least, 0.52 * most, most - 4):
        scale = torch.tensor(2.0, dtype=torch.float64) ** power
        drawn = (vector("normal", size, 1) * scale).to(form)
        wire_laws.extremes_stay_finite(compressor, drawn.expand(2, 2, size))


@every_compressor
@every_format
@pytest.mark.parametrize("size", [1, 2, 33, 1000])
def test_the_largest_numbers_of_every_format_stay_finite(compressor, form, size):
    signs = torch.sign(vector("normal", size, 1)).to(form)
    for ones in (signs, signs.abs(), -signs.abs()):
        largest = (ones * torch.finfo(form).max).expand(2, 2, size)
        wire_laws.extremes_stay_finite(compressor, largest)


def test_a_scaling_beyond_the_format_saturates():
    """100 of 100 kept entries were infinite."""
    compressor = RandK(kept=100, unbiased_scaling=True)
    found = compressor(torch.full((10_000,), 1000.0, dtype=torch.float16))
    assert found.max() == torch.finfo(torch.float16).max
    assert (found != 0).sum() == 100


@every_compressor
@pytest.mark.parametrize("bad", [torch.nan, torch.inf, -torch.inf])
def test_what_is_not_finite_is_seen(compressor, bad):
    wire_laws.what_is_not_finite_is_seen(compressor, SMALL, bad)


def test_every_class_has_a_code_of_its_own():
    codes = {type(item): item.code for item in EXAMPLES}
    assert len(set(codes.values())) == len(codes)
    assert set(codes.values()) <= set(range(10))


@every_compressor
def test_compressors_that_read_differently_do_not_read_each_other(compressor):
    """Two of one class with equal parameters must read the same bytes the same way."""
    one = wire_laws.encoded(compressor, SMALL)
    for other in EXAMPLES:
        two = wire_laws.encoded(other, SMALL)
        try:
            read = one.unpack(two.pack())
        except wire_laws.CorruptMessage:
            assert compressor != other
        else:
            assert torch.equal(read, two.own)


@dataclass(frozen=True)
class Longer(Identity):
    def write(self, payload):
        return torch.cat([to_bytes(payload[0]), torch.zeros(1, dtype=torch.uint8)])


@dataclass(frozen=True)
class Forgets(Identity):
    def read(self, body, size, dtype):
        return (super().read(body, size, dtype)[0] * 1.0000001,)


@dataclass(frozen=True)
class Trusting(Identity):
    def read(self, body, size, dtype):
        return (torch.zeros(size, dtype=dtype),)


@dataclass(frozen=True)
class Squares(Identity):
    def decode(self, payload, size):
        return payload[0].square().sqrt()


@dataclass(frozen=True)
class Divides(Identity):
    def decode(self, payload, size):
        return payload[0] / payload[0].norm() * payload[0].norm()


@dataclass(frozen=True)
class Hides(Identity):
    def __call__(self, vector, noise=None):
        return vector.nan_to_num()


def test_each_law_sees_red():
    with pytest.raises(AssertionError):
        wire_laws.payload_has_declared_bits(Longer(), SMALL)
    with pytest.raises(AssertionError, match="unpacked"):
        wire_laws.bytes_bring_everything_back(Forgets(), SMALL)
    with pytest.raises(AssertionError, match="two bodies stand for one payload"):
        wire_laws.bodies_are_read_to_the_bit_or_refused(
            Trusting(), 1, torch.float32, lambda count: torch.ones(count, dtype=torch.uint8)
        )
    with pytest.raises(AssertionError, match="overflowed"):
        wire_laws.extremes_stay_finite(Squares(), 1e30 * SMALL)
    with pytest.raises(AssertionError, match="zero is read as something else"):
        wire_laws.zero_stays_zero(Divides(), 3, torch.float32)
    with pytest.raises(AssertionError, match="took a vector that is not finite"):
        wire_laws.what_is_not_finite_is_seen(Hides(), SMALL, torch.nan)


def test_damage_that_is_not_noticed_is_seen(monkeypatch):
    monkeypatch.setattr("empirical.wire.envelope._check", lambda unsigned, body: 0)
    with pytest.raises(AssertionError, match="and nobody noticed"):
        wire_laws.any_damage_is_noticed(Identity(), SMALL)


def test_foreign_messages_that_are_not_noticed_are_seen(monkeypatch):
    monkeypatch.setattr(wire_laws.Encoded, "_check", lambda *_: None)
    with pytest.raises(AssertionError, match="another compressor, and nobody noticed"):
        wire_laws.foreign_messages_are_refused(Identity(), SMALL)
