"""Other names of quantities: the symbols of papers, Greek letters, and the words of other code."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from theory.notation.glossary import GLOSSARY
from theory.notation.quantity import Notation


def canonical(name: str, wanted: Iterable[str]) -> str:
    """Returns the glossary's name for what a name means among some quantities.

    A symbol as the glossary writes it goes before the other names that papers and code use: K means
    the local steps wherever they are wanted, although some papers write K for all steps.

    Args:
        name: any name, such as sigma, σ, L or lr.
        wanted: glossary names among which it may be.

    Returns:
        The one of the wanted that it means; the name itself where it means none of them.

    Raises:
        ValueError: it may mean several of them.

    Example:
        >>> canonical("sigma", ["gradient_noise", "step_size"])
        'gradient_noise'
    """
    rows = [GLOSSARY[item] for item in wanted if item in GLOSSARY]
    if name in GLOSSARY or name in wanted:
        return name
    for spellings in (_symbols, _other_names):
        meant = sorted({row.name for row in rows if _folded(name) in spellings(row)})
        if len(meant) > 1:
            raise ValueError(f"{name} may mean {' or '.join(meant)} here; write which it is")
        if meant:
            return meant[0]
    return name


def _symbols(row: Notation) -> set[str]:
    return {_folded(re.sub(r"[\\\\{}]", "", row.latex))}


def _other_names(row: Notation) -> set[str]:
    return {_folded(alias) for alias in row.aliases}


def _folded(text: str) -> str:
    """Returns text with Greek letters spelled in Latin, as LaTeX names them: σ as sigma."""
    return "".join(map(_spelled, unicodedata.normalize("NFKC", text)))


def _spelled(letter: str) -> str:
    named = unicodedata.name(letter, "")
    kind = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)", named)
    if kind is None:
        return letter
    return kind[2].lower() if kind[1] == "SMALL" else kind[2].capitalize()
