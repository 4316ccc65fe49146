"""A linear method, and a quadratic problem, as matrices."""
