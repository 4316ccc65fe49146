"""The search for counterexamples to bounds, and how tight bounds are."""
