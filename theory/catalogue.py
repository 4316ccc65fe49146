"""Every bound and every proof, found by walking their folders."""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from theory.discovery import modules

if TYPE_CHECKING:
    from theory.bound import Bound
    from theory.proving.proof import Proof


@cache
def bounds() -> Mapping[str, "Bound"]:
    """Every bound by key.

    Raises:
        ValueError: two bounds have one key.
    """
    found: dict[str, Bound] = {}
    for module in modules("theory.bounds", "BOUNDS").values():
        for bound in module.BOUNDS:
            if bound.key in found:
                raise ValueError(f"key {bound.key} stands twice, again in {module.__name__}")
            found[bound.key] = bound
    return MappingProxyType(found)


@cache
def proofs() -> Mapping[str, "Proof"]:
    """Every proof by file name."""
    found = modules("theory.proofs", "PROOF").items()
    return MappingProxyType({name: module.PROOF for name, module in found})


def bound(key: str) -> "Bound":
    """The bound of a key.

    Raises:
        ValueError: no such key; the message names the nearest ones.
    """
    known = bounds()
    if key in known:
        return known[key]
    near = get_close_matches(key, known, n=3, cutoff=0.3) or sorted(known)
    raise ValueError(f"no bound {key!r}; did you mean {', '.join(near)}?")


def bounds_for(algorithm: str) -> list["Bound"]:
    """Every bound that speaks of an algorithm, by its file name, and is not refuted."""
    found = [item for item in bounds().values() if item.algorithm == algorithm]
    return [item for item in found if item.refutation is None]


def named(name: str) -> list["Bound"]:
    """The bounds that a name stands for: a key, an entry of the bibliography, or an algorithm.

    Raises:
        ValueError: none of the three; the message names the nearest keys.
    """
    known = bounds()
    if name in known:
        return [known[name]]
    found = [item for item in known.values() if name in (item.source.key, item.algorithm)]
    return found or [bound(name)]
