"""Plain text of this project as it is printed for people: grad F becomes ∇F, zeta^2 becomes ζ².

Assumptions, measures and the steps of proofs are written once, in ASCII where that is legible.
plain_text.py spells the letters out again for a terminal that has not got them.
"""

from __future__ import annotations

import re
import unicodedata

_GREEK = {
    name: unicodedata.lookup(f"GREEK SMALL LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")
    for name in (
        *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda"),
        *("mu", "xi", "rho", "sigma", "tau", "phi", "omega"),
    )
} | {"Delta": "Δ"}
_SIGNS = {"<=": "≤", ">=": "≥", "!=": "≠", "->": "→", "<-": "←"}
_DIGITS = dict(zip("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True))
_TOKEN = re.compile(
    rf"""
    (?P<greek>(?<![A-Za-z_.])(?:{"|".join(_GREEK)})(?![A-Za-z=]|_[a-z]{{2}}))
  | (?P<gradient>\bgrad\ (?=[A-Za-zf]))
  | (?P<root>\bsqrt(?=\())
  | (?P<power>(?<=[\w)|*\u0300-\u036f])\^(?P<digit>\d)(?![\d.]))
  | (?P<sign><=|>=|!=|->|<-)
    """,
    re.VERBOSE,
)


def typographic(text: str) -> str:
    """Returns plain text with Greek letters, gradients, powers and signs as papers print them.

    Example:
        >>> typographic("E|g_m(x) - grad f_m(x)|^2 <= sigma^2")
        'E|g_m(x) - ∇f_m(x)|² ≤ σ²'
    """
    return _TOKEN.sub(_set, text)


def _set(found: re.Match[str]) -> str:
    text = found[0]
    match found.lastgroup:
        case "greek":
            return _GREEK[text]
        case "gradient":
            return "∇"
        case "root":
            return "√"
        case "sign":
            return _SIGNS[text]
        case _:
            return _DIGITS[found["digit"]]
