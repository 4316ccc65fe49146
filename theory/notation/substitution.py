"""Substitution that never decides a minimum, a maximum or a relation between symbols.

sympy 1.14 holds 1/(m n) >= 1 for whole m and n, so that Min(1, 1/(m n)) becomes 1. Whatever stands
under a minimum is therefore put in unevaluated; only numbers are compared.
"""

from collections.abc import Mapping

import sympy as sp
from sympy.core.relational import Relational


def substituted(expression: sp.Basic, values: Mapping[sp.Basic, sp.Basic]) -> sp.Basic:
    """The expression with all values put in at once.

    Args:
        expression: or a relation.
        values: by symbol.
    """
    if expression in values:
        return sp.sympify(values[expression])
    if not expression.args:
        return expression
    parts = [substituted(part, values) for part in expression.args]
    undecided = isinstance(expression, sp.Min | sp.Max | Relational)
    if undecided and any(part.free_symbols for part in parts):
        return expression.func(*parts, evaluate=False)
    return expression.func(*parts)
