"""Distributed SGD as it runs: algorithms, problems, ranks, verdicts."""
