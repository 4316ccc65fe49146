r"""Theorem G: one bound on smooth non-convex functions for every linear-mixing method.

A method belongs to the linear-mixing class if there are a virtual sequence y, deterministic weights
w and m, and a step eta_hat such that, with e_m = x_m - x̄, ḡ = mean_m g_m and all iterates equal at
the start,

    y_{t+1} = y_t - eta_hat ḡ_t,
    e_{m,t} = -eta sum_{s<t} w_ts (g_{m,s} - ḡ_s),     x̄_t - y_t = -eta sum_{s<t} m_ts ḡ_s.

So e_m is the deviation of worker m from the mean iterate, and x̄ - y the lag of the mean iterate
behind the virtual sequence; both are weighted sums of past gradients. Where workers mix with some
of the others only, w_ts is a matrix that acts on the worker index, and its operator norm takes the
place of |w_ts|. The bound depends on a method through eta_hat / eta and four numbers of its
weights; bounds/mixing_methods.py holds those of the known methods.
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
"""The assumptions of Theorem G; heterogeneity need be bounded at the points y_t only."""

Statement = tuple[tuple[Term, ...], tuple[Relational, ...]]
"""The terms of a bound, then the conditions under which it holds."""


@dataclass(frozen=True)
class MixingNumbers:
    """The step ratio and the four numbers of the weights by which a method enters Theorem G.

    Attributes:
        effective_step: eta_hat / eta, the step of the virtual sequence over the local one; > 0.
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
        """The factor of sigma^2 in the drift, N = (1 - 1/M) N_w + N_m/M."""
        # Deviations from a mean of M have 1 - 1/M of the variance, the mean itself has 1/M of it.
        return (1 - 1 / M) * self.N_w + self.N_m / M

    @property
    def norm(self) -> sp.Expr:
        """The square root of C_w, which limits the norm of the weights of deviations."""
        return _root(self.C_w)

    @property
    def lag_norm(self) -> sp.Expr:
        """The square root of C_m, which limits the norm of the weights of the lag."""
        return _root(self.C_m)


def numbers_of(
    weights: np.ndarray, lag_weights: np.ndarray, *, effective_step: float
) -> MixingNumbers:
    """Returns the exact numbers of a run of T steps, computed from its weights.

    Args:
        weights: (w_ts), (T, T), 0 where s >= t.
        lag_weights: (m_ts), of the same shape.
        effective_step: eta_hat / eta, > 0.

    Raises:
        ValueError: the weights are not strictly lower triangular, so that a gradient would act
            before it is taken, or the shapes do not agree.
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
    """Returns terms and conditions of Theorem G on the time average of E|grad F(y_t)|^2.

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
    r"""Returns terms and conditions of Theorem G*, a sharper bound on the same time average.

    The two sources of drift are added as norms, not as squares. With q = eta L sqrt(C_w) and
    b = eta L sqrt(C_m) / (1 - q), the drift is at most the square of a + b h, where
    a = eta L (sigma sqrt(N) + zeta sqrt(C_w)) / (1 - q) and h^2 is the time average of
    E|mean_m grad f_m(x_m)|^2; and (a + b h)^2 <= (1 + s) a^2 + (1 + 1/s) b^2 h^2 splits it. Here
    s = b, which is admissible for every b >= 0, also for b = 0; least_split gives the best s.

    The theorem holds for q <= 1/2. There 1 - q equals max(1 - q, 1/2), which is the form used: it
    keeps the terms finite and increasing in L beyond q = 1/2 as well.

    Proved in proofs/theorem_g/theorem_g_sharp.py, under the assumptions of Theorem G.
    """
    gain = _lag_gain(numbers)
    conditions = (
        sp.Le(2 * eta * L * numbers.norm, 1),
        sp.Le(L * numbers.effective_step * eta + gain * (1 + gain), 1),
    )
    return (*_of_descent(numbers), _sharp_drift(numbers, gain)), conditions


def sharp_terms(numbers: MixingNumbers, split: sp.Expr) -> tuple[Term, ...]:
    """Returns the terms of Theorem G* for any split s of the drift, see theorem_g_sharp.

    Args:
        numbers: the numbers of the method.
        split: s >= 0 with L eta_hat + (1 + 1/s) b^2 <= 1; 0 where C_m = 0.
    """
    return (*_of_descent(numbers), _sharp_drift(numbers, split))


def least_split(numbers: MixingNumbers) -> sp.Expr:
    """Returns the least admissible s of Theorem G*, b^2 / (1 - L eta_hat - b^2).

    It exists where L eta_hat + b^2 < 1; the condition L eta_hat + (1 + 1/s) b^2 <= 1 says that 1/s
    is at most (1 - L eta_hat - b^2) / b^2.
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
    """Returns the bound of Theorem G, or G* if sharp, for a method whose numbers are known.

    Args:
        numbers: the numbers of the method.
        key: the key of the bound.
        title: what the bound says, in one line.
        algorithm: the file name of the algorithm.
        report_point: the virtual sequence y of the method.
        source: where the method or the rate comes from.
        standing: what this project has established about the bound.
        proof: the file name of the derivation; None where there is none.
        fixes: fields of the algorithm that the numbers hold at one value.
        assumptions: those of Theorem G, and more where the method needs more.
        sharp: whether Theorem G* is applied.

    Returns:
        The bound, without those conditions that are true for every step size.
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
    """Returns the terms of SGD on the virtual sequence, to which the drift is added."""
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
    """Returns b = eta L sqrt(C_m) / (1 - q), the factor of h in the drift, caused by the lag."""
    return eta * L * numbers.lag_norm / kept_of(numbers)


def kept_of(numbers: MixingNumbers) -> sp.Expr:
    """Returns 1 - q, q = eta L sqrt(C_w) <= 1/2 the factor by which drift feeds on itself.

    Beyond q = 1/2, where Theorem G* does not apply, it is 1/2.
    """
    return sp.Max(1 - eta * L * numbers.norm, sp.Rational(1, 2))


def _root(square: sp.Expr) -> sp.Expr:
    """Returns the root of a nonnegative expression; of a square x^2, its base x."""
    # sp.sqrt would give an absolute value where sympy does not know the sign of x.
    if square.is_Pow and square.exp == 2:
        return square.base
    return sp.sqrt(square)
