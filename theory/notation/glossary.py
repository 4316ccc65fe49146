"""The one glossary: python name, symbol, unit, range and meaning of every quantity.

Every bound, algorithm and command speaks in these names; nothing else defines a symbol.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np
import sympy as sp

from theory.notation.glossary_rows import ROWS
from theory.notation.quantity import Notation

GLOSSARY: Mapping[str, Notation] = MappingProxyType({row.name: row for row in ROWS})
"""Every notation by its python name."""


def symbols(*names: str) -> tuple[sp.Symbol, ...]:
    """The sympy symbols of the named quantities, in order.

    Raises:
        KeyError: a name that the glossary does not hold.
    """
    return tuple(GLOSSARY[name].symbol for name in names)


def latex(expression: sp.Basic) -> str:
    """The LaTeX of an expression over glossary symbols, as papers write it."""
    names = {row.symbol: row.latex for row in ROWS}
    return str(sp.latex(expression, symbol_names=names))


def check_values(
    values: Mapping[str, object], wanted: Iterable[str], *, asker: str
) -> dict[str, np.ndarray]:
    """Validates values for the wanted names against the glossary.

    Args:
        values: numbers or arrays by python name.
        wanted: the names that the asker uses.
        asker: who asks, for messages.

    Raises:
        ValueError: a wanted name is missing, a name is not used here, or a value is out of range.
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
