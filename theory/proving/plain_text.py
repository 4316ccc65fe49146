"""Formulas as plain text in the letters of the glossary: eta L, not step_size smoothness."""

import re

import sympy as sp
from sympy.printing.str import StrPrinter

from theory.notation import GLOSSARY

_LETTERS = {row.symbol: row.latex.removeprefix("\\") for row in GLOSSARY.values()}
"""The letter of each symbol: its LaTeX without the backslash, as eta for \\eta."""


class _Printer(StrPrinter):  # type: ignore[misc]  # sympy ships no types
    def _print_Symbol(self, symbol: sp.Symbol) -> str:  # noqa: N802  # sympy's name for the hook
        name = _LETTERS.get(symbol, symbol.name)
        return name if re.fullmatch(r"[\w'\u0304]+", name) else f"({name})"


def plain(expression: sp.Basic | int) -> str:
    """Returns an expression in one line; a symbol whose name is a phrase stands in brackets."""
    return str(_Printer().doprint(sp.sympify(expression)))
