"""Derivations of the bounds on smooth non-convex functions."""
