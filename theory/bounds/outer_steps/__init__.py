"""Bounds of methods that take an outer step, often with momentum, after every K local steps."""
