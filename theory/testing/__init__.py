"""Laws that every bound obeys, and errors planted to see whether they are noticed.

A name is loaded when it is used first; __init__.pyi says where each comes from.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
