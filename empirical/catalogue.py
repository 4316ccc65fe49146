"""Every algorithm and every problem, found by walking their folders."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType, ModuleType
from typing import Any

import empirical.algorithms
import empirical.problems
from empirical.algorithm import Algorithm
from empirical.problem import Problem
from theory.catalogue import modules


@cache
def algorithms() -> Mapping[str, tuple[Algorithm[Any], ...]]:
    """The examples of every algorithm, by its file name."""
    return _examples(empirical.algorithms)


@cache
def problems() -> Mapping[str, tuple[Problem, ...]]:
    """The examples of every problem, by its file name."""
    return _examples(empirical.problems)


def _examples(package: ModuleType) -> Mapping[str, Any]:
    found = {item.__name__.rpartition(".")[2]: item.EXAMPLES for item in modules(package)}
    return MappingProxyType(found)
