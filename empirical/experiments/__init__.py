"""Experiments as data: their descriptions, the plans that run them, and the records of runs."""
