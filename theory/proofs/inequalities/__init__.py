"""General inequalities: Young, Jensen, Cauchy-Schwarz, geometric sums."""
