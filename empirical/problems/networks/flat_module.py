"""A module seen as a function of one flat parameter vector."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final

import torch
from torch import Tensor, nn
from torch.func import functional_call

from empirical.field_ranges import check_whole


@final
@dataclass(frozen=True)
class FlatModel:
    """A module's parameters as one vector (d,), in the order of named_parameters.

    The value is the pair (build, seed): it compares, hashes and pickles as that pair. The module it
    keeps has only names and shapes, so d floats are stored once, by the caller.

    Attributes:
        build: makes the module, on the CPU and always of the same shape; may draw from torch's
            global generator. A module-level function, if the model is to be pickled.
        seed: of the initial parameters; >= 0.

    Raises:
        ValueError: the module has a buffer, or no parameters, or seed < 0.

    Example:
        >>> model = FlatModel(lambda: nn.Linear(3, 2), seed=0)
        >>> model.dimension
        8
        >>> model.apply(model.initial(), torch.ones(5, 3)).shape
        torch.Size([5, 2])
    """

    build: Callable[[], nn.Module]
    seed: int
    _skeleton: nn.Module = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_whole(self, 0, "seed")
        module = self._fresh()
        for name, _ in module.named_buffers():
            raise ValueError(
                f"buffer {name} is state outside the parameter vector; "
                "use layers without buffers, such as GroupNorm for BatchNorm"
            )
        if not any(True for _ in module.parameters()):
            raise ValueError(f"{type(module).__name__} must have at least one parameter")
        for parameter in module.parameters():
            # One number seen in the full shape; to("meta") would part layers that share it.
            parameter.data = parameter.new_zeros(()).expand_as(parameter)
        object.__setattr__(self, "_skeleton", module)

    def __reduce__(self) -> tuple[type[FlatModel], tuple[Callable[[], nn.Module], int]]:
        return FlatModel, (self.build, self.seed)

    @property
    def dimension(self) -> int:
        """The number of parameters d; a parameter that two layers share counts once."""
        return sum(parameter.numel() for parameter in self._skeleton.parameters())

    def initial(self) -> Tensor:
        """The parameters (d,) that build makes from the seed; a fresh tensor at each call."""
        return torch.cat([part.detach().flatten() for part in self._fresh().parameters()])

    def apply(self, flat: Tensor, inputs: Tensor) -> Tensor:
        """The module's output on inputs with the parameters in flat.

        Gradients flow to flat, whose parts are views of it; under torch.func.vmap a stack of flat
        vectors is a stack of models.

        Args:
            flat: shape (d,), on the device of inputs.
            inputs: whatever the module takes.

        Raises:
            ValueError: flat has another shape.
        """
        if flat.shape != (self.dimension,):
            raise ValueError(f"flat has shape {tuple(flat.shape)}, must be ({self.dimension},)")
        named = dict(self._skeleton.named_parameters())
        parts = flat.split_with_sizes([parameter.numel() for parameter in named.values()])
        views = {
            name: part.view(parameter.shape)
            for (name, parameter), part in zip(named.items(), parts, strict=True)
        }
        output: Tensor = functional_call(self._skeleton, views, (inputs,))
        return output

    def _fresh(self) -> nn.Module:
        # torch.manual_seed would also reseed every accelerator, which fork_rng need not restore.
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(self.seed)
            return self.build()
