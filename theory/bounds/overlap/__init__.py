"""Bounds of methods whose communication is hidden behind local steps."""
