"""The proof engine: derivations as values, and their replay.

A derivation is a tuple of steps, each of which checks itself against the earlier steps that it
rests on. This package exports the kinds of steps and what they are made of; __init__.pyi says in
which file each is defined.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
