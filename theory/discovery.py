"""Modules found by walking folders, and objects found by reference: nothing is registered.

Whatever is a file in its folder is in the catalogue, under its file stem, which is unique in its
tree. What lies outside is named by reference, package.module:NAME or path/to/file.py:NAME, or is
offered by an installed package as an entry point.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

_GROUPS = tuple(f"ratebound.{kind}" for kind in ("algorithms", "problems", "compressors", "bounds"))
"""Groups of entry points by which installed packages offer what is theirs."""


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


def is_reference(name: str) -> bool:
    """True for package.module:NAME and path/to/file.py:NAME."""
    return ":" in name


def imported(reference: str) -> tuple[ModuleType, str]:
    """The module that a reference names, and the name in it, which may be anything.

    A file is imported under its stem, from its folder, so that other processes find it too.

    Args:
        reference: package.module:NAME, or path/to/file.py:NAME.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the module cannot be imported; the message says why, in one line.
    """
    where, _, name = reference.partition(":")
    if not where or not name:
        raise ValueError(f"{reference!r} must be package.module:NAME or path/to/file.py:NAME")
    found = _from_file(Path(where)) if where.endswith(".py") else _imported(where, where)
    return found, name


def reference_to(kind: type) -> str | None:
    """A reference by which a class can be imported again; None for what no file defines.

    A class of an installed module is named by that module, one of a lone file by the path of the
    file as seen from the working folder.
    """
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    if "." in kind.__module__ or (file and _is_installed(kind.__module__, file)):
        return f"{kind.__module__}:{kind.__qualname__}"
    if file is None:
        return None
    path, here = Path(file).resolve(), Path.cwd()
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    return f"{shown.as_posix()}:{kind.__qualname__}"


@cache
def _is_installed(name: str, file: str) -> bool:
    """True for a module of one file that an installer has put into place, or that is offered."""
    folders = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    if str(Path(file).parent) in folders:
        return True
    offered = (item for group in _GROUPS for item in plugins(group).values())
    return any(item.module == name for item in offered)


def plugins(group: str) -> Mapping[str, EntryPoint]:
    """What installed packages offer as entry points of a group, such as ratebound.bounds."""
    return {item.name: item for item in entry_points(group=group)}


def plugged_in(item: EntryPoint) -> Any:
    """The object of an entry point.

    Raises:
        ValueError: it cannot be imported; the message names the package and says why.
    """
    try:
        return item.load()
    except Exception as error:  # somebody else's module may raise anything
        owner = item.dist.name if item.dist else "an installed package"
        raise ValueError(f"{item.name} of {owner} cannot be loaded: {_brief(error)}") from error


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Around the import of a package that is installed only with an extra of this project.

    Raises:
        ImportError: it is not installed; the message says how to get it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = f"{error.name} is missing; it comes with the extra {name}"
        raise ImportError(f'{missing}: pip install "ratebound[{name}]"') from None


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise FileNotFoundError(f"{path} is no file; a reference is path/to/file.py:NAME")
    folder = str(path.absolute().parent)  # a link counts where it lies
    if folder not in sys.path:
        sys.path.append(folder)  # last, so that its files hide nothing that is installed
    found = _imported(path.stem, str(path))
    file = getattr(found, "__file__", None)
    if file is None or Path(file).resolve() != path.resolve():
        raise ValueError(f"{path} bears the name of another module, {file}; rename the file")
    return found


def _imported(name: str, shown: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:  # somebody else's module may raise anything
        raise ValueError(f"{shown} cannot be imported: {_brief(error)}") from error


def _brief(error: Exception) -> str:
    first = (str(error).splitlines() or [""])[0]
    return f"{type(error).__name__}: {first}"


def _below(package: ModuleType) -> Iterator[str]:
    walked = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    return (item.name for item in walked if not item.ispkg)
