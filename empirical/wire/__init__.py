"""Messages as bytes: a checked header, and a body of numbers and packed codes.

A name is loaded when it is used first; __init__.pyi states which file each name comes from.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
