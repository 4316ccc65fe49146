r"""Theorem G: a non-convex bound for every method in the linear-mixing class.

A method is in the class if there are a virtual sequence y, deterministic weights w and m, and a
step eta_hat such that, with e_m = x_m - x̄, ḡ = mean_m g_m and all iterates equal at the start,

    y_{t+1} = y_t - eta_hat ḡ_t,
    e_{m,t} = -eta sum_{s<t} w_ts (g_{m,s} - ḡ_s),     x̄_t - y_t = -eta sum_{s<t} m_ts ḡ_s.

Where workers mix with some of the others only, w_ts is a matrix that acts on the worker index, and
its operator norm takes the place of |w_ts|. Four numbers of the weights decide the bound; they can
be read off any such method, and bounds/mixing_methods.py holds those of the known ones.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import sympy as sp
from sympy.core.relational import Relational

from theory.assumptions import STOCHASTIC, Assumption
from theory.bound import Bound, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation.letters import Delta, L, M, T, eta, sigma, zeta

ASSUMPTIONS = STOCHASTIC | {
    Assumption.WORKERS_SMOOTH,
    Assumption.HETEROGENEITY_AT_REPORT_POINT,
}
"""What Theorem G assumes of problem, oracle and schedule; zeta is needed at the points y_t only."""

Statement = tuple[tuple[Term, ...], tuple[Relational, ...]]
"""Terms and conditions."""


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

    @property
    def noise_weight(self) -> sp.Expr:
        """N = (1 - 1/M) N_w + N_m/M, by which sigma^2 enters the drift."""
        return (1 - 1 / M) * self.N_w + self.N_m / M

    @property
    def norm(self) -> sp.Expr:
        """The root of C_w."""
        return _root(self.C_w)

    @property
    def lag_norm(self) -> sp.Expr:
        """The root of C_m."""
        return _root(self.C_m)


def numbers_of(
    weights: np.ndarray, lag_weights: np.ndarray, *, effective_step: float
) -> MixingNumbers:
    """The exact numbers of one finite run, from its weights.

    Args:
        weights: (w_ts), (T, T), 0 where s >= t.
        lag_weights: (m_ts), of the same shape.
        effective_step: eta_hat / eta, > 0.

    Raises:
        ValueError: a gradient shows before it was taken, or the shapes do not agree.
    """
    for name, matrix in (("weights", weights), ("lag_weights", lag_weights)):
        if matrix.shape != (len(weights),) * 2:
            raise ValueError(f"{name} of shape {matrix.shape} must be {(len(weights),) * 2}")
        if np.triu(matrix).any():
            raise ValueError(f"{name} must be 0 for s >= t: no gradient acts before it is taken")
    squares = ((matrix**2).sum() / len(matrix) for matrix in (weights, lag_weights))
    norms = (np.linalg.norm(matrix, 2) ** 2 for matrix in (weights, lag_weights))
    (N_w, N_m), (C_w, C_m) = map(sp.Float, squares), map(sp.Float, norms)
    return MixingNumbers(sp.Float(effective_step), C_w, N_w, C_m, N_m)


@lru_cache(maxsize=256)
def theorem_g(numbers: MixingNumbers) -> Statement:
    """Terms and conditions of Theorem G, which bounds the time average of E|grad F(y_t)|^2.

    Proved in proofs/theorem_g/theorem_g.py for every f_m L-smooth, F bounded below, unbiased
    gradients of variance sigma^2, independent across workers and steps, and mean_m |grad f_m - grad
    F|^2 at most zeta^2 at the points y_t, on average over time.
    """
    eta_hat = numbers.effective_step * eta
    drift = 4 * L**2 * eta**2 * sigma**2 * numbers.noise_weight
    terms = (
        *_of_descent(numbers),
        Term("noise drift", sp.factor_terms(drift)),
        Term("heterogeneity drift", 8 * L**2 * eta**2 * numbers.C_w * zeta**2),
    )
    conditions = (
        sp.Le(8 * eta**2 * L**2 * numbers.C_w, 1),
        sp.Le(L * eta_hat + 4 * eta**2 * L**2 * numbers.C_m, 1),
    )
    return terms, conditions


@lru_cache(maxsize=256)
def theorem_g_sharp(numbers: MixingNumbers) -> Statement:
    r"""Terms and conditions of Theorem G*, which bounds what Theorem G does, more sharply.

    The two sources of drift are added as norms, not as squares. With q = eta L sqrt(C_w) and
    b = eta L sqrt(C_m) / (1 - q), drift is at most the square of eta L (sigma sqrt(N) + zeta
    sqrt(C_w)) / (1 - q) + b |h|, and (a + b h)^2 <= (1 + s) a^2 + (1 + 1/s) b^2 h^2 splits it. Here
    s = b, which serves every b >= 0, also where nothing lags; least_split is the best choice.
    It holds for q <= 1/2, where 1 - q is the greater of itself and 1/2; written so, it has a value
    and rises in L beyond that too.

    Proved in proofs/theorem_g/theorem_g_sharp.py, under the assumptions of Theorem G.
    """
    gain = _lag_gain(numbers)
    conditions = (
        sp.Le(2 * eta * L * numbers.norm, 1),
        sp.Le(L * numbers.effective_step * eta + gain * (1 + gain), 1),
    )
    return (*_of_descent(numbers), _sharp_drift(numbers, gain)), conditions


def sharp_terms(numbers: MixingNumbers, split: sp.Expr) -> tuple[Term, ...]:
    """The terms of Theorem G* for another split s.

    Args:
        numbers: of the method.
        split: s >= 0 with L eta_hat + (1 + 1/s) b^2 <= 1; 0 where C_m = 0.
    """
    return (*_of_descent(numbers), _sharp_drift(numbers, split))


def least_split(numbers: MixingNumbers) -> sp.Expr:
    """The least admissible s of Theorem G*: b^2 / (1 - L eta_hat - b^2), where L eta_hat + b^2 < 1.

    L eta_hat + (1 + 1/s) b^2 <= 1 says that 1/s is at most (1 - L eta_hat - b^2) / b^2.
    """
    squared = _lag_gain(numbers) ** 2
    return squared / (1 - L * numbers.effective_step * eta - squared)


def bound_from(
    numbers: MixingNumbers,
    *,
    key: str,
    title: str,
    algorithm: str,
    report_point: ReportPoint,
    source: Source,
    standing: Standing,
    proof: str | None = None,
    fixes: tuple[tuple[str, object], ...] = (),
    assumptions: frozenset[Assumption] = ASSUMPTIONS,
    sharp: bool = False,
) -> Bound:
    """Theorem G, or G* where sharp, for a method whose four numbers are known.

    Conditions that hold for every step size are left out.
    """
    terms, conditions = (theorem_g_sharp if sharp else theorem_g)(numbers)
    return Bound(
        key=key,
        title=title,
        algorithm=algorithm,
        terms=terms,
        conditions=tuple(item for item in conditions if item is not sp.true),
        assumptions=assumptions,
        measure=Measure(Quantity.SQUARED_GRADIENT_NORM, report_point),
        source=source,
        standing=standing,
        fixes=fixes,
        proof=proof,
    )


def _of_descent(numbers: MixingNumbers) -> tuple[Term, Term]:
    """The terms that come without drift."""
    eta_hat = numbers.effective_step * eta
    return (
        Term("optimisation", 2 * Delta / (eta_hat * T)),
        Term("statistical", eta_hat * L * sigma**2 / M),
    )


def _sharp_drift(numbers: MixingNumbers, split: sp.Expr) -> Term:
    sources = sigma * sp.sqrt(numbers.noise_weight) + zeta * numbers.norm
    squared = (eta * L * sources / kept_of(numbers)) ** 2
    return Term("drift", (1 + split) * squared)


def _lag_gain(numbers: MixingNumbers) -> sp.Expr:
    """How much of |h| the lag feeds back: b = eta L sqrt(C_m) / (1 - q)."""
    return eta * L * numbers.lag_norm / kept_of(numbers)


def kept_of(numbers: MixingNumbers) -> sp.Expr:
    """1 - q, what is left of drift when its feedback q = eta L sqrt(C_w) <= 1/2 is taken off."""
    return sp.Max(1 - eta * L * numbers.norm, sp.Rational(1, 2))


def _root(square: sp.Expr) -> sp.Expr:
    """The root of a nonnegative number; of what is written as a square, its base."""
    if square.is_Pow and square.exp == 2:
        return square.base
    return sp.sqrt(square)
