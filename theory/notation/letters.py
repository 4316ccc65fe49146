"""The letters of the field as sympy symbols of the glossary: M, K, R, eta, L, sigma and others.

Every file of bounds that imports a letter means the same quantity by it, whatever letter the
source uses.
"""

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
"""Steps per worker over the whole run, T = K R; an expression, not the symbol num_steps."""
