"""Theorem G and its lemmas: descent, drift, dispersion, noise."""
