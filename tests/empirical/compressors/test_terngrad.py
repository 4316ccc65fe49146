"""TernGrad: QSGD with one level and the maximum norm, and what clipping does to it."""

import pytest
import torch

from empirical.compressor import Draft, message_bytes
from empirical.compressors.qsgd import QSGD
from empirical.compressors.terngrad import EXAMPLES, TernGrad
from empirical.kernels.random_streams import Noise
from empirical.kernels.stochastic_rounding import Norm
from empirical.wire.envelope import HEADER_BYTES, CorruptMessage


def vectors(seed, *shape, dtype=torch.float64):
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(shape, dtype=torch.float64, generator=rng).to(dtype)


def noise(made):
    return Noise(tuple(range(made.shape[-3])), range(made.shape[-2]))


@pytest.mark.parametrize("size", [1, 10, 40_000])
def test_it_is_qsgd_of_one_level_and_the_maximum(size):
    made, twin = vectors(0, 2, 2, size, dtype=torch.float32), QSGD(1, Norm.MAXIMUM)
    found, expected = (item.encode(made, noise(made)) for item in (TernGrad(), twin))
    assert all(map(torch.equal, found, expected))
    assert torch.equal(TernGrad().decode(found, size), twin.decode(expected, size))
    assert TernGrad().compression_variance(size) == pytest.approx(twin.compression_variance(size))
    assert TernGrad().payload_bits(size, torch.float32) == 32 + 2 * size


def test_its_variance_is_scale_times_sum_less_square():
    made = vectors(1, 3, 2, 50)
    expected = made.abs().amax(-1) * made.abs().sum(-1) - made.square().sum(-1)
    torch.testing.assert_close(TernGrad().variance(made), expected, rtol=1e-12, atol=0)


def test_its_constant_is_attained():
    size = 9
    made = torch.full((1, 1, size), 1 / (1 + size**0.5), dtype=torch.float64)
    made[..., 0] = 1
    found = float(TernGrad().variance(made)) / float(made.square().sum())
    assert TernGrad().compression_variance(size) == 1.0
    assert found == pytest.approx(1.0, rel=1e-12)


def test_clipping_shrinks_the_scale_and_makes_it_biased():
    made = torch.cat([torch.ones(99), torch.tensor([20.0])]).double().expand(500, 1, 100)
    compressor = TernGrad(clip=2.5)
    limit = 2.5 * float(made[0].square().mean().sqrt())
    scale, codes = compressor.encode(made, noise(made))
    assert float(scale[0, 0]) == pytest.approx(limit, rel=1e-12)
    assert limit < 20
    assert bool((compressor.decode((scale, codes), 100)[..., -1] == scale[..., 0]).all())
    assert not compressor.unbiased
    assert compressor.compression_variance(100) is None
    assert compressor.contraction(100) is None
    assert TernGrad().unbiased
    read = compressor.decode((scale, codes), 100)[..., :-1].numpy()
    assert abs(read.mean() - 1) <= 6 * read.mean(-1).std() / 500**0.5
    assert float(compressor.variance(made[:1])) < float(TernGrad().variance(made[:1]))


@pytest.mark.parametrize("size", [1e20, 1e-25])
def test_clipping_knows_no_size(size):
    made = vectors(2, 1, 2, 200, dtype=torch.float32)
    here, there = (TernGrad(clip=1.0).encode(v, noise(made)) for v in (made, made * size))
    torch.testing.assert_close(there[0], here[0] * size, rtol=1e-6, atol=0)
    assert float((here[1] != there[1]).double().mean()) < 0.01


def test_one_coordinate_and_equal_ones_are_never_clipped_at_two_and_a_half():
    for size in (1, 6):
        made = torch.full((1, 1, size), -3.0)
        assert torch.equal(TernGrad(clip=2.5)(made), made)
    assert TernGrad(clip=2.5)(torch.empty(0)).shape == (0,)
    assert torch.equal(TernGrad(clip=2.5)(torch.zeros(4)), torch.zeros(4))


@pytest.mark.parametrize("compressor", EXAMPLES, ids=str)
@pytest.mark.parametrize("size", [0, 1, 7, 130])
def test_a_parcel_is_as_long_as_it_says(compressor, size):
    made = vectors(3, 2, 3, size, dtype=torch.float32)
    parcel = Draft(made, compressor).encoded(noise(made))
    data = parcel.pack()
    assert len(data) == parcel.num_bytes == 6 * message_bytes(compressor, size, torch.float32)
    assert message_bytes(compressor, size, torch.float32) == HEADER_BYTES + 4 * bool(size) + -(
        -size // 4
    )
    assert torch.equal(parcel.unpack(data), parcel.own)


def test_a_code_of_no_sign_is_refused():
    body = torch.tensor([0, 0, 128, 63, 0b11], dtype=torch.uint8)
    with pytest.raises(CorruptMessage, match="a code is neither -1, 0 nor 1"):
        TernGrad().read(body, 1, torch.float32)
    body = torch.tensor([0, 0, 128, 191, 0b01], dtype=torch.uint8)
    with pytest.raises(CorruptMessage, match="a scale is negative"):
        TernGrad().read(body, 1, torch.float32)


@pytest.mark.parametrize("clip", [-1, float("inf"), float("nan")])
def test_bad_values_are_refused(clip):
    with pytest.raises(ValueError, match=f"clip={clip} must be a number >= 0"):
        TernGrad(clip=clip)
