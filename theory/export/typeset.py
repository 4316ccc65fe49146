r"""The plain text of this project as LaTeX: x̄_t becomes \bar{x}_{t}, zeta^2 becomes \zeta^{2}.

Assumptions, report points and meanings are written once, in plain text. Parts of them that look
like mathematics (letters, numbers, signs) are set as mathematics, the rest as words.
"""

from __future__ import annotations

import re
import unicodedata

_GREEK = re.findall(
    r"\w+",
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi rho sigma tau phi chi psi "
    "omega Gamma Delta Theta Lambda Sigma Phi Omega",
)
_NAMED = {
    **{name: rf"\{name}" for name in _GREEK},
    "grad": r"\nabla",
    "hess": r"\nabla^{2}",
    "mean": r"\operatorname{mean}",
    "inf": r"\inf",
    "sup": r"\sup",
    "max": r"\max",
    "min": r"\min",
    "sqrt": r"\operatorname{sqrt}",
}
_SIGNS = {
    "<=": r"\le",
    ">=": r"\ge",
    "!=": r"\ne",
    "->": r"\to",
    "*": r"\cdot",
    "≤": r"\le",
    "≥": r"\ge",
    "×": r"\times",
    "→": r"\to",
}
_ACCENTS = {"\u0304": r"\bar", "\u0302": r"\hat", "\u0303": r"\tilde"}
_WORDS = frozenset(["a", "A", "I", "mean"])
"""Names that are words unless a script or an accent is attached to them, as in mean_m."""
_ESCAPED = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
}

_SUBSCRIPT = r"_(?:\*|[A-Za-z0-9]+(?:,[a-z0-9](?![A-Za-z0-9]))*)"
_SUPERSCRIPT = r"\^(?:-?\d+|\(-?\d+/\d+\)|[A-Za-z]+|\*)"  # x^2/2 is (x^2)/2; x^(2/3) a root
_SCRIPTS = rf"(?:{_SUBSCRIPT}|{_SUPERSCRIPT}){{0,2}}"
_TOKEN = re.compile(
    rf"""
    (?P<space>\s+)
  | (?P<name>[A-Za-z][A-Za-z\u0300-\u036f]*(?:'(?![A-Za-z]))?(?:\*(?![A-Za-z0-9(]))?{_SCRIPTS})
  | (?P<possessive>'[a-z]+|(?<=[A-Za-z])-(?=[A-Za-z]{{2}}))
  | (?P<number>\d+(?:\.\d+)?{_SCRIPTS})
  | (?P<closed>[|)\]]{_SCRIPTS})
  | (?P<sign><=|>=|!=|->|[≤≥×→=<>+*/(\[-])
  | (?P<other>.)
    """,
    re.VERBOSE,
)
_PARTS = re.compile(r"(?P<base>[A-Za-z]+)(?P<accent>[\u0302\u0303\u0304]?)(?P<rest>.*)")


def typeset(text: str) -> str:
    """Returns plain text as LaTeX for running text, with its mathematics between dollar signs."""
    # NFD splits an accented letter into the letter and its accent, which _PARTS needs apart.
    tokens = _TOKEN.finditer(unicodedata.normalize("NFD", text))
    return _joined([_piece(str(token.lastgroup), token.group()) for token in tokens])


def escaped(text: str) -> str:
    """Returns LaTeX of a text in which nothing is mathematics, such as a name in the code."""
    return "".join(_ESCAPED.get(character, character) for character in text)


def _piece(kind: str, text: str) -> tuple[bool, str]:
    """Returns whether a token is mathematics, and its LaTeX."""
    if kind == "name":
        formula = _formula(text)
        if formula is not None:
            return True, formula
        if "_" in text:
            return False, rf"\texttt{{{escaped(text)}}}"
        return False, escaped(unicodedata.normalize("NFC", text))
    if kind in ("number", "closed"):
        return True, _scripts(text)
    if kind == "sign":
        return True, _SIGNS.get(text, text)
    return False, " " if kind == "space" else escaped(unicodedata.normalize("NFC", text))


def _formula(text: str) -> str | None:
    """Returns the LaTeX of a name that is a symbol; None if it is a word."""
    parts = _PARTS.fullmatch(text)
    if parts is None:
        return None
    base, accent, rest = parts["base"], parts["accent"], parts["rest"]
    if base == "E" and not rest and not accent:
        return r"\mathbb{E}"
    if len(base) > 1 and base not in _NAMED:
        return None
    if base in _WORDS and not rest and not accent:
        return None
    symbol = _NAMED.get(base, base)
    return (rf"{_ACCENTS[accent]}{{{symbol}}}" if accent else symbol) + _scripts(rest)


def _scripts(text: str) -> str:
    """Puts sub- and superscripts into braces; a star becomes a superscript, as in x*."""
    text = re.sub(r"^('?)\*", r"\1^*", text)
    text = re.sub(r"\^\((-?\d+/\d+)\)", r"^{\1}", text)
    return re.sub(r"([_^])(\*|-?[A-Za-z0-9]+(?:,[a-z0-9])*)", r"\1{\2}", text)


def _joined(pieces: list[tuple[bool, str]]) -> str:
    """Joins pieces, with each run of mathematics between dollar signs.

    A space between two pieces of mathematics does not end a run.
    """
    made, inside = "", ""
    for index, (formula, latex) in enumerate(pieces):
        if formula:
            inside += (" " if inside else "") + latex
            continue
        follows = index + 1 < len(pieces) and pieces[index + 1][0]
        if inside and latex == " " and follows:
            continue
        made += (f"${inside}$" if inside else "") + latex
        inside = ""
    return made + (f"${inside}$" if inside else "")
