"""What several problems share: finite sums, planted samples, linear heterogeneity."""
