"""The search for counterexamples to bounds, and the tightness of bounds, by exact readings."""
