"""Bounds of methods whose messages are compressed: quantised, sparsified or sketched."""
