"""Residual networks for 3x32x32 images, with GroupNorm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from torch import Tensor, nn
from torch.nn import functional as F

_CHANNELS_PER_GROUP = 8


@final
class BasicBlock(nn.Module):
    """Two 3x3 convolutions around a shortcut: relu(shortcut(x) + f(x)).

    The shortcut is the identity, or a 1x1 convolution with normalisation (option B of the paper)
    where resolution or channels change.

    Shapes:
        (n, channels_in, h, w) to (n, channels_out, h / stride, w / stride).
    """

    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        super().__init__()
        self.first = _normalised_convolution(channels_in, channels_out, 3, stride)
        self.second = _normalised_convolution(channels_out, channels_out, 3, 1)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or channels_in != channels_out:
            self.shortcut = _normalised_convolution(channels_in, channels_out, 1, stride)

    def forward(self, features: Tensor) -> Tensor:
        """The block's output, see Shapes."""
        return F.relu(self.shortcut(features) + self.second(F.relu(self.first(features))))


@final
class ResNet(nn.Module):
    """A 3x3 stem, stages of basic blocks, the mean over pixels, one linear layer.

    Every stage but the first halves the resolution in its first block. Convolutions start from He's
    normal initialisation, as in the paper.

    GroupNorm with 8 channels a group rather than BatchNorm, which is the one difference to He et
    al. besides the shortcut: running statistics would be state outside the parameter vector, and
    batch statistics would tie the gradient of one sample to the rest of its batch, where every
    theorem has independent samples.

    Attributes:
        widths: channels of each stage; multiples of 8.
        blocks_per_stage: >= 1.
        num_classes: logits; >= 1.

    Shapes:
        images (n, 3, 32, 32); logits (n, num_classes).

    Source: He, Zhang, Ren, Sun, "Deep residual learning for image recognition" (2016),
    arXiv 1512.03385, section 4.2 (CIFAR-10) and table 1 (ResNet-18).
    """

    def __init__(self, widths: Sequence[int], blocks_per_stage: int, num_classes: int = 10) -> None:
        super().__init__()
        self.stem = _normalised_convolution(3, widths[0], 3, 1)
        blocks, channels = [], widths[0]
        for stage, width in enumerate(widths):
            for block in range(blocks_per_stage):
                blocks.append(BasicBlock(channels, width, 2 if stage and not block else 1))
                channels = width
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(channels, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """The logits (n, num_classes) of images (n, 3, 32, 32)."""
        features = self.blocks(F.relu(self.stem(images)))
        logits: Tensor = self.head(features.mean(dim=(2, 3)))
        return logits


def resnet20() -> ResNet:
    """ResNet-20 for CIFAR-10: three stages of three blocks, 0.27 M parameters.

    Differs from the paper, which pads the shortcut with zero channels (option A), by 1x1
    convolutions there: 1 % more parameters, and one block for both networks.
    """
    return ResNet((16, 32, 64), blocks_per_stage=3)


def resnet18() -> ResNet:
    """ResNet-18 for 32x32 images: four stages of two blocks, 11.17 M parameters.

    Differs from the paper's network for 224x224 images by a 3x3 stem of stride 1 without max-pool.
    """
    return ResNet((64, 128, 256, 512), blocks_per_stage=2)


def _normalised_convolution(
    channels_in: int, channels_out: int, kernel_size: int, stride: int
) -> nn.Sequential:
    convolution = nn.Conv2d(
        channels_in, channels_out, kernel_size, stride, kernel_size // 2, bias=False
    )
    nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
    return nn.Sequential(
        convolution, nn.GroupNorm(channels_out // _CHANNELS_PER_GROUP, channels_out)
    )
