"""Stored instances that refute bounds, one a file, each ending in REFUTATION."""
