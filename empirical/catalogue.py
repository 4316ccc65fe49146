"""Every algorithm, compressor and problem, found by walking their folders."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from empirical.algorithm import Algorithm
from empirical.compressor import Compressor
from empirical.problem import Problem
from theory.discovery import modules


@cache
def algorithms() -> Mapping[str, tuple[Algorithm[Any], ...]]:
    """The examples of every algorithm, by its file name; those around others come last."""
    found = {**_examples("empirical.algorithms"), **_examples("empirical.algorithms.wrappers")}
    return MappingProxyType(found)


@cache
def compressors() -> Mapping[str, tuple[Compressor, ...]]:
    """The examples of every compressor, by its file name."""
    return _examples("empirical.compressors")


@cache
def problems() -> Mapping[str, tuple[Problem, ...]]:
    """The examples of every problem, by its file name."""
    return _examples("empirical.problems")


def load() -> None:
    """Imports every file of the folders, so that every name can be resolved."""
    algorithms(), compressors(), problems()


def _examples(package: str) -> Mapping[str, Any]:
    found = modules(package, "EXAMPLES").items()
    return MappingProxyType({name: module.EXAMPLES for name, module in found})
