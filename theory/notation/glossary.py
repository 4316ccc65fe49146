"""The glossary of quantities by python name, and what reads it: symbols, LaTeX, range checks.

Every bound, algorithm and command uses these names; nothing else defines a symbol.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np
import sympy as sp

from theory.notation.glossary_rows import ROWS
from theory.notation.quantity import Notation

GLOSSARY: Mapping[str, Notation] = MappingProxyType({row.name: row for row in ROWS})
"""Every row of the glossary by its python name, such as step_size."""


def symbols(*names: str) -> tuple[sp.Symbol, ...]:
    """Returns the sympy symbols of the named quantities, in the order of the names.

    Raises:
        KeyError: a name is not in the glossary.
    """
    return tuple(GLOSSARY[name].symbol for name in names)


def latex(expression: sp.Basic) -> str:
    """Returns the LaTeX of an expression over glossary symbols, with the letters of papers."""
    names = {row.symbol: row.latex for row in ROWS}
    return str(sp.latex(expression, symbol_names=names))


def check_values(
    values: Mapping[str, object], wanted: Iterable[str], *, asker: str
) -> dict[str, np.ndarray]:
    """Checks values against the glossary and returns them as float arrays, by name.

    Args:
        values: numbers or arrays by python name.
        wanted: the names for which values must be given, and the only ones.
        asker: what takes the values, such as the key of a bound; it appears in messages.

    Raises:
        ValueError: a wanted name is missing, another name is given, or a value is out of range.
    """
    wanted = tuple(wanted)
    for name in values:
        if name not in wanted:
            known = "is not used by" if name in GLOSSARY else "is unknown to"
            raise ValueError(f"{name} {known} {asker}; it takes {', '.join(wanted)}")
    missing = [name for name in wanted if name not in values]
    if missing:
        raise ValueError(f"{asker} needs {', '.join(missing)}; give {missing[0]}=VALUE")
    return {name: GLOSSARY[name].check(values[name]) for name in wanted}
