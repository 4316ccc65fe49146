"""The one notation: a glossary of quantities with their symbols, units, ranges and meanings.

Every bound, algorithm and command speaks in these names; nothing else defines a symbol. What the
whole project uses stands here; the modules beside it hold the small algebra over these symbols.
"""

from theory.notation.glossary import GLOSSARY, check_values, latex, symbols
from theory.notation.quantity import Notation, Unit, unit

__all__ = ["GLOSSARY", "Notation", "Unit", "check_values", "latex", "symbols", "unit"]
