"""A small convolutional network for 3x32x32 images, quick on one processor core."""

from __future__ import annotations

from typing import final

from torch import Tensor, nn

_CHANNELS_PER_GROUP = 8


@final
class GroupNormCNN(nn.Module):
    """Three convolutions with GroupNorm and ReLU, then one linear layer.

    Resolution and channels go 32x32 x 3, 16x16 x width (5x5, stride 2), 8x8 x width (max-pool),
    8x8 x 2 width (3x3), 4x4 x 4 width (3x3, stride 2). Most of the work is done at 8x8, which is
    what makes it quick: width 32 has 0.12 M parameters.

    GroupNorm rather than BatchNorm: running statistics would be state outside the parameter vector,
    and batch statistics would tie the gradient of one sample to the rest of its batch, where every
    theorem has independent samples. ReLU and the max-pool leave a loss that is smooth only
    piecewise.

    Attributes:
        width: channels after the first convolution; a multiple of 8.
        num_classes: logits; >= 1.

    Shapes:
        images (n, 3, 32, 32); logits (n, num_classes).

    Raises:
        ValueError: width or num_classes outside the range given above.
    """

    def __init__(self, width: int = 32, num_classes: int = 10) -> None:
        super().__init__()
        if width < _CHANNELS_PER_GROUP or width % _CHANNELS_PER_GROUP:
            raise ValueError(f"width={width} must be a multiple of {_CHANNELS_PER_GROUP}")
        if num_classes < 1:
            raise ValueError(f"num_classes={num_classes} must be >= 1")
        self.layers = nn.Sequential(
            *_stage(3, width, kernel_size=5, stride=2),
            nn.MaxPool2d(2),
            *_stage(width, 2 * width, kernel_size=3, stride=1),
            *_stage(2 * width, 4 * width, kernel_size=3, stride=2),
            nn.Flatten(),
            nn.Linear(4 * width * 16, num_classes),
        )

    def forward(self, images: Tensor) -> Tensor:
        """The logits (n, num_classes) of images (n, 3, 32, 32)."""
        logits: Tensor = self.layers(images)
        return logits


def _stage(channels_in: int, channels_out: int, *, kernel_size: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        # No bias: the normalisation that follows would cancel most of it.
        nn.Conv2d(channels_in, channels_out, kernel_size, stride, kernel_size // 2, bias=False),
        nn.GroupNorm(channels_out // _CHANNELS_PER_GROUP, channels_out),
        nn.ReLU(),
    )
