"""Random crop and flip of images, as pure functions of given random integers."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

PADDING = 4
"""Pixels of zeros on every side before a crop."""

# Mean and standard deviation of each channel over all pixels of the 50,000 training images, pixels
# scaled to [0, 1]. (The often copied deviations .2023, .1994, .2010 are means of each image's own.)
_MEANS = (0.4914, 0.4822, 0.4465)
_DEVIATIONS = (0.2470, 0.2435, 0.2616)


def crop_and_flip(images: Tensor, shifts: Tensor, flips: Tensor) -> Tensor:
    """Every image padded with 4 zeros a side, cropped to its size at its shift, perhaps mirrored.

    Applied before normalise the padding is black, applied after it the padding is the mean.

    Args:
        images: shape (n, c, h, w), any dtype.
        shifts: where the crop begins in the padded image, (row, column), integers in [0, 8], shape
            (n, 2); (4, 4) keeps the image in place.
        flips: whether to mirror left and right, bool, shape (n,).

    Returns:
        Shape, dtype and device of images; all arguments on one device.

    Raises:
        ValueError: shapes or types that do not match the above.
        RuntimeError: a shift outside [0, 8]; from torch, as looking first would stall a GPU.
    """
    num_images, channels, height, width = _check(images, shifts, flips)
    rows = shifts[:, :1] + torch.arange(height, device=images.device)
    columns = shifts[:, 1:] + torch.arange(width, device=images.device)
    columns = torch.where(flips[:, None], columns.flip(1), columns)
    padded = F.pad(images, (PADDING, PADDING, PADDING, PADDING))
    across = columns[:, None, None, :].expand(-1, channels, height + 2 * PADDING, -1)
    down = rows[:, None, :, None].expand(num_images, channels, -1, width)
    return padded.gather(3, across).gather(2, down)


def normalise(images: Tensor) -> Tensor:
    """Pixels in 0..255 as float32, each channel with mean 0 and deviation 1 over CIFAR-10.

    Args:
        images: uint8, shape (..., 3, h, w).

    Raises:
        ValueError: another type or number of channels.
    """
    if images.dtype != torch.uint8 or images.ndim < 3 or images.shape[-3] != 3:
        raise ValueError(
            f"images of shape {tuple(images.shape)} and type {images.dtype} "
            "must be (..., 3, h, w) of torch.uint8"
        )
    means = torch.tensor(_MEANS, device=images.device)[:, None, None]
    deviations = torch.tensor(_DEVIATIONS, device=images.device)[:, None, None]
    return (images / 255 - means) / deviations


def _check(images: Tensor, shifts: Tensor, flips: Tensor) -> tuple[int, int, int, int]:
    if images.ndim != 4:
        raise ValueError(f"images has shape {tuple(images.shape)}, must be (n, c, h, w)")
    num_images, channels, height, width = images.shape
    if shifts.shape != (num_images, 2) or shifts.is_floating_point():
        raise ValueError(
            f"shifts has shape {tuple(shifts.shape)}, must be integers ({num_images}, 2)"
        )
    if flips.shape != (num_images,) or flips.dtype != torch.bool:
        raise ValueError(f"flips has shape {tuple(flips.shape)}, must be bool ({num_images},)")
    return num_images, channels, height, width
