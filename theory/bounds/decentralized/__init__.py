"""Bounds of methods whose workers average with their neighbours only."""
