"""What is known of a problem's functions beyond their constants, and what a bound misses of it."""

from __future__ import annotations

from empirical.problem import Problem
from theory.assumptions import Assumption, closure
from theory.bound import Bound

_OF_FUNCTIONS = {
    Assumption.CONVEX: "F convex",
    Assumption.WORKERS_CONVEX: "every f_m convex",
    Assumption.STRONGLY_CONVEX: "F strongly convex",
    Assumption.WORKERS_STRONGLY_CONVEX: "every f_m strongly convex",
    Assumption.SAMPLES_CONVEX_SMOOTH: "the loss of every sample convex and smooth",
    Assumption.POLYAK_LOJASIEWICZ: "a gradient that grows with F - inf F",
    Assumption.QUADRATIC: "every f_m quadratic with one Hessian",
    Assumption.WORKERS_QUADRATIC: "every f_m quadratic",
    Assumption.HOMOGENEOUS: "one function for all workers",
    Assumption.COMMON_STATIONARY_POINTS: "gradients of all f_m that vanish with that of F",
    Assumption.HESSIAN_LIPSCHITZ: "a Lipschitz Hessian of F",
    Assumption.THIRD_ORDER_SMOOTH: "a Lipschitz Hessian of every f_m",
    Assumption.BOUNDED_PATH: "iterates that stay in a ball",
}
"""Assumptions on functions that no constant stands for, as a problem may have them."""


def of_functions() -> frozenset[Assumption]:
    """Assumptions that facts may meet."""
    return frozenset(_OF_FUNCTIONS)


def missing_fact(bound: Bound, problem: Problem) -> str | None:
    """Why a bound that assumes more than constants says nothing of a problem, if so."""
    missing = beyond(bound, problem.facts)
    noise = problem.constants.get("gradient_noise")
    noisy = noise is None or noise.value > 0
    if Assumption.NOISELESS in closure(bound.assumptions) and noisy:
        missing.append("exact gradients")
    return f"the problem is not known to have {', '.join(missing)}" if missing else None


def beyond(bound: Bound, facts: frozenset[Assumption]) -> list[str]:
    """What a bound assumes of functions that facts do not say, as functions may have it."""
    missing = (closure(bound.assumptions) - closure(facts)) & set(_OF_FUNCTIONS)
    missing -= {weak for item in missing for weak in closure(frozenset({item})) - {item}}
    return [words for item, words in _OF_FUNCTIONS.items() if item in missing]


def curved_from(lowest: float) -> frozenset[Assumption]:
    """Facts of workers whose curvature is at least that, if their noise adds a linear function.

    A sample's loss is then f_m and a linear function, convex and L-smooth where f_m is.
    """
    convex = frozenset({Assumption.SAMPLES_CONVEX_SMOOTH} if lowest >= 0 else ())
    return convex | ({Assumption.WORKERS_STRONGLY_CONVEX} if lowest > 0 else frozenset())


def parabolas(*, one_hessian: bool) -> frozenset[Assumption]:
    """Facts of workers whose functions are quadratic."""
    kind = Assumption.QUADRATIC if one_hessian else Assumption.WORKERS_QUADRATIC
    return frozenset({kind, Assumption.THIRD_ORDER_SMOOTH})


def alike(same: bool) -> frozenset[Assumption]:
    """The fact that all workers have one function, where they have."""
    return frozenset({Assumption.HOMOGENEOUS} if same else ())
