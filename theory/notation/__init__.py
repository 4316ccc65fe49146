"""The notation of the project: a glossary of quantities with symbol, unit, range and meaning.

Every bound, algorithm and command uses these names; nothing else defines a symbol. The package
itself offers the glossary; the modules beside it hold the algebra over its symbols: units, powers,
asymptotic exponents and substitution.
"""

from theory.notation.glossary import GLOSSARY, check_values, latex, symbols
from theory.notation.quantity import Notation, Unit, unit

__all__ = ["GLOSSARY", "Notation", "Unit", "check_values", "latex", "symbols", "unit"]
