"""The letters that mean one thing in every paper's restatement here, bound from the glossary."""

from theory.notation import symbols

M, K, R, eta, L, sigma, zeta, Delta, B, mu, zeta_star = symbols(
    "num_workers",
    "local_steps",
    "num_rounds",
    "step_size",
    "smoothness",
    "gradient_noise",
    "heterogeneity",
    "initial_gap",
    "initial_distance",
    "strong_convexity",
    "heterogeneity_at_optimum",
)
T = K * R
"""Steps per worker."""
