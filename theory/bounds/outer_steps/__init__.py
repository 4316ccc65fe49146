"""Bounds of methods with an outer step after every K local steps."""
