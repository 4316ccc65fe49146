"""Frozen dataclasses as plain data and back: what TOML, the command line and records hold.

A description is a mapping of field names to numbers, strings, lists and descriptions; where a
field may hold one of several classes, "name" says which. A class from outside the package is named
by a reference, package.module:Class or path/to/file.py:Class.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import math
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

from theory.discovery import imported, is_reference, plugged_in, plugins, reference_to


def name_of(kind: type) -> str:
    """The short name of a class, as commands and theorems know it.

    That of its file where the file's EXAMPLES are all of this class, as for algorithms, compressors
    and problems; else the class name in snake case, as for the parts that are plugged into them.
    """
    examples = getattr(sys.modules.get(kind.__module__), "EXAMPLES", ())
    if {type(example) for example in examples} == {kind}:
        return kind.__module__.rpartition(".")[2]
    return _snake(kind.__name__)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z][A-Za-z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def described_name(kind: type) -> str:
    """The name of a class in a description: short for our own, a reference for others."""
    if kind.__module__.startswith("empirical."):
        return name_of(kind)
    return reference_to(kind) or name_of(kind)


def method_name(kind: type) -> str:
    """The name by which bounds speak of a method.

    Short for our own. Others are module:Class, whatever folder they lie in: a class that somebody
    calls LocalSGD is not thereby the one that theorems on local_sgd speak of.
    """
    ours = kind.__module__.startswith("empirical.")
    return name_of(kind) if ours else f"{kind.__module__}:{kind.__qualname__}"


def located_nowhere(name: str) -> str:
    """A name as method_name writes it: path/to/file.py:Class becomes file:Class."""
    where, colon, attribute = name.partition(":")
    return f"{Path(where).stem}:{attribute}" if colon and where.endswith(".py") else name


def describe(value: Any) -> Any:
    """The plain data of a value, recursively.

    Raises:
        TypeError: a value that plain data cannot hold.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {item.name: describe(getattr(value, item.name)) for item in _fields(type(value))}
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
    """The value of class kind, or of the subclass that data names, from plain data.

    Args:
        kind: the class asked for; abstract classes are chosen from by "name".
        data: a description; a bare string stands for {"name": string}.
        where: dotted path, for messages.

    A class may have a classmethod `completed`, which fills in what a description leaves out
    because its parts share it: a mapping of fields to one of fields.

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
            raise ValueError(f"{key} is no field of {name_of(final)}; {meant} takes {_list(known)}")
    for key, item in known.items():
        if key not in given and not _has_default(item):
            raise ValueError(f"{name_of(final)} needs {key}; give {key}=VALUE")
    hints = field_types(final)
    values = {key: _convert(hints[key], value, key) for key, value in given.items()}
    return final(**values)


def names(kind: type) -> dict[str, type]:
    """The final classes of this package that may stand for a class, by name."""
    found = {} if inspect.isabstract(kind) else {name_of(kind): kind}
    subclasses: list[type] = kind.__subclasses__()
    for subclass in subclasses:
        if subclass.__module__.startswith("empirical."):
            found.update(names(subclass))
    return found


def field_names(kind: type) -> list[str]:
    """The fields that a description of a class may hold."""
    return [item.name for item in _fields(kind)]


@cache
def field_types(kind: type) -> dict[str, Any]:
    """The resolved type of every field."""
    return typing.get_type_hints(kind)


def _fields(kind: type) -> list[dataclasses.Field[Any]]:
    return [item for item in dataclasses.fields(kind) if item.init]


def _has_default(item: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return item.default is not missing or item.default_factory is not missing


def class_of(kind: type, name: str | None, where: str) -> type:
    """The final class that a name means where a class is asked for.

    Args:
        kind: the class asked for.
        name: of a class of this package, of an entry point of the group ratebound.KINDs (such as
            ratebound.algorithms), or a reference; None where there is one choice only.
        where: dotted path, for messages.

    Raises:
        ValueError: there is no such class, or it is of another kind; the message lists what is.
    """
    known = names(kind)
    if name is None and len(known) == 1:
        return next(iter(known.values()))
    offered = plugins(f"ratebound.{_snake(kind.__name__)}s")
    if name is None or not (name in known or name in offered or is_reference(name)):
        choices = _list([*known, *offered])
        raise ValueError(f"{where}={name!r} is unknown; choose from {choices}, or FILE.py:CLASS")
    if name in known:
        return known[name]
    if name in offered:
        return _final(kind, plugged_in(offered[name]), f"{where}={name}")
    module, attribute = imported(name)
    if attribute not in vars(module):
        own = [key for key, item in vars(module).items() if _is_final(kind, item)]
        fitting = [key for key in own if vars(module)[key].__module__ == module.__name__]
        has = f"it has {_list(fitting)}" if fitting else f"it has no {kind.__name__}"
        raise ValueError(f"{where}={name}: there is no {attribute}; {has}")
    return _final(kind, vars(module)[attribute], f"{where}={name}")


def _is_final(kind: type, found: Any) -> bool:
    return inspect.isclass(found) and issubclass(found, kind) and not inspect.isabstract(found)


def _final(kind: type, found: Any, shown: str) -> type:
    """What was found, if it is a class of the kind asked for that can be made."""
    if _is_final(kind, found):
        final: type = found
        return final
    if inspect.isclass(found) and issubclass(found, kind):
        missing = _list(found.__abstractmethods__)  # type: ignore[attr-defined]  # abstract, so set
        raise ValueError(f"{shown} is abstract: it lacks {missing}")
    raise ValueError(f"{shown} is no {kind.__name__}; subclass empirical.{kind.__name__}")


def _list(items: typing.Iterable[str]) -> str:
    return ", ".join(sorted(items))


def _convert(hint: Any, value: Any, where: str) -> Any:
    """A value as its field's type wants it; strings are parsed, nothing else is bent."""
    if isinstance(hint, types.UnionType):
        return _convert_union(typing.get_args(hint), value, where)
    hint = typing.get_origin(hint) or hint  # Algorithm[Any] is an Algorithm
    if dataclasses.is_dataclass(hint) or inspect.isabstract(hint):
        return build(hint, value, where)
    if inspect.isclass(hint) and issubclass(hint, Enum):
        return _to_member(hint, value, where)
    if hint is tuple:
        return _tuples(_from_text(value, where))
    if hint is bool:
        return to_bool(value, where)
    if hint is int:
        return _int(value, where)
    if hint is float:
        return to_float(value, where)
    if hint is Path:
        return Path(str(value))
    return value


def _convert_union(options: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None or (value == "none" and type(None) in options):
        return None
    described = [item for item in options if item in (bool, int, float, str, Path)]
    described += [
        item for item in options if dataclasses.is_dataclass(item) or inspect.isabstract(item)
    ]
    described += [item for item in options if typing.get_origin(item) is tuple]
    return _convert(described[0], value, where)


def _to_member(kind: type[Enum], value: Any, where: str) -> Enum:
    """A member by its name in lower case."""
    if isinstance(value, kind):
        return value
    known = {item.name.lower(): item for item in kind}
    if value not in known:
        raise ValueError(f"{where}={value} is unknown; choose from {_list(known)}")
    return known[value]


def _from_text(value: Any, where: str) -> Any:
    """A list that was written out, such as [1,-0.5], or what was given."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError(f"{where}={value} must be a list such as [1,-0.5]") from None


def _tuples(value: Any) -> Any:
    """Lists, nested at will, as tuples: frozen values hold no lists."""
    return tuple(_tuples(item) for item in value) if isinstance(value, list | tuple) else value


def to_bool(value: Any, where: str) -> bool:
    """A truth value from itself or from true, false, 1, 0."""
    words = {"true": True, "false": False, "1": True, "0": False}
    if isinstance(value, bool):
        return value
    if str(value).lower() not in words:
        raise ValueError(f"{where}={value} must be true or false")
    return words[str(value).lower()]


def _int(value: Any, where: str) -> int:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if isinstance(value, bool) or number != number // 1:
        raise ValueError(f"{where}={value} must be a whole number")
    return int(number)


def to_float(value: Any, where: str) -> float:
    """A finite number from a number or text."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{where}={value} must be a finite number")
    return number
