r"""Theorem G: a non-convex bound for every method in the linear-mixing class.

A method is in the class if there are a virtual sequence y, deterministic weights w and m, and a
step eta_hat such that, with e_m = x_m - x̄, ḡ = mean_m g_m and all iterates equal at the start,

    y_{t+1} = y_t - eta_hat ḡ_t,
    e_{m,t} = -eta sum_{s<t} w_ts (g_{m,s} - ḡ_s),     x̄_t - y_t = -eta sum_{s<t} m_ts ḡ_s.

Four numbers of the weights decide the bound; they can be read off any such method.
"""

from dataclasses import dataclass

import sympy as sp
from sympy.core.relational import Relational

from theory.bound import Term
from theory.letters import Delta, L, M, T, eta, sigma, zeta


@dataclass(frozen=True)
class MixingNumbers:
    """What Theorem G needs to know of a method.

    Attributes:
        effective_step: eta_hat / eta, how far the virtual sequence moves for a local step; > 0.
        C_w: at least the squared operator norm of the matrix (w_ts).
        N_w: at least the mean over t < T of sum_s w_ts^2.
        C_m: at least the squared operator norm of the matrix (m_ts).
        N_m: at least the mean over t < T of sum_s m_ts^2.
    """

    effective_step: sp.Expr
    C_w: sp.Expr
    N_w: sp.Expr
    C_m: sp.Expr
    N_m: sp.Expr


def theorem_g(numbers: MixingNumbers) -> tuple[tuple[Term, ...], tuple[Relational, ...]]:
    """Terms and conditions of Theorem G, which bounds the time average of E|grad F(y_t)|^2.

    Proved in theory/proofs/theorem_g.py for every f_m L-smooth, F bounded below, unbiased gradients
    of variance sigma^2, independent across workers and steps, and mean_m |grad f_m - grad F|^2
    at most zeta^2 at the points y_t, on average over time.
    """
    eta_hat = numbers.effective_step * eta
    noise_weight = (1 - 1 / M) * numbers.N_w + numbers.N_m / M
    terms = (
        Term("optimisation", 2 * Delta / (eta_hat * T)),
        Term("statistical", eta_hat * L * sigma**2 / M),
        Term("noise drift", 4 * L**2 * eta**2 * sigma**2 * noise_weight),
        Term("heterogeneity drift", 8 * L**2 * eta**2 * numbers.C_w * zeta**2),
    )
    conditions = (
        sp.Le(8 * eta**2 * L**2 * numbers.C_w, 1),
        sp.Le(L * eta_hat + 4 * eta**2 * L**2 * numbers.C_m, 1),
    )
    return terms, conditions
