"""Text for terminals and files that cannot encode every letter: σ² becomes sigma^2, ≤ becomes <=.

The replacement is a handler of encoding errors, so text that can be encoded is left as it is.
"""

from __future__ import annotations

import codecs
import re
import sys
import unicodedata

HANDLER = "ratebound.plain"
"""The name of the handler, for the `errors` argument of a stream."""

_MARKS = {"MACRON": "_bar", "CIRCUMFLEX ACCENT": "_hat", "TILDE": "_tilde"}
"""The spelling of combining marks, which mark an average, an estimate or a variant of a letter."""

_SIGNS = {
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "∈": "in",
    "∞": "inf",
    "‖": "||",
    "∇": "grad ",
    "√": "sqrt ",
    "·": "*",
    "×": "x",
    "→": "->",
    "←": "<-",
    "≲": "<~",
    "≳": ">~",
    "Σ": "sum",
    "…": "...",
    "–": "-",
    "—": "-",
    "−": "-",
    "’": "'",
}


def degrade_output() -> None:
    """Lets standard output and standard error print any text, spelled in ASCII where they must."""
    codecs.register_error(HANDLER, _plainer)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)  # tests put streams of their own here
        if reconfigure is not None:
            reconfigure(errors=HANDLER)


def printable(text: str) -> str:
    """Returns text as standard output can encode it, so that its width is known before layout."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(letter if letter.isascii() else _spelled(letter) for letter in text)
    return text


def _plainer(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    text = error.object[error.start : error.end]
    return "".join(map(_spelled, text)), error.end


def _spelled(letter: str) -> str:
    """Returns an ASCII spelling of a letter; ? where there is none."""
    if letter in _SIGNS:
        return _SIGNS[letter]
    name = unicodedata.name(letter, "")
    if mark := re.fullmatch(r"COMBINING (?:DOUBLE )?(.+)", name):
        return _MARKS.get(mark[1], "")
    if greek := re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)", name):
        return greek[2].lower() if greek[1] == "SMALL" else greek[2].capitalize()
    parts = unicodedata.normalize("NFKD", letter)
    if parts == letter:
        return "?"
    sign = "^" if name.startswith("SUPERSCRIPT") else "_" if name.startswith("SUBSCRIPT") else ""
    return sign + "".join(part if part.isascii() else _spelled(part) for part in parts)
