"""Bounds of methods that communicate while the workers take local steps."""
