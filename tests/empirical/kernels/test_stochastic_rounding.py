"""The kernel: exact over all chances, the same in chunks, blind to size and scale."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.kernels import stochastic_rounding
from empirical.kernels.random_streams import Noise
from empirical.kernels.stochastic_rounding import (
    Norm,
    quantised,
    restored,
    rounded,
    scales,
    variance,
)

EVERY_CHANCE = torch.arange(-(2**15), 2**15, dtype=torch.int32).to(torch.int16).unsqueeze(-1)
GRID = 2**-16
"""Of chance, with room for the rounding of single precision."""


def vector(seed, size, dtype=torch.float64):
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(size, dtype=torch.float64, generator=rng).to(dtype)


def noise(vectors):
    return Noise(tuple(range(vectors.shape[-3])), range(vectors.shape[-2]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("norm", Norm)
@pytest.mark.parametrize("levels", [1, 2, 7, 127, 128, 5000])
def test_over_all_chances_the_mean_is_the_number_and_the_variance_the_formula(levels, norm, dtype):
    values = vector(levels, 6, dtype)
    scale = scales(values[None, None], norm)[0, 0]
    codes = rounded(
        values.expand(2**16, 6), scale.expand(2**16, 1), levels, EVERY_CHANCE.expand(-1, 6)
    )
    spacing = scale.double() / levels
    read = (codes.double() - levels) * spacing
    single = 0 if dtype is torch.float64 else 2**-24 * levels
    error = float(((read.mean(0) - values.double()) / spacing).abs().max())
    assert error <= GRID + single
    found = float((read - values.double()).square().sum(-1).mean())
    expected = float(variance(values[None, None], scale[None, None], levels))
    assert found == pytest.approx(expected, abs=(6 * GRID + 12 * single) * float(spacing) ** 2)


def test_a_number_on_a_level_stays_there():
    levels = torch.arange(-7, 8, dtype=torch.float32)
    codes = rounded(levels.expand(2**16, 15), torch.tensor([[7.0]]), 7, EVERY_CHANCE.expand(-1, 15))
    assert torch.equal(codes, (levels + 7).to(torch.uint8).expand_as(codes))


@given(
    seed=st.integers(0, 99), levels=st.integers(1, 300), power=st.integers(-60, 60),
    norm=st.sampled_from(Norm), bucket=st.none() | st.integers(1, 12),
)  # fmt: skip
def test_scaling_and_sign_carry_over_to_the_bit(seed, levels, power, norm, bucket):
    values = vector(seed, 10, torch.float32).reshape(1, 2, 5)
    scale, moved = scales(values, norm, bucket), scales(-values * 2.0**power, norm, bucket)
    assert torch.equal(moved, scale * 2.0**power)
    codes = quantised(values, scale, levels, noise(values), bucket)
    there = quantised(-values * 2.0**power, moved, levels, noise(values), bucket)
    assert torch.equal(there.int() - levels, levels - codes.int())
    read = restored(codes, scale, levels, bucket)
    assert torch.equal(restored(there, moved, levels, bucket), -read * 2.0**power)


@given(seed=st.integers(0, 99), levels=st.integers(1, 300), norm=st.sampled_from(Norm))
def test_what_is_read_is_a_neighbouring_level_of_the_same_sign(seed, levels, norm):
    values = vector(seed, 24).reshape(2, 3, 4)
    scale = scales(values, norm)
    codes = quantised(values, scale, levels, noise(values)).int() - levels
    assert int(codes.abs().max()) <= levels
    assert bool((codes * values >= 0).all())
    exact = values * levels / scale
    assert bool(((codes - exact).abs() < 1 + 1e-9).all())


@pytest.mark.parametrize("bucket", [None, 3, 100, 300])
@pytest.mark.parametrize("levels", [3, 200])
def test_chunks_change_nothing(monkeypatch, levels, bucket):
    values = vector(1, 2 * 3 * 1001, torch.float32).reshape(2, 3, 1001)
    scale = scales(values, Norm.MAXIMUM, bucket)
    whole = quantised(values, scale, levels, noise(values), bucket)
    read = restored(whole, scale, levels, bucket)
    monkeypatch.setattr(stochastic_rounding, "CHUNK", 128)
    assert torch.equal(scales(values, Norm.MAXIMUM, bucket), scale)
    assert torch.equal(quantised(values, scale, levels, noise(values), bucket), whole)
    assert torch.equal(restored(whole, scale, levels, bucket), read)


@pytest.mark.parametrize("size", [7, 300])
def test_each_run_of_a_batch_may_have_levels_of_its_own(monkeypatch, size):
    monkeypatch.setattr(stochastic_rounding, "CHUNK", 128)
    values = vector(2, 4 * 3 * size).reshape(4, 3, size)
    levels = torch.tensor([1, 7, 300, 7]).reshape(4, 1, 1)
    scale = scales(values, Norm.EUCLIDEAN)
    together = restored(quantised(values, scale, levels, noise(values)), scale, levels)
    spread = variance(values, scale, levels)
    for run, level in enumerate(levels.flatten().tolist()):
        own, one = values[run : run + 1], scale[run : run + 1]
        alone = quantised(own, one, level, Noise((run,), range(3)))
        assert torch.equal(restored(alone, one, level), together[run : run + 1])
        assert torch.equal(variance(own, one, level), spread[run : run + 1])


def test_runs_of_several_step_sizes_share_their_chances():
    values = vector(3, 12).reshape(1, 2, 6).expand(2, 3, 2, 6)
    scale = scales(values, Norm.EUCLIDEAN)
    codes = quantised(values, scale, 5, noise(values))
    assert torch.equal(codes[0], codes[1])
    assert not torch.equal(codes[0, 0], codes[0, 1])


@pytest.mark.parametrize("size", [1, 4, 1e20, 1e-25, 3e38, 1e-44])
def test_norms_neither_overflow_nor_vanish(size):
    values = torch.full((1, 1, 4), size, dtype=torch.float32)
    expected = min(2 * float(values[0, 0, 0]), torch.finfo(torch.float32).max)
    assert float(scales(values, Norm.EUCLIDEAN)) == pytest.approx(expected, rel=1e-7)
    assert float(scales(values, Norm.MAXIMUM)) == float(values[0, 0, 0])


@pytest.mark.parametrize("size", [1e200, 1e-200, 1e308, 5e-324])
def test_nor_do_those_of_doubles(size):
    values = torch.full((1, 1, 4), size, dtype=torch.float64)
    expected = min(2 * size, torch.finfo(torch.float64).max)
    assert float(scales(values, Norm.EUCLIDEAN)) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_a_norm_is_at_least_every_entry_of_its_bucket(dtype):
    values = (vector(5, 600) * 3e4).clamp(-6e4, 6e4).to(dtype).reshape(1, 2, 300)
    for norm in Norm:
        for bucket in (None, 1, 7):
            scale = scales(values, norm, bucket)
            assert scale.shape[-1] == stochastic_rounding.num_buckets(300, bucket)
            spread = scale.repeat_interleave(bucket or 300, dim=-1)[..., :300]
            assert bool((values.abs() <= spread).all())


def test_a_row_has_the_same_norm_whoever_is_beside_it():
    rows = vector(6, 5 * 4099, torch.float32).reshape(5, 1, 4099)
    together = scales(rows, Norm.EUCLIDEAN)
    alone = torch.stack([scales(row[None], Norm.EUCLIDEAN)[0] for row in rows])
    assert torch.equal(together, alone)


def test_codes_of_few_levels_are_bytes():
    assert stochastic_rounding.code_format(127) is torch.uint8
    assert stochastic_rounding.code_format(128) is torch.int32
    assert [stochastic_rounding.code_width(levels) for levels in (1, 2, 3, 4, 7, 8, 32767)] == [
        2, 3, 3, 4, 4, 5, 16,
    ]  # fmt: skip
    for levels in range(1, 200):
        assert stochastic_rounding.code_width(levels) == int(np.ceil(np.log2(2 * levels + 1)))
