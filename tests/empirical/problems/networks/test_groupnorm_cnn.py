"""The small network: its size, its refusals, per-sample gradients, and that it learns."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.func import grad, vmap
from torch.nn import functional as F

from empirical.problems.networks.flat_module import FlatModel
from empirical.problems.networks.groupnorm_cnn import GroupNormCNN

torch.set_num_threads(1)

MODEL = FlatModel(GroupNormCNN, seed=0)


def loss(flat: Tensor, images: Tensor, labels: Tensor) -> Tensor:
    return F.cross_entropy(MODEL.apply(flat, images), labels)


def images_of_two_kinds(num_images: int) -> tuple[Tensor, Tensor]:
    """Noise over a faint horizontal or vertical stripe."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(num_images) % 2
    stripes = torch.sin(torch.arange(32.0)).expand(32, 32)
    signal = torch.where(labels[:, None, None] == 0, stripes, stripes.T)
    return signal[:, None] + torch.randn(num_images, 3, 32, 32, generator=generator), labels


@pytest.mark.parametrize(
    ("width", "num_classes", "expected"), [(32, 10, 115_498), (8, 10, 11_602), (8, 3, 8_011)]
)
def test_it_has_as_many_parameters_as_its_layers(
    width: int, num_classes: int, expected: int
) -> None:
    module = GroupNormCNN(width, num_classes)
    assert sum(parameter.numel() for parameter in module.parameters()) == expected
    assert module(torch.zeros(2, 3, 32, 32)).shape == (2, num_classes)


@pytest.mark.parametrize(("width", "num_classes"), [(0, 10), (12, 10), (8, 0)])
def test_widths_and_classes_out_of_range_are_refused(width: int, num_classes: int) -> None:
    with pytest.raises(ValueError, match=r"(width|num_classes)=\d+ must be"):
        GroupNormCNN(width, num_classes)


def test_gradients_of_samples_average_to_the_gradient_of_the_batch() -> None:
    images, labels = images_of_two_kinds(6)
    flat = MODEL.initial()
    each = vmap(grad(loss), in_dims=(None, 0, 0))(flat, images[:, None], labels[:, None])
    whole = grad(loss)(flat, images, labels)
    assert each.var(dim=0).max() > 0
    assert torch.allclose(each.mean(dim=0), whole, rtol=1e-4, atol=1e-5)


def test_it_learns_to_tell_two_kinds_of_images_apart() -> None:
    images, labels = images_of_two_kinds(512)
    flat = MODEL.initial()
    for step in range(12):
        part = slice(32 * step, 32 * step + 32)
        flat = flat - 0.02 * grad(loss)(flat, images[part], labels[part])
    correct = MODEL.apply(flat, images[384:]).argmax(dim=1) == labels[384:]
    assert correct.float().mean() > 0.95
