"""Experiments as data: what is run, what is missing, and the records of what was run."""
