"""The proof engine: derivations as values, and their replay."""
