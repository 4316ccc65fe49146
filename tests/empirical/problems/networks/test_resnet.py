"""The residual networks: their sizes, their depths, and what a block adds to its shortcut."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from empirical.problems.networks.resnet import BasicBlock, ResNet, resnet18, resnet20

torch.set_num_threads(1)


@pytest.mark.parametrize(
    ("build", "parameters", "depth"), [(resnet20, 272_474, 20), (resnet18, 11_173_962, 18)]
)
def test_size_and_depth_are_those_of_the_paper(
    build: Callable[[], ResNet], parameters: int, depth: int
) -> None:
    module = build()
    assert sum(parameter.numel() for parameter in module.parameters()) == parameters
    layers = [layer for layer in module.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    # Depth counts the layers on the main path, not the 1x1 shortcuts.
    assert sum(getattr(layer, "kernel_size", None) != (1, 1) for layer in layers) == depth


@pytest.mark.parametrize("stride", [1, 2])
def test_a_block_whose_branch_vanishes_is_its_shortcut(stride: int) -> None:
    block = BasicBlock(16, 16 * stride, stride)
    features = torch.randn(2, 16, 8, 8, generator=torch.Generator().manual_seed(0))
    nn.init.zeros_(block.second.get_parameter("1.weight"))
    with torch.no_grad():
        assert torch.equal(block(features), block.shortcut(features).relu())
    assert isinstance(block.shortcut, nn.Identity) == (stride == 1)


@pytest.mark.parametrize("build", [resnet20, resnet18])
def test_stages_end_at_the_resolution_of_the_paper(build: Callable[[], ResNet]) -> None:
    module = build()
    with torch.no_grad():
        features = module.blocks(module.stem(torch.zeros(1, 3, 32, 32)))
    assert features.shape == ((1, 64, 8, 8) if build is resnet20 else (1, 512, 4, 4))


def test_convolutions_start_from_hes_initialisation() -> None:
    torch.manual_seed(0)
    weight = resnet18().get_parameter("blocks.6.first.0.weight")
    assert weight.shape == (512, 256, 3, 3)
    # Fan out: 512 channels times 3x3.
    assert weight.std().item() == pytest.approx((2 / (512 * 9)) ** 0.5, rel=0.01)
