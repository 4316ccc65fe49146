"""Laws that every bound obeys, and planted errors that test whether proofs notice a wrong bound.

A name is loaded when it is first used; __init__.pyi says in which file each is defined.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
