"""A module as a function of one vector: same numbers, same gradients, no hidden state."""

from __future__ import annotations

import pickle

import pytest
import torch
from torch import nn

from empirical.problems.networks.flat_module import FlatModel
from empirical.problems.networks.groupnorm_cnn import GroupNormCNN


def build() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2))


INPUTS = torch.linspace(-1, 1, 12).reshape(4, 3)


def test_the_vector_holds_the_parameters_that_the_seed_makes() -> None:
    model = FlatModel(build, seed=7)
    with torch.random.fork_rng():
        torch.manual_seed(7)
        module = build()
    expected = nn.utils.parameters_to_vector(module.parameters())
    assert model.dimension == len(expected) == 3 * 5 + 5 + 5 * 2 + 2
    assert torch.equal(model.initial(), expected)
    assert torch.equal(model.apply(model.initial(), INPUTS), module(INPUTS))


def test_output_and_gradient_are_those_of_the_module_at_any_vector() -> None:
    model, module = FlatModel(build, seed=0), build()
    flat = torch.randn(model.dimension, generator=torch.Generator().manual_seed(1))
    nn.utils.vector_to_parameters(flat, module.parameters())
    parts = torch.autograd.grad(module(INPUTS).square().sum(), list(module.parameters()))
    expected = torch.cat([part.flatten() for part in parts])
    flat.requires_grad_()
    (gradient,) = torch.autograd.grad(model.apply(flat, INPUTS).square().sum(), flat)
    assert expected.abs().max() > 0
    assert torch.equal(gradient, expected)


def test_applying_changes_neither_the_vector_nor_the_next_result() -> None:
    model = FlatModel(build, seed=0)
    flat = model.initial()
    first = model.apply(flat, INPUTS)
    model.apply(flat + 1, INPUTS)
    assert torch.equal(flat, model.initial())
    assert torch.equal(model.apply(flat, INPUTS), first)


def test_initial_parameters_depend_on_the_seed_only() -> None:
    torch.manual_seed(123)
    state = torch.get_rng_state()
    first = FlatModel(build, seed=3).initial()
    assert torch.equal(torch.get_rng_state(), state), "the global generator was disturbed"
    torch.rand(10)
    assert torch.equal(FlatModel(build, seed=3).initial(), first)
    assert not torch.equal(FlatModel(build, seed=4).initial(), first)


def test_initial_is_the_callers_own() -> None:
    model = FlatModel(build, seed=0)
    model.initial().zero_()
    assert model.initial().abs().max() > 0
    assert not model.initial().requires_grad


def test_the_type_of_the_vector_is_the_type_of_the_computation() -> None:
    model = FlatModel(build, seed=0)
    assert model.apply(model.initial().double(), INPUTS.double()).dtype == torch.float64


def test_a_stack_of_vectors_is_a_stack_of_models() -> None:
    model = FlatModel(build, seed=0)
    stack = model.initial() + torch.arange(3.0)[:, None]
    together = torch.func.vmap(model.apply, in_dims=(0, None))(stack, INPUTS)
    one_by_one = torch.stack([model.apply(flat, INPUTS) for flat in stack])
    assert torch.allclose(together, one_by_one, rtol=1e-5, atol=1e-6)


def test_it_is_a_value() -> None:
    model = FlatModel(GroupNormCNN, seed=1)
    copy = pickle.loads(pickle.dumps(model))
    assert copy == model == FlatModel(GroupNormCNN, seed=1)
    assert hash(copy) == hash(model)
    assert model != FlatModel(GroupNormCNN, seed=2)
    assert torch.equal(copy.initial(), model.initial())
    assert len(pickle.dumps(model)) < 1000, "parameters were pickled"


def test_a_shared_parameter_counts_once_and_stays_shared() -> None:
    def tied() -> nn.Module:
        module = nn.Sequential(nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False))
        module[1].weight = module[0].weight
        return module

    model = FlatModel(tied, seed=0)
    doubling = 2 * torch.eye(3).flatten()
    assert model.dimension == 9
    assert torch.equal(model.apply(doubling, INPUTS), 4 * INPUTS)


def test_a_buffer_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"^buffer 1.running_mean is state outside .*GroupNorm"):
        FlatModel(lambda: nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)), seed=0)


def test_a_model_without_parameters_or_with_a_bad_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="ReLU must have at least one parameter"):
        FlatModel(nn.ReLU, seed=0)
    with pytest.raises(ValueError, match="seed=-1 must be a whole number >= 0"):
        FlatModel(build, seed=-1)


@pytest.mark.parametrize("shape", [(31,), (33,), (1, 32)])
def test_a_vector_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"flat has shape .*, must be \(32,\)"):
        FlatModel(build, seed=0).apply(torch.zeros(shape), INPUTS)
