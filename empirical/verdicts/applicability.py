"""The rules by which a bound applies to an experiment; nothing else in the package decides that.

A bound applies if it is about the method, its functions and the measure, if every parameter of it
is known, and if its conditions hold. Verdicts, tuned step sizes, exact readings and the falsifier
all call these functions.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from empirical.algorithm import Algorithm
from empirical.algorithms.wrappers.wrapper import Wrapper
from empirical.components.inner_rule import Plain
from empirical.components.topology import Topology, mixing_rate
from empirical.compressor import Compressor
from empirical.description import field_names, located_nowhere, method_name, name_of
from empirical.experiments.experiment import Experiment
from empirical.problem import Knowledge, Problem
from theory.assumptions import Assumption, closure
from theory.bound import Bound, ConditionError, Side
from theory.catalogue import bounds_for
from theory.measures import Measure, Quantity
from theory.notation import GLOSSARY
from theory.tuning.best_step_size import best_step_size

Measures = Mapping[str, np.ndarray]
"""Run averages by name of the measure, one value a seed."""

_ON_FUNCTIONS = {
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
"""Assumptions on functions that no constant expresses, in the words that a verdict prints."""

ON_FUNCTIONS = frozenset(_ON_FUNCTIONS)
"""Assumptions that a problem can only satisfy by declaring a fact about its functions."""

_MEASURED_AS = {
    Quantity.SQUARED_GRADIENT_NORM: "squared_gradient_norm",
    Quantity.SUBOPTIMALITY: "suboptimality",
}


@dataclass(frozen=True)
class Applied:
    """The value of a bound at the constants of an experiment.

    Attributes:
        values: a number for each parameter of the bound.
        promised: the value of the bound there, in the unit of its measure.
    """

    values: Mapping[str, float]
    promised: float


@dataclass(frozen=True)
class Inapplicable:
    """The reason why a bound does not apply to an experiment.

    Attributes:
        reason: the reason in words, as a verdict prints it.
    """

    reason: str


def applied(
    bound: Bound, experiment: Experiment, measures: Measures, *, exact: bool = False
) -> Applied | Inapplicable:
    """Evaluates a bound at an experiment's constants, or says why it does not apply.

    Args:
        bound: the theorem.
        experiment: the experiment that was run.
        measures: the run averages that were measured.
        exact: whether the measures are expectations, a single value each, rather than samples.
    """
    reason = _mismatch(bound, experiment, measures)
    if reason is not None:
        return Inapplicable(reason)
    values = known_values(bound, experiment)
    values |= _heterogeneity_of_run(bound, experiment, measures, values, exact=exact)
    missing = [name for name in bound.parameters if name not in values]
    if missing:
        return Inapplicable(f"the problem does not know {', '.join(missing)}")
    try:
        return Applied(values, float(bound.value(**values)))
    except ConditionError as error:
        return Inapplicable(str(error))


def theorems_on(algorithm: Algorithm[Any], own: Iterable[Bound] = ()) -> list[Bound]:
    """Returns the bounds that name an algorithm, without corollaries for one step size.

    Args:
        algorithm: an algorithm, of the catalogue or from elsewhere.
        own: bounds from outside the catalogue, considered beside its own.
    """
    found = bounds_for(method_name(type(algorithm)))
    found += [item for item in own if speaks_of(item, algorithm)]
    return [item for item in found if item.step_size is None]


def speaks_of(bound: Bound, algorithm: Algorithm[Any]) -> bool:
    """Returns whether a bound names the class of this algorithm, whatever its fields are."""
    return located_nowhere(bound.algorithm) == method_name(type(algorithm))


def check_spoken_of(own: Iterable[Bound], algorithms: Sequence[Algorithm[Any]]) -> None:
    """Checks that every bound from outside the catalogue is about one of the algorithms.

    Raises:
        ValueError: a bound is about none of the algorithms; the message names both.
    """
    for bound in own:
        if not any(speaks_of(bound, item) for item in algorithms):
            there = ", ".join(sorted({method_name(type(item)) for item in algorithms}))
            raise ValueError(
                f"{bound.key} speaks of algorithm={bound.algorithm}, which is not among {there}"
            )


def known_values(bound: Bound, experiment: Experiment) -> dict[str, float]:
    """Returns numbers for those parameters of a bound that an experiment determines."""
    known = {"num_rounds": experiment.num_rounds}
    known |= known_constants(experiment.algorithm, experiment.problem)
    return {name: known[name] for name in bound.parameters if name in known}


def known_constants(algorithm: Algorithm[Any], problem: Problem) -> dict[str, Any]:
    """Returns the numbers that an algorithm and a problem determine, by glossary name.

    They are the constants of the problem, the fields of the algorithm, omega and delta of its
    compressors, and the mixing rate of its topology.
    """
    known: dict[str, Any] = {"num_workers": problem.num_workers}
    known |= {name: item.value for name, item in problem.constants.items()}
    known |= _of_compressors(algorithm, problem.dimension)
    known |= _of_topology(algorithm, problem.num_workers)
    return known | _fields_of(algorithm)


def at_best_step_size(experiment: Experiment, bound: Bound) -> Experiment:
    """Returns the experiment at the step size at which a bound is least.

    Raises:
        ValueError: the bound is about another method, or needs a constant that the problem does
            not know.
    """
    reason = method_mismatch(bound, experiment.algorithm)
    if reason is not None:
        raise ValueError(f"step_size=tuned: of {bound.key}, {reason}; give a number")
    values = known_values(bound, experiment)
    values.pop("step_size", None)
    step_size = best_step_size(bound, values).step_size
    return replace(experiment, algorithm=replace(experiment.algorithm, step_size=step_size))


def method_mismatch(bound: Bound, algorithm: Algorithm[Any]) -> str | None:
    """Returns why a bound is about another method or report point; None if it is about this."""
    name = method_name(type(algorithm))
    if not speaks_of(bound, algorithm):
        return f"it speaks of {bound.algorithm}, not of {name}"
    fixes = dict(bound.fixes)
    if isinstance(algorithm, Wrapper) and "base" not in fixes:
        usual = algorithm.usual_base()
        if usual and type(algorithm.base) is not usual:
            return f"it speaks of {name} around {name_of(usual)}"
    # Fixes leave the step size free; those that hold a base hold it at 1 (readings/mixing.py).
    alike = replace(algorithm, step_size=1.0)
    for field, value in fixes.items():
        found = getattr(alike, field)
        if found != value and getattr(found, "name", None) != value:  # enumerations by name
            shown = f"{value:g}" if isinstance(value, float) else value
            return f"it holds for {field}={shown} only"
    if Assumption.PLAIN_STEPS in bound.assumptions and algorithm.inner_rule != Plain():
        return "it holds for plain SGD steps only"
    if bound.measure.report_point is not algorithm.report_point:
        return f"it speaks of {bound.measure.report_point.name}"
    return None


def function_mismatch(bound: Bound, problem: Problem) -> str | None:
    """Returns which assumptions on functions a problem is not known to satisfy; None if none."""
    missing = missing_assumptions(bound, problem.facts)
    noise = problem.constants.get("gradient_noise")
    noisy = noise is None or noise.value > 0
    if Assumption.NOISELESS in closure(bound.assumptions) and noisy:
        missing.append("exact gradients")
    return f"the problem is not known to have {', '.join(missing)}" if missing else None


def missing_assumptions(bound: Bound, facts: frozenset[Assumption]) -> list[str]:
    """Returns the assumptions of a bound on functions that facts do not imply, in words."""
    missing = (closure(bound.assumptions) - closure(facts)) & ON_FUNCTIONS
    # An assumption that follows from another missing one is not named beside it.
    missing -= {weak for item in missing for weak in closure(frozenset({item})) - {item}}
    return [words for item, words in _ON_FUNCTIONS.items() if item in missing]


def measured_as(measure: Measure) -> str:
    """Returns the name that a bound's measure has among the measures of a problem."""
    return _MEASURED_AS.get(measure.quantity, measure.quantity.value)


def noiseless(experiment: Experiment) -> bool:
    """Returns whether gradients are known to be exact, so that all seeds give the same run."""
    noise = experiment.problem.constants.get("gradient_noise")
    return noise is not None and noise.value == 0 and noise.knowledge is Knowledge.EXACT


def _mismatch(bound: Bound, experiment: Experiment, measures: Measures) -> str | None:
    """Returns why a bound is about something else than what was run; None if it is about it."""
    reason = method_mismatch(bound, experiment.algorithm)
    reason = reason or function_mismatch(bound, experiment.problem)
    if reason is not None:
        return reason
    if bound.side is not Side.UPPER:
        return "only upper bounds are judged by runs"
    if experiment.measure_every != 1:
        return "the run was not measured at every step"
    if measured_as(bound.measure) not in measures:
        return f"{measured_as(bound.measure)} was not measured"
    if bound.step_size is not None:
        return "it is a corollary for one step size; its theorem is judged"
    return None


def _heterogeneity_of_run(
    bound: Bound,
    experiment: Experiment,
    measures: Measures,
    values: Mapping[str, float],
    *,
    exact: bool,
) -> dict[str, float]:
    """Returns zeta as measured on the run, where the bound needs no more; empty elsewhere.

    A bound that assumes heterogeneity at the report points only needs its time average there, and
    in expectation: samples of a noisy run do not give it.
    """
    zeta = "heterogeneity"
    on_path = Assumption.HETEROGENEITY_AT_REPORT_POINT in bound.assumptions
    wanted = zeta in bound.parameters and zeta not in values
    if not (wanted and on_path and (exact or noiseless(experiment))):
        return {}
    square = float(np.max(measures["dissimilarity"]))
    return {zeta: math.sqrt(square)} if math.isfinite(square) else {}


def _fields_of(algorithm: Algorithm[Any]) -> dict[str, Any]:
    """Returns the fields of an algorithm, and its delay, that bear a name of the glossary."""
    names = (*field_names(type(algorithm)), "comm_delay")
    return {name: getattr(algorithm, name) for name in names if name in GLOSSARY}


def _of_compressors(algorithm: Algorithm[Any], size: int) -> dict[str, float]:
    """Returns omega and delta of an algorithm's compressors for vectors of a size, where known."""
    found: dict[str, float | None] = {}
    for field, prefix in (("compressor", ""), ("down", "down_")):
        if field not in field_names(type(algorithm)):
            continue
        compressor = getattr(algorithm, field)
        if isinstance(compressor, Compressor):
            found[f"{prefix}compression_variance"] = compressor.compression_variance(size)
            found[f"{prefix}contraction"] = compressor.contraction(size)
        else:
            found[f"{prefix}compression_variance"] = 0.0  # no compressor: sent without error
    return {name: value for name, value in found.items() if value is not None}


def _of_topology(algorithm: Algorithm[Any], num_workers: int) -> dict[str, float]:
    """Returns the mixing rate, if it is below 1, of a method with one symmetric mixing matrix."""
    topology = getattr(algorithm, "topology", None)
    if not isinstance(topology, Topology) or topology.period(num_workers) != 1:
        return {}
    weights = topology.weights(num_workers, 0)
    if weights is not None and not np.array_equal(weights, weights.T):
        return {}
    rate = mixing_rate(weights)
    return {"mixing_rate": rate} if rate < 1 else {}
