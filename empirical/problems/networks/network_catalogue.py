"""The image models by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from torch import nn

from empirical.problems.networks.groupnorm_cnn import GroupNormCNN
from empirical.problems.networks.resnet import resnet18, resnet20

MODELS: Mapping[str, Callable[[], nn.Module]] = MappingProxyType(
    {"groupnorm_cnn": GroupNormCNN, "resnet20": resnet20, "resnet18": resnet18}
)
"""Builders of a fresh model for images (n, 3, 32, 32) and ten classes."""
