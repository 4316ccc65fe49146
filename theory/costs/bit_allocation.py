r"""How many bits each step of quantised SGD should spend: the trade-off of DQ-SGD and its dual.

Step n quantises a gradient of norm |g_n| to s_n levels on each side of zero, which takes
B_n = log2(s_n + 1) + 1 bits a coordinate and adds w_n / s_n^2 to the final error, up to a factor
that all steps share, with w_n = alpha^(N-1-n) |g_n|^2 (alpha = 1 where F is not convex).

Primal: the least sum_n w_n / s_n^2 for a given number of bits. Its optimality condition is
s^3/(s+1) = c w, with one c for all steps; the closed form s = k sqrt(w) is its limit for many
levels.

Dual: the fewest bits for an error of at most epsilon. Every step may add epsilon/N, so that it
needs no gradient norm but its own: s_n = sqrt(N kappa_n / epsilon), kappa_n = (L d eta^2 / 8) w_n.

A step has at least one level, 2 bits, and at most 2^15 - 1 levels, 16 bits. The last axis of all
arrays is that of the steps.

Source: yan2021dqsgd, Section 4.4 (the closed forms). Derived here: the exact condition, the
clamps, whole bits, the dual's constants. As read, the sum of bits excludes the bits of the norm, as
here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from theory.notation import GLOSSARY

FEWEST_BITS, MOST_BITS = 2, 16
"""The range of bits a coordinate, from 1 to 2^15 - 1 levels on each side of zero."""

_HALVINGS = 80
"""Bisection steps for the logarithm of the constant; enough to reach rounding error."""


def decay(step_size: float | np.ndarray, smoothness: float, strong_convexity: float) -> np.ndarray:
    """Returns alpha = 1 - 2 mu eta + L mu eta^2, in [0, 1], the factor of E F - inf F in one step.

    A step leaves at most that share of it, beside what noise adds. Alpha is below 1 if and only if
    0 < eta < 2/L and mu > 0.

    Args:
        step_size: eta, unit x^2/f, in (0, 2/L).
        smoothness: L, unit f/x^2, > 0.
        strong_convexity: mu, unit f/x^2, in [0, L]; 0 where F is not convex.

    Raises:
        ValueError: a number is out of its range.
    """
    step = GLOSSARY["step_size"].check(step_size)
    GLOSSARY["smoothness"].check(smoothness)
    if not 0 <= strong_convexity <= smoothness:
        raise ValueError(
            f"strong_convexity={strong_convexity:g} must lie in [0, smoothness={smoothness:g}]"
        )
    if np.any(step * smoothness >= 2):
        raise ValueError(
            f"step_size={step.max():g} must be below 2/smoothness={2 / smoothness:g}, "
            "from where nothing shrinks"
        )
    return np.asarray(1 - strong_convexity * step * (2 - smoothness * step))


def weights(squared_norms: np.ndarray, decay: float = 1.0) -> np.ndarray:
    """Returns the weights w_n = alpha^(N-1-n) |g_n|^2 of all steps, (..., N) -> (..., N).

    Args:
        squared_norms: |g_n|^2, unit f^2/x^2, (..., N).
        decay: alpha, in [0, 1].
    """
    squared_norms = np.asarray(squared_norms, dtype=np.float64)
    return np.asarray(squared_norms * decay ** np.arange(squared_norms.shape[-1])[::-1])


def levels_of(bits: np.ndarray | float) -> np.ndarray:
    """Returns s = 2^(B-1) - 1, the most levels that B bits can hold on each side of zero."""
    return 2.0 ** (np.asarray(bits, dtype=np.float64) - 1) - 1


def bits_of(levels: np.ndarray | float) -> np.ndarray:
    """Returns B = log2(s + 1) + 1, the bits a coordinate for s levels on each side of zero."""
    return np.log2(np.asarray(levels, dtype=np.float64) + 1) + 1


def error(weights: np.ndarray, bits: np.ndarray | float) -> np.ndarray:
    """Returns the error sum_n w_n / s_n^2 that quantisation adds, (..., N) -> (...)."""
    return np.asarray((weights / levels_of(bits) ** 2).sum(-1))


def gain(weights: np.ndarray) -> np.ndarray:
    """Returns AM(w) / GM(w), the error of fixed bits over that of optimal ones, for many bits.

    At an equal error, optimal bits save half its binary logarithm a coordinate. (..., N) -> (...).
    """
    return np.asarray(weights.mean(-1) / np.exp(np.log(weights).mean(-1)))


def closed_form(
    weights: np.ndarray, average_bits: np.ndarray | float, counts: np.ndarray | None = None
) -> np.ndarray:
    """Returns B_n = log2(k sqrt(w_n) + 1) + 1, k such that they have the given average; (..., N).

    Args:
        weights: w_n >= 0, (..., N).
        average_bits: average bits a coordinate and step, in [2, 16], (...).
        counts: number of steps that each entry represents, (N,); one each if not given.

    Raises:
        ValueError: a number is out of its range.
    """
    relative = _relative(weights, average_bits)

    def bits(log_constant: np.ndarray) -> np.ndarray:
        return bits_of(_clamped(2.0**log_constant * np.sqrt(relative)))

    return _spending(bits, relative, average_bits, counts, power=0.5)


def exact(
    weights: np.ndarray, average_bits: np.ndarray | float, counts: np.ndarray | None = None
) -> np.ndarray:
    """Returns the bits of least error, (..., N): s^3/(s + 1) = c w, c such that the average fits.

    Args:
        weights: w_n >= 0, (..., N).
        average_bits: average bits a coordinate and step, in [2, 16], (...).
        counts: number of steps that each entry represents, (N,); one each if not given.

    Raises:
        ValueError: a number is out of its range.
    """
    relative = _relative(weights, average_bits)

    def bits(log_constant: np.ndarray) -> np.ndarray:
        return bits_of(_clamped(_root(2.0**log_constant * relative)))

    return _spending(bits, relative, average_bits, counts, power=1.0)


def whole(weights: np.ndarray, total_bits: int) -> np.ndarray:
    """Returns the whole bits of least error that add up to at most total_bits, (N,) -> (N,).

    The error of a step is convex in its bits, so that the greedy allocation is optimal: bits are
    added one by one, each to the step whose error it lowers most.

    Raises:
        ValueError: total_bits is below two bits a step.
    """
    weights = np.asarray(weights, dtype=np.float64)
    steps = len(weights)
    if total_bits < FEWEST_BITS * steps:
        raise ValueError(f"total_bits={total_bits} must be >= {FEWEST_BITS} x {steps} steps")
    ladder = 1 / levels_of(np.arange(FEWEST_BITS, MOST_BITS + 1)) ** 2
    # Entry (i, n) is what bit 3 + i of step n lowers the error by. It falls in i, so that the
    # largest entries of the whole table hold the bits of every step in order.
    helps = np.outer(ladder[:-1] - ladder[1:], weights)
    best = np.argsort(-helps, axis=None, kind="stable")[: total_bits - FEWEST_BITS * steps]
    return FEWEST_BITS + np.bincount(best % steps, minlength=steps)


def influence(
    squared_norm: np.ndarray | float,
    steps_left: int,
    *,
    size: int,
    step_size: float | np.ndarray,
    smoothness: float,
    decay: float | np.ndarray,
) -> np.ndarray:
    """Returns kappa_n = (L d eta^2 / 8) alpha^(steps left) |g_n|^2, the influence of a step.

    The final error is sum_n kappa_n / s_n^2.

    Args:
        squared_norm: |g_n|^2, unit f^2/x^2.
        steps_left: number of steps after this one, N - 1 - n.
        size: d, the number of coordinates.
        step_size: eta, unit x^2/f.
        smoothness: L, unit f/x^2.
        decay: alpha, in [0, 1].

    Returns:
        kappa_n, unit f.
    """
    return np.asarray(smoothness * size * step_size**2 / 8 * decay**steps_left * squared_norm)


def levels_for_target(influence: np.ndarray | float, target: float, num_steps: int) -> np.ndarray:
    """Returns s_n = sqrt(N kappa_n / epsilon), at least 1, so that a step adds at most epsilon/N.

    The final error stays below epsilon also if the levels are rounded up.

    Args:
        influence: kappa_n, unit f.
        target: epsilon, unit f, > 0.
        num_steps: N, >= 1.
    """
    return np.maximum(np.sqrt(num_steps * np.asarray(influence) / target), 1.0)


def _relative(weights: np.ndarray, average_bits: np.ndarray | float) -> np.ndarray:
    """Checks all ranges and returns the weights divided by the largest, or 1 if all are 0."""
    weights = np.asarray(weights, dtype=np.float64)
    asked = np.asarray(average_bits)
    if not bool(np.all((asked >= FEWEST_BITS) & (asked <= MOST_BITS))):
        raise ValueError(f"average_bits={asked} must lie in [{FEWEST_BITS}, {MOST_BITS}]")
    if not bool(np.all((weights >= 0) & np.isfinite(weights))):
        raise ValueError("weights must be numbers >= 0")
    largest = weights.max(-1, keepdims=True)
    return np.asarray(np.where(largest > 0, weights / np.where(largest > 0, largest, 1), 1.0))


def _clamped(levels: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(levels, levels_of(FEWEST_BITS), levels_of(MOST_BITS)))


def _root(right: np.ndarray) -> np.ndarray:
    """Returns the positive s with s^3 = a (s + 1), by Newton's method from above."""
    # s^3 - a (s + 1) is >= 0 at the start and convex for s > 0: the steps fall to the root.
    levels = np.sqrt(right) + np.cbrt(right)
    for _ in range(60):
        slope = 3 * levels**2 - right
        change = (levels**3 - right * (levels + 1)) / np.where(slope > 0, slope, 1)
        levels = levels - change
        if np.all(np.abs(change) <= 1e-15 * levels):
            break
    return np.asarray(levels)


def _spending(
    bits: Callable[[np.ndarray], np.ndarray],
    relative: np.ndarray,
    average_bits: np.ndarray | float,
    counts: np.ndarray | None,
    *,
    power: float,
) -> np.ndarray:
    """Returns the bits at the greatest constant for which their average is at most that given.

    Args:
        bits: maps the binary logarithm of the constant to bits, (..., N), rising.
        relative: weights over the largest, (..., N).
        average_bits: average bits a coordinate and step, (...).
        counts: number of steps that each entry represents, (N,); one each if None.
        power: exponent of the weight in the levels' equation: 1/2 closed form, 1 exact.
    """
    shares = np.ones(relative.shape[-1]) if counts is None else np.asarray(counts, dtype=np.float64)
    shares = shares / shares.sum()
    smallest = np.where(relative > 0, relative, 1).min(-1, keepdims=True)
    low = np.full(smallest.shape, -1.0)  # here every step has one level, the fewest
    high = 2 * (MOST_BITS - power * np.log2(smallest)) + 2  # and here 2^15 - 1, the most
    asked = np.asarray(average_bits, dtype=np.float64)[..., np.newaxis]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        fits = (bits(middle) * shares).sum(-1, keepdims=True) <= asked
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return bits(low)
