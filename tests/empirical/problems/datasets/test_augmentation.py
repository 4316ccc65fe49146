"""Crop and flip against a per-image reference; the normalisation against its definition."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from empirical.problems.datasets.augmentation import PADDING, crop_and_flip, normalise


def reference(images: torch.Tensor, shifts: torch.Tensor, flips: torch.Tensor) -> torch.Tensor:
    """One image at a time, as one would say it."""
    results = torch.zeros_like(images)
    _, _, height, width = images.shape
    for index, image in enumerate(images):
        canvas = torch.zeros(image.shape[0], height + 8, width + 8, dtype=image.dtype)
        canvas[:, 4 : 4 + height, 4 : 4 + width] = image
        top, left = shifts[index].tolist()
        crop = canvas[:, top : top + height, left : left + width]
        results[index] = crop.flip(-1) if flips[index] else crop
    return results


@settings(deadline=None, max_examples=40)
@given(
    num_images=st.integers(0, 5),
    channels=st.integers(1, 4),
    height=st.integers(1, 11),
    width=st.integers(1, 11),
    dtype=st.sampled_from([torch.uint8, torch.float32, torch.float64]),
    seed=st.integers(0, 2**32),
)
def test_crops_and_flips_are_those_of_the_reference(
    num_images: int, channels: int, height: int, width: int, dtype: torch.dtype, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    shape = (num_images, channels, height, width)
    images = torch.randint(1, 256, shape, generator=generator).to(dtype)
    shifts = torch.randint(0, 2 * PADDING + 1, (num_images, 2), generator=generator)
    flips = torch.rand(num_images, generator=generator) < 0.5
    result = crop_and_flip(images, shifts, flips)
    assert result.dtype == dtype
    assert torch.equal(result, reference(images, shifts, flips))


@pytest.mark.parametrize("corner", [(0, 0), (0, 8), (8, 0), (8, 8)])
@pytest.mark.parametrize("flip", [False, True])
def test_the_outermost_shifts_are_those_of_the_reference(
    corner: tuple[int, int], flip: bool
) -> None:
    images, shifts = torch.arange(1.0, 3 * 81 + 1).reshape(1, 3, 9, 9), torch.tensor([corner])
    flips = torch.tensor([flip])
    assert torch.equal(crop_and_flip(images, shifts, flips), reference(images, shifts, flips))


def test_the_middle_shift_changes_nothing_and_a_flip_undoes_itself() -> None:
    images = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    still, flips = torch.full((4, 2), PADDING), torch.tensor([True, False, True, False])
    once = crop_and_flip(images, still, flips)
    assert torch.equal(once[1::2], images[1::2])
    assert not torch.equal(once, images)
    assert torch.equal(crop_and_flip(once, still, flips), images)


def test_arguments_are_left_as_they_were() -> None:
    images, shifts, flips = torch.ones(2, 3, 4, 4), torch.zeros(2, 2, dtype=torch.int64), [True] * 2
    crop_and_flip(images, shifts, torch.tensor(flips))
    assert torch.equal(images, torch.ones(2, 3, 4, 4))
    assert torch.equal(shifts, torch.zeros(2, 2, dtype=torch.int64))


@pytest.mark.parametrize("shift", [[9, 0], [0, 9], [-1, 0], [0, -1]])
def test_a_shift_outside_the_padding_is_an_error_and_not_a_wrap(shift: list[int]) -> None:
    with pytest.raises(RuntimeError, match="out of bounds"):
        crop_and_flip(torch.ones(1, 3, 8, 8), torch.tensor([shift]), torch.tensor([False]))


@pytest.mark.parametrize(
    ("images", "shifts", "flips", "message"),
    [
        (torch.ones(3, 8, 8), torch.ones(1, 2).long(), torch.ones(1).bool(), r"images has shape"),
        (torch.ones(1, 3, 8, 8), torch.ones(2).long(), torch.ones(1).bool(), r"shifts has shape"),
        (
            torch.ones(1, 3, 8, 8),
            torch.ones(1, 2),
            torch.ones(1).bool(),
            r"must be integers \(1, 2",
        ),
        (torch.ones(1, 3, 8, 8), torch.ones(1, 2).long(), torch.ones(1), r"must be bool \(1,\)"),
    ],
)
def test_arguments_that_do_not_match_are_refused(
    images: torch.Tensor, shifts: torch.Tensor, flips: torch.Tensor, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        crop_and_flip(images, shifts, flips)


def test_normalising_undoes_the_published_moments_of_each_channel() -> None:
    means, deviations = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
    images = torch.arange(256, dtype=torch.uint8).repeat(2, 3, 1, 1)
    result = normalise(images)
    assert result.shape == images.shape
    assert result.dtype == torch.float32
    for channel in range(3):
        pixels = torch.arange(256, dtype=torch.float64) / 255
        expected = (pixels - means[channel]) / deviations[channel]
        assert torch.allclose(result[1, channel, 0].double(), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("images", [torch.ones(2, 3, 4, 4), torch.ones(2, 1, 4, 4).byte()])
def test_normalising_anything_but_three_channels_of_bytes_is_refused(images: torch.Tensor) -> None:
    with pytest.raises(ValueError, match=r"must be \(..., 3, h, w\) of torch.uint8"):
        normalise(images)
