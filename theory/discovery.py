"""Finding modules by walking folders, and objects by reference, so that nothing is registered.

A file that lies below a folder of the catalogue belongs to it, under its file stem, which is
unique in that tree. An object outside is named by a reference, package.module:NAME or
path/to/file.py:NAME, or is offered by an installed package as an entry point.
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
"""Groups of entry points by which installed packages offer their own modules."""


@cache
def places(package: str) -> Mapping[str, str]:
    """Returns the dotted name of every module below a package, by file stem, sorted by stem.

    The packages are imported, the modules in them are not.

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
    """Imports and returns the module of a given file stem below a package.

    Raises:
        ValueError: no module has that name; the message names the nearest ones.
    """
    known = places(package)
    if stem not in known:
        near = get_close_matches(stem, known, n=3, cutoff=0.0)
        folder = package.replace(".", "/")
        raise ValueError(f"no file {stem}.py in {folder}; did you mean {', '.join(near)}?")
    return importlib.import_module(known[stem])


def modules(package: str, holding: str) -> dict[str, ModuleType]:
    """Imports all modules below a package; returns, by stem, those that define a name."""
    found = {stem: importlib.import_module(place) for stem, place in places(package).items()}
    return {stem: item for stem, item in found.items() if holding in vars(item)}


def is_reference(name: str) -> bool:
    """Returns whether a name is a reference, package.module:NAME or path/to/file.py:NAME."""
    return ":" in name


def imported(reference: str) -> tuple[ModuleType, str]:
    """Imports the module of a reference; returns it and the name, which is not looked up.

    A file is imported under its stem, with its folder on the import path, so that another process
    that unpickles an object of it can import it in the same way.

    Args:
        reference: package.module:NAME, or path/to/file.py:NAME.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: the text is no reference, or the module cannot be imported; the message says
            why, in one line.
    """
    where, _, name = reference.partition(":")
    if not where or not name:
        raise ValueError(f"{reference!r} must be package.module:NAME or path/to/file.py:NAME")
    found = _from_file(Path(where)) if where.endswith(".py") else _imported(where, where)
    return found, name


def reference_to(kind: type) -> str | None:
    """Returns a reference by which a class can be imported again; None if no file defines it.

    A class of an installed module is named by that module. A class of a single file is named by
    the path of the file, relative to the working folder if the file lies below it.
    """
    # A dotted module name belongs to a package and needs no path; a plain one may be a lone file.
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
    """Returns whether a one-file module is installed: in site-packages, or as an entry point."""
    folders = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    if str(Path(file).parent) in folders:
        return True
    offered = (item for group in _GROUPS for item in plugins(group).values())
    return any(item.module == name for item in offered)


def plugins(group: str) -> Mapping[str, EntryPoint]:
    """Returns the entry points of a group, such as ratebound.bounds, by name."""
    return {item.name: item for item in entry_points(group=group)}


def plugged_in(item: EntryPoint) -> Any:
    """Loads and returns the object of an entry point.

    Raises:
        ValueError: loading fails; the message names the package and says why.
    """
    try:
        return item.load()
    except Exception as error:  # somebody else's module may raise anything
        owner = item.dist.name if item.dist else "an installed package"
        raise ValueError(f"{item.name} of {owner} cannot be loaded: {_brief(error)}") from error


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Wraps the import of a package that only an extra of this project installs.

    Args:
        name: the extra, as in pip install "ratebound[name]".

    Raises:
        ImportError: the package is not installed; the message says how to install it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = f"{error.name} is missing; it comes with the extra {name}"
        raise ImportError(f'{missing}: pip install "ratebound[{name}]"') from None


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise FileNotFoundError(f"{path} is no file; a reference is path/to/file.py:NAME")
    # Not resolve(): a symbolic link is imported under its own name, from its own folder.
    folder = str(path.absolute().parent)
    if folder not in sys.path:
        sys.path.append(folder)  # last, so that its files hide nothing that is installed
    found = _imported(path.stem, str(path))
    file = getattr(found, "__file__", None)
    # The stem may be that of a module imported already, such as statistics, which comes back then.
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
