"""QSGD: exact laws by enumeration, constants attained, wire formats, edge inputs."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.compressor import Draft, message_bytes
from empirical.compressors.qsgd import EXAMPLES, QSGD
from empirical.kernels.random_streams import Noise
from empirical.kernels.stochastic_rounding import Norm
from empirical.wire.envelope import HEADER_BYTES, CorruptMessage

FORMATS = [torch.float32, torch.float64, torch.float16, torch.bfloat16]
EVERY = pytest.mark.parametrize("compressor", EXAMPLES, ids=str)


def vectors(seed, *shape, dtype=torch.float64):
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(shape, dtype=torch.float64, generator=rng).to(dtype)


def noise(made, key=(0, 0)):
    return Noise(tuple(range(made.shape[-3])), range(made.shape[-2]), key)


def variance_by_enumeration(vector, levels, norm):
    """Mean and variance from the definition, over all 2^d roundings, in numpy."""
    scale = np.linalg.norm(vector, 2 if norm is Norm.EUCLIDEAN else np.inf)
    exact = levels * np.abs(vector) / scale
    lower, size = np.floor(exact), len(vector)
    mean, second = np.zeros(size), 0.0
    for code in range(2**size):
        up = (code >> np.arange(size)) & 1
        share = exact - lower
        chance = np.prod(np.where(up, share, 1 - share))
        read = np.sign(vector) * (lower + up) * scale / levels
        mean, second = mean + chance * read, second + chance * ((read - vector) ** 2).sum()
    return mean, second


@pytest.mark.parametrize("norm", Norm)
@pytest.mark.parametrize("levels", [1, 2, 5])
@pytest.mark.parametrize("size", [1, 2, 6])
def test_the_variance_is_that_of_the_enumerated_definition(size, levels, norm):
    vector = vectors(size, size).numpy()
    mean, second = variance_by_enumeration(vector, levels, norm)
    np.testing.assert_allclose(mean, vector, rtol=1e-12, atol=1e-14)
    found = QSGD(levels, norm).variance(torch.from_numpy(vector)[None, None])
    assert float(found) == pytest.approx(second, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("compressor", [*EXAMPLES, QSGD(2), QSGD(3, Norm.MAXIMUM)], ids=str)
def test_means_over_seeds_are_the_vector_and_its_variance(compressor):
    count = 4000
    made = vectors(3, 1, 2, 9).expand(count, 2, 9)
    read = compressor.decode(compressor.encode(made, noise(made)), 9)
    spread = compressor.variance(made[:1])[0]
    error = (read - made).numpy()
    standard = error.std(0) / count**0.5
    assert (np.abs(error.mean(0)) <= 6 * standard + 1e-12).all()
    squares = (error**2).sum(-1)
    off = np.abs(squares.mean(0) - spread.numpy())
    assert (off <= 6 * squares.std(0) / count**0.5 + 2**-14 * spread.numpy()).all()


@given(
    seed=st.integers(0, 999), size=st.integers(1, 40), levels=st.integers(1, 20),
    norm=st.sampled_from(Norm), tilt=st.floats(0, 4), bucket=st.none() | st.integers(1, 15),
)  # fmt: skip
def test_no_variance_is_above_omega(seed, size, levels, norm, tilt, bucket):
    made = vectors(seed, 1, 1, size)
    made = made.sign() * made.abs() ** tilt  # from equal magnitudes to a few large ones
    compressor = QSGD(levels, norm, bucket)
    omega = compressor.compression_variance(size)
    square = float(made.square().sum())
    assert float(compressor.variance(made)) <= omega * square * (1 + 1e-9) + 1e-12
    block = min(size, bucket or size)
    assert omega <= min(block / (4 * levels**2), block**0.5 / levels) * (1 + 1e-12)


@pytest.mark.parametrize(
    ("compressor", "vector"),
    [
        (QSGD(1), [1.0] * 4),  # half way between the levels
        (QSGD(2), [1.0] * 16),
        (QSGD(2), [1.0] * 64),  # equal entries far below the first level
        (QSGD(1, Norm.MAXIMUM), [1.0] + [1 / 3] * 3),
        (QSGD(2, Norm.MAXIMUM), [1.0] + [(2**0.5 - 1) / 2] * 4),
        (QSGD(1, bucket=4), [1.0] * 8),
    ],
    ids=str,
)
def test_omega_is_attained(compressor, vector):
    made = torch.tensor([[vector]], dtype=torch.float64)
    omega = compressor.compression_variance(len(vector))
    assert float(compressor.variance(made)) == pytest.approx(
        omega * float(made.square().sum()), rel=1e-9
    )


def test_the_variance_of_evenly_spread_errors_is_no_bound():
    """d/(6 s^2) |v|^2, as DQ-SGD's text reads, is exceeded by (1, 1, 1, 1) with one level."""
    found = float(QSGD(1).variance(torch.ones(1, 1, 4, dtype=torch.float64)))
    assert found == 4.0
    assert found > 4 / 6 * 4
    fine = vectors(0, 1, 1, 400)
    assert float(QSGD(1000).variance(fine)) == pytest.approx(
        400 / (6 * 1000**2) * float(fine.square().sum()), rel=0.1
    )


def test_the_mean_over_workers_errs_by_a_share_of_one():
    count, workers = 3000, 8
    made = vectors(4, 1, 1, 12).expand(count, workers, 12)
    error = (QSGD(2).decode(QSGD(2).encode(made, noise(made)), 12) - made).mean(-2)
    squares = error.square().sum(-1).numpy()
    expected = float(QSGD(2).variance(made[:1, :1])) / workers
    assert abs(squares.mean() - expected) <= 6 * squares.std() / count**0.5


def test_chance_is_a_function_of_seed_worker_and_key_only():
    made, before = vectors(5, 3, 4, 50), torch.get_rng_state()
    codes = QSGD(1).encode(made, noise(made))[1]
    assert torch.equal(torch.get_rng_state(), before)
    alone = QSGD(1).encode(made[2:, 1:2], Noise((2,), range(1, 2)))[1]
    assert torch.equal(alone, codes[2:, 1:2])
    assert not torch.equal(codes, QSGD(1).encode(made, noise(made, (1, 0)))[1])
    equal = QSGD(1).encode(made[:1, :1].expand(3, 4, 50), noise(made))[1].reshape(12, 50)
    assert len(equal.unique(dim=0)) == 12


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("size", [1, 3, 8, 513])
@EVERY
def test_what_is_written_is_read(compressor, size, dtype):
    made = vectors(6, 1, 1, size, dtype=dtype)
    payload = tuple(part[0, 0] for part in compressor.encode(made, noise(made)))
    body = compressor.write(payload)
    assert len(body) == -(-compressor.payload_bits(size, dtype) // 8)
    again = compressor.read(body, size, dtype)
    assert all(map(torch.equal, again, payload))


@pytest.mark.parametrize("bits", range(2, 17))
def test_every_width_is_packed_in_full(bits):
    compressor = QSGD.of_bits(bits)
    codes = torch.arange(2 * compressor.levels + 1, dtype=torch.int32)[-2000:]
    payload = (torch.ones(1), codes)
    body = compressor.write(payload)
    assert len(body) == 4 + -(-len(codes) * bits // 8)
    assert torch.equal(compressor.read(body, len(codes), torch.float32)[1].int(), codes)
    assert compressor.payload_bits(len(codes), torch.float32) == 32 + bits * len(codes)


@EVERY
def test_a_parcel_is_as_long_as_it_says(compressor):
    made = vectors(7, 2, 3, 21, dtype=torch.float32)
    parcel = Draft(made, compressor).encoded(noise(made))
    data = parcel.pack()
    assert len(data) == parcel.num_bytes == 6 * message_bytes(compressor, 21, torch.float32)
    assert torch.equal(parcel.unpack(data), parcel.own)


def test_runs_of_unequal_width_share_a_parcel():
    made = vectors(8, 3, 2, 21, dtype=torch.float32)
    compressor = QSGD(torch.tensor([1, 7, 1000]).reshape(3, 1, 1), Norm.MAXIMUM)
    parcel = Draft(made, compressor).encoded(noise(made))
    each = [message_bytes(QSGD(levels), 21, torch.float32) for levels in (1, 7, 1000)]
    assert [size - HEADER_BYTES for size in each] == [4 + 6, 4 + 11, 4 + 29]
    data = parcel.pack()
    assert len(data) == parcel.num_bytes == 2 * sum(each)
    assert torch.equal(parcel.unpack(data), parcel.own)
    for run, levels in enumerate((1, 7, 1000)):
        alone = replace(compressor, levels=levels)
        own = Draft(made[run : run + 1], alone).encoded(Noise((run,), range(2))).own
        assert torch.equal(own, parcel.own[run : run + 1])
    other = QSGD(torch.tensor([7, 7, 1000]).reshape(3, 1, 1), Norm.MAXIMUM)
    with pytest.raises(CorruptMessage, match=r"parameters \(1, 0\), not \(7, 0\)"):
        Draft(made, other).encoded(noise(made)).unpack(data)
    assert compressor.compression_variance(21) == QSGD(1, Norm.MAXIMUM).compression_variance(21)


def test_vectors_without_a_batch_have_levels_too():
    made = vectors(8, 2, 21)
    compressor = QSGD(torch.tensor([[7]]))
    expected = Draft(made, QSGD(7)).encoded(Noise((0,), range(2)))
    found = Draft(made, compressor).encoded(Noise((0,), range(2)))
    assert torch.equal(found.own, expected.own)
    assert torch.equal(found.unpack(found.pack()), expected.own)


@pytest.mark.parametrize("dtype", FORMATS)
@EVERY
def test_zero_becomes_zero(compressor, dtype):
    made = torch.tensor([[[0.0, -0.0, 0.0]]], dtype=dtype)
    found = compressor(made)
    assert torch.equal(found.view(torch.uint8), torch.zeros_like(made).view(torch.uint8))
    alone = torch.tensor([[[0.0, -0.0, 5.0]]], dtype=dtype)
    assert torch.equal(compressor(alone), alone), "the only entry of a vector is its scale"


@EVERY
def test_one_coordinate_is_sent_exactly_and_none_is_sent_as_nothing(compressor):
    for value in (0.3, -7.0, 1e-30):
        one = torch.tensor([value], dtype=torch.float32)
        assert torch.equal(compressor(one), one)
    assert compressor(torch.empty(0)).shape == (0,)
    assert compressor.payload_bits(0, torch.float32) == 0
    assert compressor.compression_variance(1) == compressor.compression_variance(0) == 0


@pytest.mark.parametrize("size", [1e20, 1e-25, 3e38, 1e-40])
@EVERY
def test_extreme_sizes_are_rounded_like_others(compressor, size):
    made = vectors(9, 1, 2, 30, dtype=torch.float32).clamp(-1, 1)
    found = compressor(made * size) / size
    spacing = made.norm(dim=-1, keepdim=True) / compressor.levels
    assert bool((found - made).abs().le(1.01 * spacing + 1e-4).all())
    assert bool(found.isfinite().all())


@pytest.mark.parametrize("dtype", FORMATS)
@EVERY
def test_every_format_and_layout_of_memory(compressor, dtype):
    made = vectors(10, 5, 3, 2, dtype=dtype).permute(2, 1, 0)
    found = compressor(made)
    assert found.dtype is dtype
    assert torch.equal(found, compressor(made.contiguous()))


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_finite_is_refused_or_poisons_its_own_message(bad):
    made = vectors(11, 1, 2, 5)
    made[0, 1, 3] = bad
    with pytest.raises(ValueError, match="cannot be compressed"):
        QSGD()(made)
    own = Draft(made, QSGD()).encoded(noise(made)).own
    assert bool(own[0, 0].isfinite().all())
    assert bool(own[0, 1].isnan().all())


def test_damage_that_no_checksum_sees_is_refused():
    compressor = QSGD(levels=4)  # 9 of 16 codes are used
    body = compressor.write((torch.ones(1), torch.full((2,), 8)))
    compressor.read(body, 2, torch.float32)
    body[-1] = 0xFF
    with pytest.raises(CorruptMessage, match="a code lies above 2 s = 8"):
        compressor.read(body, 2, torch.float32)
    body = compressor.write((-torch.ones(1), torch.full((2,), 8)))
    with pytest.raises(CorruptMessage, match="a scale is negative"):
        compressor.read(body, 2, torch.float32)
    with pytest.raises(CorruptMessage, match="a body of 4 bytes should have 5"):
        compressor.read(body[:-1], 2, torch.float32)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"levels": 0}, "levels=0 must be a whole number in [1, 32767]"),
        ({"levels": 2.5}, "levels=2.5 must be a whole number in [1, 32767]"),
        ({"levels": 2**15}, "levels=32768 must be a whole number in [1, 32767]"),
        ({"levels": torch.tensor([[[3]], [[0]]])}, "levels=0 must be"),
        ({"bucket": 0}, "bucket=0 must be a whole number >= 1, or none"),
    ],
)
def test_bad_values_are_refused(settings, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        QSGD(**settings)


@pytest.mark.parametrize("bits", [1, 17])
def test_bad_widths_are_refused(bits):
    with pytest.raises(ValueError, match=rf"bits={bits} must be a whole number in \[2, 16\]"):
        QSGD.of_bits(bits)
