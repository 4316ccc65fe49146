"""Algorithms around an algorithm, one a file, each file ending in EXAMPLES."""
