"""Bounds of methods that send compressed messages."""
