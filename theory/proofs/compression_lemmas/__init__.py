"""Lemmas on compressors, error feedback and rounding."""
