"""Laws of algorithms, compressors, problems and wire formats, and strategies for their subjects.

A name is loaded when it is used first; __init__.pyi states which file each name comes from.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
