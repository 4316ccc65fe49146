"""Conversion of frozen dataclasses to plain data and back, for TOML, commands and records.

A description is a mapping of field names to numbers, strings, lists and descriptions; where a
field may hold one of several classes, "name" says which. A class from outside the package is named
by a reference, package.module:Class or path/to/file.py:Class.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
import types
import typing
from collections.abc import Mapping
from difflib import get_close_matches
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from empirical.field_values import (
    listed,
    number_for,
    to_bool,
    to_float,
    to_int,
    to_member,
    to_path,
    to_tuple,
)
from theory.discovery import imported, is_reference, plugged_in, plugins, reference_to


def name_of(kind: type) -> str:
    """Returns the short name of a class, as commands and theorems use it.

    It is the file name where the file's EXAMPLES are all of this class, as for algorithms,
    compressors and problems; otherwise the class name in snake case, as for their parts.
    """
    examples = getattr(sys.modules.get(kind.__module__), "EXAMPLES", ())
    if {type(example) for example in examples} == {kind}:
        return kind.__module__.rpartition(".")[2]
    return _snake(kind.__name__)


def _snake(name: str) -> str:
    # LocalSGD becomes local_sgd; a last capital alone starts no word: AdamW becomes adamw.
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z][A-Za-z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def described_name(kind: type) -> str:
    """Returns the "name" of a class in a description: short in this package, else a reference."""
    if kind.__module__.startswith("empirical."):
        return name_of(kind)
    return reference_to(kind) or name_of(kind)


def method_name(kind: type) -> str:
    """Returns the name under which bounds refer to an algorithm.

    It is the short name for classes of this package, and module:Class for all others: a class from
    elsewhere that is called LocalSGD need not be the method of the theorems on local_sgd.
    """
    ours = kind.__module__.startswith("empirical.")
    return name_of(kind) if ours else f"{kind.__module__}:{kind.__qualname__}"


def located_nowhere(name: str) -> str:
    """Returns a name as method_name writes it: path/to/file.py:Class becomes file:Class."""
    where, colon, attribute = name.partition(":")
    return f"{Path(where).stem}:{attribute}" if colon and where.endswith(".py") else name


def describe(value: Any) -> Any:
    """Returns the plain data of a value and of everything within it.

    Numbers take one form whatever type they came in, since the data is what a content key digests:
    a whole number in a field of floats becomes a float, and a NumPy number becomes Python's.

    Raises:
        TypeError: plain data cannot hold the value.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        hints = field_types(type(value))
        fields = {
            item.name: describe(number_for(hints[item.name], getattr(value, item.name)))
            for item in _fields(type(value))
        }
        return {"name": described_name(type(value)), **fields}
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, list | tuple):
        return [describe(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{type(value).__name__} cannot be written to a record")


def build(kind: type, data: Any, where: str = "") -> Any:
    """Returns the instance that plain data describes: of a class, or of the subclass it names.

    A class may have a classmethod `completed` that maps the given fields to all fields: it fills
    in what a description leaves out because several of its parts share the value.

    Args:
        kind: the class asked for; "name" in the data chooses among its subclasses.
        data: a description; a bare string stands for {"name": string}.
        where: dotted path of the data, for messages.

    Raises:
        ValueError: an unknown name, an unknown or missing field, or a value of the wrong type; the
            message names it and lists what is allowed.
    """
    where = where or name_of(kind)
    data = {"name": data} if isinstance(data, str) else data
    if not isinstance(data, Mapping):
        raise ValueError(f"{where}={data!r} must be a name or a table of fields")
    final = class_of(kind, data.get("name"), where)
    given = {key: value for key, value in data.items() if key != "name"}
    given = getattr(final, "completed", dict)(given)
    known = {item.name: item for item in _fields(final)}
    for key in given:
        if key not in known:
            hint = get_close_matches(key, known, n=1)
            meant = f"did you mean {hint[0]}? It" if hint else "it"
            raise ValueError(
                f"{key} is no field of {name_of(final)}; {meant} takes {listed(known)}"
            )
    for key, item in known.items():
        if key not in given and not _has_default(item):
            raise ValueError(f"{name_of(final)} needs {key}; give {key}=VALUE")
    hints = field_types(final)
    values = {key: _convert(hints[key], value, key) for key, value in given.items()}
    return final(**values)


def names(kind: type) -> dict[str, type]:
    """Returns the concrete subclasses of a class within this package, itself included, by name."""
    found = {} if inspect.isabstract(kind) else {name_of(kind): kind}
    subclasses: list[type] = kind.__subclasses__()
    for subclass in subclasses:
        if subclass.__module__.startswith("empirical."):
            found.update(names(subclass))
    return found


def field_names(kind: type) -> list[str]:
    """Returns the names of the fields that a description of a class may hold."""
    return [item.name for item in _fields(kind)]


@cache
def field_types(kind: type) -> dict[str, Any]:
    """Returns the resolved type of every field of a dataclass, by field name."""
    return typing.get_type_hints(kind)


def _fields(kind: type) -> list[dataclasses.Field[Any]]:
    return [item for item in dataclasses.fields(kind) if item.init]


def _has_default(item: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return item.default is not missing or item.default_factory is not missing


def class_of(kind: type, name: str | None, where: str) -> type:
    """Returns the concrete class that a name means where a base class is asked for.

    Args:
        kind: the base class.
        name: the name of a class of this package or of an entry point in the group ratebound.KINDs
            (such as ratebound.algorithms), or a reference; None if there is only one choice.
        where: dotted path of the name, for messages.

    Raises:
        ValueError: there is no such class, or it is of another kind; the message lists what is.
    """
    known = names(kind)
    if name is None and len(known) == 1:
        return next(iter(known.values()))
    offered = plugins(f"ratebound.{_snake(kind.__name__)}s")
    choices = listed([*known, *offered])
    if name is None:
        raise ValueError(f"give {where}=NAME beside its fields; choose from {choices}")
    if not (name in known or name in offered or is_reference(name)):
        raise ValueError(f"{where}={name!r} is unknown; choose from {choices}, or FILE.py:CLASS")
    if name in known:
        return known[name]
    if name in offered:
        return _final(kind, plugged_in(offered[name]), f"{where}={name}")
    module, attribute = imported(name)
    if attribute not in vars(module):
        own = [key for key, item in vars(module).items() if _is_final(kind, item)]
        # Only classes that the module defines are suggested, not those that it has imported.
        fitting = [key for key in own if vars(module)[key].__module__ == module.__name__]
        has = f"it has {listed(fitting)}" if fitting else f"it has no {kind.__name__}"
        raise ValueError(f"{where}={name}: there is no {attribute}; {has}")
    return _final(kind, vars(module)[attribute], f"{where}={name}")


def _is_final(kind: type, found: Any) -> bool:
    return inspect.isclass(found) and issubclass(found, kind) and not inspect.isabstract(found)


def _final(kind: type, found: Any, shown: str) -> type:
    """Returns what was found if it is a concrete subclass of kind, and says what it lacks if not.

    Raises:
        ValueError: it is abstract, or no subclass of kind.
    """
    if _is_final(kind, found):
        final: type = found
        return final
    if inspect.isclass(found) and issubclass(found, kind):
        missing = listed(found.__abstractmethods__)  # type: ignore[attr-defined]  # abstract, so set
        raise ValueError(f"{shown} is abstract: it lacks {missing}")
    raise ValueError(f"{shown} is no {kind.__name__}; subclass empirical.{kind.__name__}")


def _convert(hint: Any, value: Any, where: str) -> Any:
    """Converts a value to the type of its field, parsing text; refuses what does not fit."""
    if isinstance(hint, types.UnionType):
        return _convert_union(typing.get_args(hint), value, where)
    hint = typing.get_origin(hint) or hint  # Algorithm[Any] is an Algorithm
    if dataclasses.is_dataclass(hint) or inspect.isabstract(hint):
        return build(hint, value, where)
    if inspect.isclass(hint) and issubclass(hint, Enum):
        return to_member(hint, value, where)
    if hint is tuple:
        return to_tuple(value, where)
    if hint is bool:
        return to_bool(value, where)
    if hint is int:
        return to_int(value, where)
    if hint is float:
        return to_float(value, where)
    if hint is Path:
        return to_path(value)
    return value


def _convert_union(options: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None or (value == "none" and type(None) in options):
        return None
    # The first alternative that plain data can hold is meant: float of float | Tensor.
    described = [item for item in options if item in (bool, int, float, str, Path)]
    described += [
        item for item in options if dataclasses.is_dataclass(item) or inspect.isabstract(item)
    ]
    described += [item for item in options if typing.get_origin(item) is tuple]
    return _convert(described[0], value, where)
