"""Every bound and every proof: found by walking their folders, by entry point, or in a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING

from theory.discovery import (
    imported,
    is_reference,
    module,
    modules,
    places,
    plugged_in,
    plugins,
)

if TYPE_CHECKING:
    from theory.bound import Bound
    from theory.proving.proof import Proof, StepOutcome

PLUGINS = "ratebound.bounds"
"""Entry points that name a module which ends in BOUNDS."""


@cache
def bounds() -> Mapping[str, Bound]:
    """Every bound by key: those of theory/bounds, then those of installed packages.

    Raises:
        ValueError: two bounds have one key, or an installed package cannot be loaded.
    """
    found: dict[str, Bound] = {}
    files = modules("theory.bounds", "BOUNDS").values()
    for file in (*files, *map(plugged_in, plugins(PLUGINS).values())):
        for bound in _bounds_of(file):
            if bound.key in found:
                raise ValueError(f"key {bound.key} stands twice, again in {file.__name__}")
            found[bound.key] = bound
    return MappingProxyType(found)


@cache
def proofs() -> Mapping[str, Proof]:
    """Every proof by file name."""
    found = modules("theory.proofs", "PROOF").items()
    return MappingProxyType({name: file.PROOF for name, file in found})


def lookup(key: str) -> Bound:
    """The bound of a key; of the catalogue only the files that may hold it are loaded.

    Args:
        key: such as local_sgd.nonconvex, or a reference to a bound of one's own:
            path/to/file.py:KEY or package.module:KEY, where the module ends in BOUNDS.

    Raises:
        ValueError: no such key; the message names the nearest ones.
        FileNotFoundError: there is no such file.

    Example:
        >>> from theory import lookup
        >>> lookup("local_sgd.nonconvex").standing.name
        'PROVED'
    """
    if is_reference(key):
        return _own(key)
    for stem in _likely_files(key):
        for bound in module("theory.bounds", stem).BOUNDS:
            if bound.key == key:
                found: Bound = bound
                return found
    known = bounds()
    if key in known:
        return known[key]
    near = get_close_matches(key, known, n=3, cutoff=0.3) or sorted(known)
    raise ValueError(f"no bound {key!r}; did you mean {', '.join(near)}?")


def own_bounds(where: str) -> list[Bound]:
    """The bounds of a file or module outside the catalogue: all of them, or one by its key.

    Args:
        where: path/to/file.py or package.module, with :KEY for one of them.

    Raises:
        ValueError: it cannot be imported, or does not end in BOUNDS.
        FileNotFoundError: there is no such file.
    """
    return [_own(where)] if is_reference(where) else _bounds_of(imported(f"{where}:BOUNDS")[0])


def search(*words: str) -> list[Bound]:
    """The bounds that bear every word somewhere in key, title, kind, standing or source.

    Example:
        >>> from theory import search
        >>> [bound.key for bound in search("sketched_sgd", "nonconvex", "proved")]
        ['sketched_sgd.nonconvex']
    """
    wanted = [word.lower() for word in words]
    return [
        bound for bound in bounds().values() if all(word in _described(bound) for word in wanted)
    ]


def bounds_for(algorithm: str) -> list[Bound]:
    """Every bound that speaks of an algorithm, by its file name, and is not refuted."""
    found = [item for item in bounds().values() if item.algorithm == algorithm]
    return [item for item in found if item.refutation is None]


def named(name: str) -> list[Bound]:
    """The bounds that a name stands for: a key, an entry of the bibliography, or an algorithm.

    Raises:
        ValueError: none of the three; the message names the nearest keys.
    """
    known = bounds()
    if name in known:
        return [known[name]]
    found = [item for item in known.values() if name in (item.source.key, item.algorithm)]
    return found or [lookup(name)]


def derivation(bound: Bound) -> Proof:
    """The derivation of a bound.

    Raises:
        ValueError: it has none.
    """
    from theory.proving.proof import cited

    if bound.proof is None:
        raise ValueError(f"{bound.key} has no derivation here; it stands as transcribed")
    return cited(bound.proof)


def prove(bound: Bound) -> tuple[StepOutcome, ...]:
    """Replays the derivation of a bound: an outcome for every step.

    Raises:
        ValueError: the bound has no derivation.

    Example:
        >>> from theory import lookup, prove
        >>> all(step.holds for step in prove(lookup("minibatch_sgd.nonconvex")))
        True
    """
    from theory.proving.proof import replay

    return replay(derivation(bound))


def _described(bound: Bound) -> str:
    """Everything that words are looked for in, in lower case."""
    parts = (bound.key, bound.title, bound.kind, bound.standing.name, bound.source.key)
    return " ".join([*parts, bound.measure.quantity.value]).lower()


def _bounds_of(file: ModuleType) -> list[Bound]:
    if "BOUNDS" not in vars(file):
        raise ValueError(f"{file.__name__} has no BOUNDS; end it in BOUNDS = (Bound(...), ...)")
    return list(file.BOUNDS)


def _own(reference: str) -> Bound:
    file, key = imported(reference)
    known = {bound.key: bound for bound in _bounds_of(file)}
    if key not in known:
        raise ValueError(f"{reference}: no bound {key!r}; it has {', '.join(known) or 'none'}")
    return known[key]


def _likely_files(key: str) -> Iterator[str]:
    """Files of theory/bounds whose text holds a key, then those that hold the start of it.

    A corollary's key is often its theorem's and one part more, put together when it is made.
    """
    parts = key.split(".")
    for length in range(len(parts), 1, -1):
        start = f'"{".".join(parts[:length])}"'
        yield from (stem for stem, text in _texts().items() if start in text)


@cache
def _texts() -> Mapping[str, str]:
    """The text of every file that ends in BOUNDS, by stem: forty files, read in milliseconds."""
    specs = {stem: find_spec(place) for stem, place in places("theory.bounds").items()}
    origins = {stem: spec.origin for stem, spec in specs.items() if spec and spec.origin}
    found = {stem: Path(file).read_text(encoding="utf-8") for stem, file in origins.items()}
    return MappingProxyType({stem: text for stem, text in found.items() if "\nBOUNDS" in text})
