"""Derivations of the bounds of methods that compress."""
