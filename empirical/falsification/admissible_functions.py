"""The class of functions that satisfy a bound's assumptions for given constants.

A counterexample must lie within that class: it is derived from the bound's assumptions, and every
problem is checked against them before its run counts as evidence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from empirical.falsification.algorithm_of_bound import NoReading, method_fields, not_run
from empirical.falsification.exact_measures import is_known
from empirical.problem import Problem
from empirical.verdicts.applicability import ON_FUNCTIONS, function_mismatch
from theory.assumptions import Assumption, closure
from theory.bound import Bound, Constants, Side

Values = Mapping[str, float]

SCHEDULE = ("num_workers", "local_steps", "num_rounds", "num_steps", "step_size")
"""Parameters of a bound that describe the run, and no function."""

IMPOSED = (
    "smoothness",
    "initial_gap",
    "initial_distance",
    "gradient_noise",
    "noise_at_optimum",
    "heterogeneity",
    "greatest_heterogeneity",
    "heterogeneity_at_optimum",
    "strong_convexity",
)
"""Constants that are chosen first; functions are then built to have them."""

IMPLIED = (
    "worker_smoothness",
    "hessian_heterogeneity",
    "hessian_spread",
    "hessian_smoothness",
    "heterogeneity_of_optima",
    "dissimilarity",
    "dissimilarity_factor",
    "gradient_bound",
)
"""Constants that are computed from the functions once these are built, and put into the bound."""

_MET = frozenset(
    {
        Assumption.SMOOTH,
        Assumption.WORKERS_SMOOTH,
        Assumption.SMOOTH_ON_AVERAGE,
        Assumption.BOUNDED_BELOW,
        Assumption.MINIMISER,
        Assumption.UNBIASED,
        Assumption.BOUNDED_VARIANCE,
        Assumption.INDEPENDENT_WORKERS,
        Assumption.BOUNDED_HETEROGENEITY,
        Assumption.HETEROGENEITY_AT_REPORT_POINT,
        Assumption.GREATEST_HETEROGENEITY,
        Assumption.HETEROGENEITY_AT_OPTIMUM,
        Assumption.HETEROGENEITY_OF_OPTIMA,
        Assumption.BOUNDED_DISSIMILARITY,
        Assumption.HESSIAN_HETEROGENEITY,
        Assumption.HESSIAN_SPREAD,
        Assumption.VARIANCE_AT_OPTIMUM,
        Assumption.BOUNDED_GRADIENTS,
        Assumption.NOISELESS,
        Assumption.SYMMETRIC_MIXING,
        Assumption.PLAIN_STEPS,
        Assumption.ACCELERATED_STEPS,
        Assumption.HEAVY_BALL_STEPS,
        Assumption.UNIFORM_WEIGHTS,
    }
)
"""Assumptions that hold if a constant is met, or that method and problems meet by construction."""

_STARTS = ("initial_gap", "initial_distance")

_SLACK = 1e-9
"""Relative rounding error that is allowed in constants.

A refutation must exceed a bound by a thousand times as much (attack.REFUTES), so that no
counterexample rests on this slack.
"""


@dataclass(frozen=True)
class AdmissibleFunctions:
    """The class of functions that satisfy a bound's assumptions, up to its constants.

    Attributes:
        convex: whether every f_m must be convex.
        convex_mean: whether F is taken convex: it must be so, or satisfy the inequality of Polyak
            and Lojasiewicz, which strongly convex functions do.
        shared_hessian: whether all workers must have one Hessian, because their gradients may
            differ by a bounded amount only at every x.
        homogeneous: whether all workers must have the same function.
        heterogeneity_on_path: whether heterogeneity is bounded at the report points only, on
            average over them.
        quadratic: whether every f_m must be quadratic.
    """

    convex: bool = False
    convex_mean: bool = False
    shared_hessian: bool = False
    homogeneous: bool = False
    heterogeneity_on_path: bool = True
    quadratic: bool = False

    def lowest_curvature(self, values: Values) -> float:
        """Returns the least curvature that F may have at a bound's constants, unit f/x^2."""
        if self.convex or self.convex_mean:
            return values.get("strong_convexity", 0.0)
        return -values.get("smoothness", 1.0)


def admissible(bound: Bound) -> AdmissibleFunctions:
    """Returns the class of functions that satisfy the assumptions of a bound."""
    known = closure(bound.assumptions)
    everywhere = {Assumption.BOUNDED_HETEROGENEITY, Assumption.GREATEST_HETEROGENEITY}
    # If Hessians differ, grad f_m - grad F grows with x, and no constant bounds it at every x. The
    # G and B of a bounded dissimilarity are known in closed form for shared Hessians only.
    shared = everywhere | {Assumption.QUADRATIC, Assumption.BOUNDED_DISSIMILARITY}
    return AdmissibleFunctions(
        convex=Assumption.WORKERS_CONVEX in known,
        convex_mean=Assumption.CONVEX in known or Assumption.POLYAK_LOJASIEWICZ in known,
        shared_hessian=bool(known & shared),
        homogeneous=Assumption.HOMOGENEOUS in known,
        heterogeneity_on_path=not known & everywhere,
        quadratic=Assumption.WORKERS_QUADRATIC in known or Assumption.HESSIAN_LIPSCHITZ in known,
    )


def check_attackable(bound: Bound) -> None:
    """Checks that a bound can be compared with some exact reading.

    Raises:
        NoReading: the bound is no upper bound with explicit constants, or its method, its measure,
            a parameter or an assumption has no counterpart here; the message says which.
    """
    known = method_fields(bound) | {*SCHEDULE, *IMPOSED, *IMPLIED}
    unknown = sorted(set(bound.parameters) - known)
    unmet = sorted(item.name for item in bound.assumptions - _MET - ON_FUNCTIONS)
    steps = {"num_rounds", "num_steps"} & set(bound.parameters)
    start = set(_STARTS) & set(bound.parameters)
    reasons = {
        "it is no upper bound": bound.side is not Side.UPPER,
        "its constants are hidden in an order": bound.constants is not Constants.EXPLICIT,
        str(not_run(bound)): not_run(bound) is not None,
        f"no exact reading has {bound.measure}": not is_known(bound.measure),
        "it does not speak of num_rounds": not steps,
        f"it does not speak of {' or '.join(_STARTS)}": not start,
        f"no exact reading knows its {', '.join(unknown)}": bool(unknown),
        f"it is not known here what meets {', '.join(unmet)}": bool(unmet),
    }
    for reason, applies in reasons.items():
        if applies:
            raise NoReading(f"{bound.key}: {reason}")


def stretch_to_start(values: Values, gap: float, distance: float | None) -> float | None:
    """Returns the factor on x after which a start has at most a bound's gap and distance.

    Stretching x by c at fixed curvatures multiplies the gap by c^2 and the distance by c.

    Args:
        values: the bound's parameters; initial_gap and initial_distance matter where they are.
        gap: F(x_0) - F* before stretching, unit f.
        distance: |x_0 - x*| before stretching, unit x; None where there is no x*.

    Returns:
        The factor; None where a gap or distance that the bound names cannot be attained.
    """
    found = []
    if "initial_gap" in values and gap > 0:
        found.append(math.sqrt(values["initial_gap"] / gap))
    if "initial_distance" in values and distance:
        found.append(values["initial_distance"] / distance)
    needed = sum(name in values for name in _STARTS)
    return min(found) if found and len(found) == needed else None


def largest_noise(values: Values) -> float:
    """Returns the largest sigma that a bound allows at every x, unit f/x; 0 if it has no noise.

    Functions here have the same noise at every x, so that a bound on it at x* limits it everywhere.
    """
    names = ("gradient_noise", "noise_at_optimum")
    return min((values[name] for name in names if name in values), default=0.0)


def implied_constants(bound: Bound, problem: Problem) -> dict[str, float]:
    """Returns those constants of a bound that follow from its functions, and the dimension.

    Args:
        bound: the bound whose parameters are wanted.
        problem: the functions; constants that it does not know are left out.
    """
    known = problem.constants
    found = {n: known[n].value for n in IMPLIED if n in bound.parameters and n in known}
    return found | {"dimension": float(problem.dimension)}


def satisfies(bound: Bound, problem: Problem, values: Values, mean_dissimilarity: float) -> bool:
    """Returns whether a problem satisfies every assumption of a bound at given numbers.

    Args:
        bound: the bound whose assumptions are checked.
        problem: the functions; the constants and facts that it declares are taken to be true.
        values: numbers for the bound's parameters.
        mean_dissimilarity: mean_m |grad f_m - grad F|^2 at the report points, averaged over them,
            unit f^2/x^2.
    """
    if function_mismatch(bound, problem) is not None:
        return False
    known, on_path = problem.constants, admissible(bound).heterogeneity_on_path
    for name in set(bound.parameters) & {*IMPOSED, *IMPLIED}:
        if name == "heterogeneity" and on_path:
            # Comparisons are written with not, so that NaN satisfies no assumption.
            if not mean_dissimilarity <= values[name] ** 2 * (1 + _SLACK) + _SLACK**2:
                return False
            continue
        if name not in known:
            return False
        low, high = known[name].value, values[name]
        if name == "strong_convexity":  # the one constant that bounds functions from below
            low, high = high, low
        if not low <= high * (1 + _SLACK):
            return False
    return True
