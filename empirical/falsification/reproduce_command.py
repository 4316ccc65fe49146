"""Parts of an experiment written out as the command takes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from empirical.algorithm import Algorithm
from empirical.description import build, describe
from empirical.problem import Problem
from theory.notation import GLOSSARY


def command_words(part: Algorithm[Any] | Problem) -> str:
    """A name, then every field that is not what it would be if it were left out."""
    kind = Algorithm if isinstance(part, Algorithm) else Problem
    described = describe(part)
    name = described.pop("name")
    owner = "algorithm" if kind is Algorithm else "problem"
    for key in sorted(described, key=lambda name: not isinstance(described[name], Mapping)):
        rest = {other: value for other, value in described.items() if other != key}
        if _alike(kind, {"name": name, **rest}, part):
            described = rest
    return f"{name} {assigned(dict(_flat(described, owner)))}".strip()


def assigned(values: Mapping[str, Any]) -> str:
    """NAME=VALUE for each, without blanks in a value."""
    return " ".join(f"{name}={_text(value)}" for name, value in values.items())


def _alike(kind: type, data: Mapping[str, Any], part: Any) -> bool:
    try:
        return bool(build(kind, data) == part)
    except ValueError:
        return False


def _flat(fields: Mapping[str, Any], owner: str) -> Iterator[tuple[str, Any]]:
    """Nested parts as dotted names, the name of a part under its own."""
    for key, value in fields.items():
        if isinstance(value, Mapping):
            yield key, value["name"]
            rest = {f"{key}.{inner}": item for inner, item in value.items() if inner != "name"}
            yield from _flat(rest, owner)
        else:
            yield key, value


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_text, value))}]"
    return str(value)


def numbers(values: Mapping[str, float]) -> str:
    """NAME=VALUE for parameters of bounds, whole ones without a point."""
    whole = {name for name in values if name in GLOSSARY and GLOSSARY[name].integer}
    return assigned({n: int(v) if n in whole else float(v) for n, v in values.items()})
