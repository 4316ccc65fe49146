"""Distributed optimisation algorithms: one file each, which ends in a tuple of EXAMPLES."""
