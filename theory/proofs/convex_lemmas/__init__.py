"""Lemmas on convex functions: descent, distance and drift."""
