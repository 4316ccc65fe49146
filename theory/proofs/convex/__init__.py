"""Derivations of the bounds on convex functions."""
