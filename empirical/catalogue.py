"""Every algorithm, compressor and problem, found by walking their folders."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from empirical.algorithm import Algorithm
from empirical.compressor import Compressor
from empirical.problem import Problem
from theory.discovery import imported, is_reference, modules


@cache
def algorithms() -> Mapping[str, tuple[Algorithm[Any], ...]]:
    """The examples of every algorithm, by its file name; those around others come last."""
    found = {**_examples("empirical.algorithms"), **_examples("empirical.algorithms.wrappers")}
    return MappingProxyType(found)


def examples_of(name: str) -> tuple[Algorithm[Any], ...]:
    """The examples of one algorithm; none if there is no such algorithm, or it has none.

    Args:
        name: of the catalogue, or a reference to a class of one's own. Its module may hold EXAMPLES
            as a file of the catalogue does; else what its defaults make is its example.

    Raises:
        ValueError: the module of a reference cannot be imported.
        FileNotFoundError: there is no such file.
    """
    if not is_reference(name):
        return algorithms().get(name, ())
    module, attribute = imported(name)
    made = getattr(module, attribute, None)
    given = tuple(item for item in getattr(module, "EXAMPLES", ()) if type(item) is made)
    return given or _by_defaults(made)


def _by_defaults(kind: Any) -> tuple[Algorithm[Any], ...]:
    try:
        return (kind(local_steps=1, step_size=1.0),)
    except (TypeError, ValueError):  # another field is needed
        return ()


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
