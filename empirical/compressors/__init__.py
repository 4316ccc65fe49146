"""Compressors, one a file, each file ending in EXAMPLES."""
