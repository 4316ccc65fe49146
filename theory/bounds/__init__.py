"""Theorems, one result family a file, each file ending in BOUNDS."""
