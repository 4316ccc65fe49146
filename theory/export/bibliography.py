"""The entries of the only bibliography."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

BIBLIOGRAPHY = Path(__file__).parent.parent / "references.bib"

_ENTRY = re.compile(r"^@\w+\{([^,\s]+),.*?^\}", flags=re.MULTILINE | re.DOTALL)


@cache
def entries() -> Mapping[str, str]:
    """The text of every entry by key, in the order of the file.

    Raises:
        ValueError: a key stands twice.
    """
    found: dict[str, str] = {}
    for match in _ENTRY.finditer(BIBLIOGRAPHY.read_text(encoding="utf-8")):
        if match[1] in found:
            raise ValueError(f"{BIBLIOGRAPHY.name} holds {match[1]} twice")
        found[match[1]] = match[0]
    return MappingProxyType(found)
