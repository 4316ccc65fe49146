"""What holds for every image model: no state outside the parameters, samples are independent."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from empirical.problems.networks.flat_module import FlatModel
from empirical.problems.networks.network_catalogue import MODELS

torch.set_num_threads(1)

EVERY_MODEL = pytest.mark.parametrize("build", MODELS.values(), ids=MODELS.keys())


def batch(num_images: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(num_images, 3, 32, 32, generator=generator)
    return images, torch.randint(0, 10, (num_images,), generator=generator)


@EVERY_MODEL
def test_ten_logits_come_out_and_a_gradient_reaches_every_parameter(
    build: Callable[[], nn.Module],
) -> None:
    model, (images, labels) = FlatModel(build, seed=0), batch(2)
    flat = model.initial().requires_grad_()
    logits = model.apply(flat, images)
    assert logits.shape == (2, 10)
    (gradient,) = torch.autograd.grad(F.cross_entropy(logits, labels), flat)
    sizes = [parameter.numel() for parameter in build().parameters()]
    assert all(part.abs().max() > 0 for part in gradient.split_with_sizes(sizes))


@EVERY_MODEL
def test_it_has_no_buffers_and_no_modes(build: Callable[[], nn.Module]) -> None:
    module, (images, _) = build(), batch(1)
    assert not list(module.buffers())
    with torch.no_grad():
        assert torch.equal(module.train()(images), module.eval()(images))


@EVERY_MODEL
def test_the_logits_of_an_image_do_not_depend_on_its_batch(build: Callable[[], nn.Module]) -> None:
    model, (images, _) = FlatModel(build, seed=0), batch(3)
    flat, others = model.initial(), images.clone()
    others[1:] = 10 * others[1:] + 3
    with torch.no_grad():
        first, second = model.apply(flat, images)[0], model.apply(flat, others)[0]
    assert torch.allclose(first, second, rtol=1e-4, atol=1e-5)


@EVERY_MODEL
def test_the_first_loss_is_near_that_of_guessing(build: Callable[[], nn.Module]) -> None:
    model, (images, labels) = FlatModel(build, seed=0), batch(4)
    with torch.no_grad():
        loss = F.cross_entropy(model.apply(model.initial(), images), labels)
    assert 1.0 < loss < 4.0  # log 10 = 2.3
