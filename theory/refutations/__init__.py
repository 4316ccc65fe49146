"""Counterexamples to bounds as they were read, one a file, each file ending in REFUTATION."""
