"""Verdicts on bounds: which bounds apply to recorded runs, and whether they hold there."""
