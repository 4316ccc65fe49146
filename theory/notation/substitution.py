"""Substitution that leaves every minimum, maximum and relation between symbols unevaluated.

sympy 1.14 wrongly takes 1/(m n) >= 1 for true where m and n are whole numbers, and so simplifies
Min(1, 1/(m n)) to 1. The arguments of a minimum are therefore replaced without evaluating it; it
is evaluated only where all its arguments are numbers.
"""

from collections.abc import Mapping

import sympy as sp
from sympy.core.relational import Relational


def substituted(expression: sp.Basic, values: Mapping[sp.Basic, sp.Basic]) -> sp.Basic:
    """Returns the expression with all values substituted at once, not one after the other.

    Args:
        expression: an expression or a relation.
        values: what replaces each symbol or subexpression.
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
