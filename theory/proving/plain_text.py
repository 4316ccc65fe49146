"""Formulas as plain text in the field's letters: eta L <= 1, not step_size*smoothness <= 1."""

import re

import sympy as sp
from sympy.printing.str import StrPrinter

from theory.notation import GLOSSARY

_LETTERS = {row.symbol: row.latex.removeprefix("\\") for row in GLOSSARY.values()}


class _Printer(StrPrinter):  # type: ignore[misc]  # sympy ships no types
    def _print_Symbol(self, symbol: sp.Symbol) -> str:  # noqa: N802  # sympy's name for the hook
        name = _LETTERS.get(symbol, symbol.name)
        return name if re.fullmatch(r"[\w'\u0304]+", name) else f"({name})"


def plain(expression: sp.Basic | int) -> str:
    """An expression in one line; a symbol whose name is a phrase stands in brackets."""
    return str(_Printer().doprint(sp.sympify(expression)))
