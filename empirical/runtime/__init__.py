"""Runs: ranks, links, the meter of communication, and one run of a method on a problem."""
