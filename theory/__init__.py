"""Convergence theory of distributed SGD: theorems, their proofs, and what follows from them.

The names that this package offers are its stable interface; the modules below it may move without
notice. A name is imported when it is first used. The stub __init__.pyi, beside this file, says
which module each name comes from, and type checkers read the same lines. Nothing here imports
torch.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
