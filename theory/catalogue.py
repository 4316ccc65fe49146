"""The catalogue of bounds and proofs: looking them up by key, by words and by algorithm.

A bound is in the catalogue if its file lies below theory/bounds and ends in BOUNDS, or if an
installed package offers it by an entry point. A bound in any other file or module is named by a
reference, such as path/to/file.py:KEY. Proofs are the files below theory/proofs that define PROOF.
"""

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
"""The group of entry points by which a package offers a module that ends in BOUNDS."""


@cache
def bounds() -> Mapping[str, Bound]:
    """Returns every bound by its key: those of theory/bounds, then those of installed packages.

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
    """Returns every proof by its file name, such as minibatch_sgd_nonconvex."""
    found = modules("theory.proofs", "PROOF").items()
    return MappingProxyType({name: file.PROOF for name, file in found})


def lookup(key: str) -> Bound:
    """Returns the bound of a key and imports only those files of the catalogue that may hold it.

    Args:
        key: such as local_sgd.nonconvex; or, for a bound outside the catalogue, a reference
            path/to/file.py:KEY or package.module:KEY, where the module ends in BOUNDS.

    Raises:
        ValueError: no such key; the message names the nearest ones.
        FileNotFoundError: the file of a reference does not exist.

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
    near = get_close_matches(key, known, n=3, cutoff=0.0)
    raise ValueError(f"no bound {key!r}; did you mean {', '.join(near)}?")


def own_bounds(where: str) -> list[Bound]:
    """Returns the bounds of a file or module outside the catalogue: all, or one by its key.

    Args:
        where: path/to/file.py or package.module, followed by :KEY for a single bound.

    Raises:
        ValueError: the module cannot be imported, does not end in BOUNDS, or lacks the key.
        FileNotFoundError: the file does not exist.
    """
    return [_own(where)] if is_reference(where) else _bounds_of(imported(f"{where}:BOUNDS")[0])


def search(*words: str) -> list[Bound]:
    """Returns the bounds whose description holds every given word, in capitals or not.

    The description is made of key, title, kind, standing, source key and measured quantity.

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
    """Returns the bounds of an algorithm, given by its file name, without the refuted ones."""
    found = [item for item in bounds().values() if item.algorithm == algorithm]
    return [item for item in found if item.refutation is None]


def named(name: str) -> list[Bound]:
    """Returns the bounds of a name: a bound's key, a key of the bibliography, or an algorithm.

    Raises:
        ValueError: the name is none of the three; the message names the nearest keys.
    """
    known = bounds()
    if name in known:
        return [known[name]]
    found = [item for item in known.values() if name in (item.source.key, item.algorithm)]
    return found or [lookup(name)]


def derivation(bound: Bound) -> Proof:
    """Returns the derivation that proves a bound.

    Raises:
        ValueError: the bound has no derivation here.
    """
    # Imported here, as in prove(): looking up a bound does not load what replays proofs.
    from theory.proving.proof import cited

    if bound.proof is None:
        raise ValueError(f"{bound.key} has no derivation here; it stands as transcribed")
    return cited(bound.proof)


def prove(bound: Bound) -> tuple[StepOutcome, ...]:
    """Replays the derivation of a bound and returns the outcome of every step.

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
    """Returns the text of a bound in which search() looks for words, in lower case."""
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
    """Yields files of theory/bounds whose text holds the key in quotes, then a prefix of it.

    The key of a corollary is often that of its theorem with one part appended at import, so that
    only the theorem's key stands in the text. A file may be yielded more than once.
    """
    parts = key.split(".")
    # A prefix of one part is only the name of the algorithm, which too many files hold.
    for length in range(len(parts), 1, -1):
        start = f'"{".".join(parts[:length])}"'
        yield from (stem for stem, text in _texts().items() if start in text)


@cache
def _texts() -> Mapping[str, str]:
    """Returns the text of every file that ends in BOUNDS, by stem, without importing any.

    Reading some forty files takes milliseconds, whereas importing them builds every expression.
    """
    specs = {stem: find_spec(place) for stem, place in places("theory.bounds").items()}
    origins = {stem: spec.origin for stem, spec in specs.items() if spec and spec.origin}
    found = {stem: Path(file).read_text(encoding="utf-8") for stem, file in origins.items()}
    return MappingProxyType({stem: text for stem, text in found.items() if "\nBOUNDS" in text})
