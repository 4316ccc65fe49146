"""Distributed SGD as it runs: algorithms, problems, ranks, exact readings, verdicts.

This is the public face: names that stay. Everything deeper may move without notice. A name is
loaded when it is used first; __init__.pyi, beside this file, says where each comes from, and type
checkers read the same lines.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
