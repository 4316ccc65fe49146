"""Runs: starting ranks, slow links, communication costs, and one run of a method on a problem."""
