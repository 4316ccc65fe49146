"""The text of commands that reproduce an attack: experiments and numbers as arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from empirical.algorithm import Algorithm
from empirical.description import build, describe
from empirical.problem import Problem
from theory.notation import GLOSSARY


def command_words(part: Algorithm[Any] | Problem) -> str:
    """Returns an algorithm or a problem as arguments of a command, as short as possible.

    They are its name and every field that would have another value if it were left out.

    Example:
        >>> from empirical import LocalSGD
        >>> command_words(LocalSGD(local_steps=2, step_size=0.1))
        'local_sgd local_steps=2 step_size=0.1'
    """
    kind = Algorithm if isinstance(part, Algorithm) else Problem
    described = describe(part)
    name = described.pop("name")
    owner = "algorithm" if kind is Algorithm else "problem"
    # Parts come first: a wrapper's usual base is left out before the step size that it would give.
    for key in sorted(described, key=lambda name: not isinstance(described[name], Mapping)):
        rest = {other: value for other, value in described.items() if other != key}
        if _alike(kind, {"name": name, **rest}, part):
            described = rest
    return f"{name} {assigned(dict(_flat(described, owner)))}".strip()


def assigned(values: Mapping[str, Any]) -> str:
    """Returns NAME=VALUE for each item, separated by blanks; no value contains a blank."""
    return " ".join(f"{name}={_text(value)}" for name, value in values.items())


def _alike(kind: type, data: Mapping[str, Any], part: Any) -> bool:
    """Returns whether a description builds a value equal to part."""
    try:
        return bool(build(kind, data) == part)
    except ValueError:
        return False


def _flat(fields: Mapping[str, Any], owner: str) -> Iterator[tuple[str, Any]]:
    """Yields fields by dotted name; the class of a nested part stands under the part's own name."""
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
    """Returns NAME=VALUE for parameters of bounds; whole numbers have no decimal point."""
    whole = {name for name in values if name in GLOSSARY and GLOSSARY[name].integer}
    return assigned({n: int(v) if n in whole else float(v) for n, v in values.items()})
