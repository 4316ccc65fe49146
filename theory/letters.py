"""The letters that mean one thing in every paper's restatement here, bound from the glossary."""

from theory.notation import symbols

M, K, R, eta, L, sigma, zeta, Delta = symbols(
    "num_workers",
    "local_steps",
    "num_rounds",
    "step_size",
    "smoothness",
    "gradient_noise",
    "heterogeneity",
    "initial_gap",
)
T = K * R
"""Steps per worker."""
