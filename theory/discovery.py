"""Modules found by walking folders: whatever is a file in its folder is in the catalogue.

Nothing is registered anywhere. A module is known by its file stem, which is unique in its tree.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType, ModuleType


@cache
def places(package: str) -> Mapping[str, str]:
    """The dotted place of every module below a package by file stem, in alphabetical order.

    Modules are not imported, packages are.

    Raises:
        ValueError: two modules have one stem.
    """
    found: dict[str, str] = {}
    for place in sorted(_below(importlib.import_module(package))):
        stem = place.rpartition(".")[2]
        if stem in found:
            raise ValueError(f"{place} and {found[stem]} have one file name; rename one of them")
        found[stem] = place
    return MappingProxyType(dict(sorted(found.items())))


def module(package: str, stem: str) -> ModuleType:
    """The module below a package that bears a file name.

    Raises:
        ValueError: no module has that name; the message names the nearest ones.
    """
    known = places(package)
    if stem not in known:
        near = get_close_matches(stem, known, n=3, cutoff=0.3) or known
        folder = package.replace(".", "/")
        raise ValueError(f"no file {stem}.py in {folder}; did you mean {', '.join(near)}?")
    return importlib.import_module(known[stem])


def modules(package: str, holding: str) -> dict[str, ModuleType]:
    """The modules below a package that define a name, such as BOUNDS, by file stem."""
    found = {stem: importlib.import_module(place) for stem, place in places(package).items()}
    return {stem: item for stem, item in found.items() if holding in vars(item)}


def _below(package: ModuleType) -> Iterator[str]:
    walked = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    return (item.name for item in walked if not item.ispkg)
