"""The entries of theory/references.bib, the bibliography of the whole project."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

BIBLIOGRAPHY = Path(__file__).parent.parent / "references.bib"

# An entry ends at a brace that begins a line, so braces inside of it need not be counted.
_ENTRY = re.compile(r"^@\w+\{([^,\s]+),.*?^\}", flags=re.MULTILINE | re.DOTALL)


@cache
def entries() -> Mapping[str, str]:
    """Returns the text of every entry by its key, in the order of the file.

    Raises:
        ValueError: two entries have one key.
    """
    found: dict[str, str] = {}
    for match in _ENTRY.finditer(BIBLIOGRAPHY.read_text(encoding="utf-8")):
        if match[1] in found:
            raise ValueError(f"{BIBLIOGRAPHY.name} holds {match[1]} twice")
        found[match[1]] = match[0]
    return MappingProxyType(found)
