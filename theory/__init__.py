"""Convergence theory of distributed SGD: symbols, bounds, proofs. No torch here."""
