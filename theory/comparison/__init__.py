"""Comparison of several bounds: which is least, where two cross, and how their theorems relate."""
