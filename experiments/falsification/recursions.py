"""Attacks on the four transcribed bounds whose methods `ratebound falsify` does not run.

AC-SA with the constants of ghadimi2012optimal, Local SGD with stich2019local's falling steps, and
MEM-SGD of stich2018sparsified, each on F = (lambda/2) x^2 with noise of fixed variance, where mean
and covariance of the whole state follow linear recursions: E F is exact. Bounded gradients are
those met along the run. The compressor of MEM-SGD keeps the same share of everything.

    python experiments/falsification/recursions.py SECONDS FILE

appends one line of JSON a bound to FILE: the outcome and the instance that came closest.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from empirical.experiments.records import append_rows, commit, versions
from theory.catalogue import lookup

Values = dict[str, float]
Attempt = tuple[Values, float]
"""Numbers for a bound's parameters, and the exact measure at them."""


class State:
    """Mean and covariance of a few numbers that move linearly, each step with one noise."""

    def __init__(self, start: np.ndarray) -> None:
        self.mean = start.astype(float)
        self.covariance = np.zeros((len(start), len(start)))

    def step(self, keep: np.ndarray, noise: np.ndarray, variance: float) -> None:
        """Moves s to keep s + noise xi, where xi has a variance."""
        self.mean = keep @ self.mean
        self.covariance = keep @ self.covariance @ keep.T + variance * np.outer(noise, noise)

    def square(self, row: np.ndarray) -> float:
        """E <row, s>^2."""
        return float((row @ self.mean) ** 2 + row @ self.covariance @ row)


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """A number spread evenly in the logarithm."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def accelerated(rng: np.random.Generator, *, curved: bool) -> Attempt:
    """AC-SA as Ghadimi and Lan write it; curved is the form for strong convexity."""
    smoothness, count = 1.0, int(log_uniform(rng, 1, 200))
    curvature = smoothness if rng.random() < 0.3 else log_uniform(rng, 1e-4, 1) * smoothness
    least = curvature * (1.0 if rng.random() < 0.5 else rng.uniform(0.01, 1)) if curved else 0.0
    sigma = 0.0 if rng.random() < 0.2 else log_uniform(rng, 1e-3, 30)
    values = {"smoothness": smoothness, "initial_distance": 1.0, "gradient_noise": sigma}
    values["num_steps"] = float(count)
    gamma = max(2 * smoothness, np.sqrt(2 * sigma**2 * count * (count + 1) * (count + 2) / 3))
    if curved:
        values["strong_convexity"], gamma = least, smoothness
    state = State(np.array([1.0, 1.0]))  # x, ag
    for t in range(1, count + 1):
        share, weight = 2 / (t + 1), 4 * gamma / (t * (t + 1))
        on = (1 - share) * (least + weight) / (weight + (1 - share**2) * least)
        middle = np.array([1 - on, on])
        mixed = share * least / (least + weight)
        pushed = mixed * middle + (1 - mixed) * np.array([1.0, 0.0])
        step = share / (least + weight)
        x = pushed - step * curvature * middle
        ag = share * x + np.array([0.0, 1 - share])
        state.step(np.array([x, ag]), np.array([-step, -share * step]), sigma**2)
    return values, curvature / 2 * state.square(np.array([0.0, 1.0]))


def falling_local_sgd(rng: np.random.Generator) -> Attempt:
    """Local SGD with steps 4/(mu (a + t)) on one parabola: the mean is SGD with variance 1/M."""
    least = 1.0
    smoothness = 1.0 if rng.random() < 0.5 else log_uniform(rng, 1, 100)
    curvature = smoothness if rng.random() < 0.5 else rng.uniform(least, smoothness)
    workers, local, rounds = (int(log_uniform(rng, 1, top)) for top in (16, 16, 40))
    shift = max(16 * smoothness / least, float(local)) * (1 + 1e-9)
    sigma = 0.0 if rng.random() < 0.3 else log_uniform(rng, 1e-3, 30)
    state, own, weights, steepest = State(np.array([1.0, 0.0])), 0.0, 0.0, 0.0
    for t in range(local * rounds):
        eta, weight = 4 / (least * (shift + t)), (shift + t) ** 2
        own = 0.0 if t % local == 0 else own  # E of a worker's squared distance from the mean
        steepest = max(steepest, curvature**2 * (state.square(np.array([1.0, 0.0])) + own))
        keep = np.array([[1 - eta * curvature, 0.0], [weight, 1.0]])
        state.step(keep, np.array([-eta, 0.0]), sigma**2 / workers)
        own = (1 - eta * curvature) ** 2 * own + eta**2 * sigma**2 * (1 - 1 / workers)
        weights += weight
    values = {"smoothness": smoothness, "strong_convexity": least, "gradient_noise": sigma}
    values |= {"initial_distance": 1.0, "step_shift": shift, "num_workers": float(workers)}
    values |= {"local_steps": float(local), "num_rounds": float(rounds)}
    values["gradient_bound"] = float(np.sqrt(steepest + sigma**2))
    return values, curvature / 2 * state.square(np.array([0.0, 1.0])) / weights**2


def with_memory(rng: np.random.Generator) -> Attempt:
    """MEM-SGD with steps 8/(mu (a + t)); what is left out is a fixed share of what is sent."""
    least = 1.0
    smoothness = 1.0 if rng.random() < 0.5 else log_uniform(rng, 1, 100)
    curvature = smoothness if rng.random() < 0.5 else rng.uniform(least, smoothness)
    contraction = 1.0 if rng.random() < 0.2 else rng.uniform(0.05, 1)
    kept = 1 - np.sqrt(1 - contraction)
    growth = 4 + log_uniform(rng, 0.05, 50)
    rho = 4 * growth / ((growth - 4) * (growth + 1) ** 2)
    shift = ((growth + 1) / contraction + rho) / (rho + 1) * (1 + 1e-9)
    count = int(log_uniform(rng, 1, 300))
    sigma = 0.0 if rng.random() < 0.3 else log_uniform(rng, 1e-3, 30)
    state, weights, steepest = State(np.array([1.0, 0.0, 0.0])), 0.0, 0.0  # x, memory, sum
    for t in range(count):
        eta, weight = 8 / (least * (shift + t)), (shift + t) ** 2
        steepest = max(steepest, curvature**2 * state.square(np.array([1.0, 0.0, 0.0])))
        carried = np.array([eta * curvature, 1.0, 0.0])
        keep = np.array([[1.0, 0, 0] - kept * carried, (1 - kept) * carried, [weight, 0, 1.0]])
        noise = eta * np.array([-kept, 1 - kept, 0.0])
        state.step(keep, noise, sigma**2)
        weights += weight
    values = {"smoothness": smoothness, "strong_convexity": least, "contraction": contraction}
    values |= {"initial_distance": 1.0, "step_shift": shift, "memory_growth": growth}
    values |= {"num_rounds": float(count)}
    values["gradient_bound"] = float(np.sqrt(steepest + sigma**2))
    return values, curvature / 2 * state.square(np.array([0.0, 0.0, 1.0])) / weights**2


ATTACKS: dict[str, Callable[[np.random.Generator], Attempt]] = {
    "ac_sa.convex.ghadimi_lan": lambda rng: accelerated(rng, curved=False),
    "ac_sa.strongly_convex.ghadimi_lan": lambda rng: accelerated(rng, curved=True),
    "local_sgd.strongly_convex_homogeneous.stich2019": falling_local_sgd,
    "mem_sgd.strongly_convex": with_memory,
}


def attacked(key: str, seconds: float, seed: int) -> dict[str, Any]:
    """The outcome of random attempts at a bound for some seconds."""
    theorem, rng, begun = lookup(key), np.random.default_rng(seed), time.monotonic()
    attempts, best, closest = 0, 0.0, None
    while time.monotonic() - begun < seconds:
        with np.errstate(over="ignore"):
            values, attained = ATTACKS[key](rng)
        if not np.isfinite([*values.values(), attained]).all():
            continue  # the run grew beyond numbers before its steps were small: no G is known
        promised = float(theorem.value(**values))
        attempts += 1
        if attained / promised > best:
            best, closest = attained / promised, {"values": values, "promised": promised}
    refuted = best > 1 + 1e-9
    return {
        "key": key,
        "standing": theorem.standing.name,
        "outcome": "REFUTED" if refuted else "SURVIVED",
        "refuted": refuted,
        "attempts": attempts,
        "seconds": time.monotonic() - begun,
        "seed": seed,
        "best": {"share": best, "how": "exact recursion on parabolas", **(closest or {})},
        "versions": versions(),
        "commit": commit(),
    }


if __name__ == "__main__":
    for name in ATTACKS:
        row = attacked(name, float(sys.argv[1]), seed=0)
        append_rows(Path(sys.argv[2]), [row])
        print(f"{name}: {row['outcome']}, {row['attempts']} attempts, {row['best']['share']:.4g}")
