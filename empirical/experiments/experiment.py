"""What is run: a frozen description of algorithm, problem and horizon, with a content key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch

from empirical import catalogue
from empirical.algorithm import Algorithm
from empirical.algorithms.wrappers.wrapper import Wrapper
from empirical.components.inner_rule import Plain
from empirical.components.topology import Topology, mixing_rate
from empirical.compressor import Compressor
from empirical.description import build, describe, name_of
from empirical.problem import Problem
from empirical.runtime.slow_link import Link
from theory.assumptions import Assumption
from theory.bound import Bound
from theory.notation import GLOSSARY
from theory.tuning.best_step_size import best_step_size

_DTYPES = {"float64": torch.float64, "float32": torch.float32}


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """One algorithm on one problem for a number of rounds; a seed makes it a run.

    Attributes:
        algorithm: what runs.
        problem: what is minimised; it owns the number of workers.
        num_rounds: R, >= 1.
        measure_every: local steps between measurements; 1 is the theorems' average over all steps.
        dtype: float64 or float32; the problem's natural one where it is None.
        link: an emulated slow link; None leaves the transport as fast as it is.

    Raises:
        ValueError: an attribute is out of its range.
    """

    algorithm: Algorithm[Any]
    problem: Problem
    num_rounds: int
    measure_every: int = 1
    dtype: str | None = None
    link: Link | None = None

    def __post_init__(self) -> None:
        GLOSSARY["num_rounds"].check(self.num_rounds)
        if self.measure_every < 1:
            raise ValueError(f"measure_every={self.measure_every} must be a whole number >= 1")
        if self.dtype not in (None, *_DTYPES):
            raise ValueError(f"dtype={self.dtype} must be one of {', '.join(_DTYPES)}")

    @cached_property
    def description(self) -> dict[str, Any]:
        """Plain data that build_experiment turns back into this experiment."""
        data = describe(self)
        del data["name"]
        return dict(data)

    @cached_property
    def key(self) -> str:
        """A digest of the description, and so of a data folder as it was written."""
        text = json.dumps(self.description, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def algorithm_name(self) -> str:
        """File name of the algorithm."""
        return name_of(type(self.algorithm))

    @property
    def torch_dtype(self) -> torch.dtype:
        """The dtype as torch has it."""
        return _DTYPES[self.dtype or self.problem.natural_dtype]

    def symbol_values(self, bound: Bound) -> dict[str, float]:
        """Numbers for those of a bound's parameters that are known here."""
        known: dict[str, float] = {
            "num_rounds": self.num_rounds,
            "num_workers": self.problem.num_workers,
        }
        known.update({name: item.value for name, item in self.problem.constants.items()})
        known.update(_of_compressor(self.algorithm, self.problem.dimension))
        known.update(_of_topology(self.algorithm, self.problem.num_workers))
        fields = {name for name in bound.parameters if hasattr(self.algorithm, name)}
        known.update({name: getattr(self.algorithm, name) for name in fields})
        return {name: value for name, value in known.items() if name in bound.parameters}

    def outside(self, bound: Bound) -> str | None:
        """Why a theorem speaks of another algorithm than this, if it does."""
        return outside(bound, self.algorithm)

    def with_tuned_step_size(self, bound: Bound) -> Experiment:
        """The same experiment at the step size that a bound likes best.

        Raises:
            ValueError: the bound speaks of another algorithm, or needs a constant that the
                problem does not know.
        """
        reason = self.outside(bound)
        if reason is not None:
            raise ValueError(f"step_size=tuned: of {bound.key}, {reason}; give a number")
        values = self.symbol_values(bound)
        values.pop("step_size", None)
        choice = best_step_size(bound, values)
        algorithm = replace(self.algorithm, step_size=choice.step_size)
        return replace(self, algorithm=algorithm)


def _of_compressor(algorithm: Algorithm[Any], size: int) -> dict[str, float]:
    """The constants of an algorithm's compressors, where it has any, at the size they work on."""
    found = {}
    for field, prefix in (("compressor", ""), ("down", "down_")):
        compressor = getattr(algorithm, field, None)
        if isinstance(compressor, Compressor):
            found[f"{prefix}compression_variance"] = compressor.compression_variance(size)
            found[f"{prefix}contraction"] = compressor.contraction(size)
        elif hasattr(algorithm, field):
            found[f"{prefix}compression_variance"] = 0.0  # sent as it is
    return {name: value for name, value in found.items() if value is not None}


def _of_topology(algorithm: Algorithm[Any], num_workers: int) -> dict[str, float]:
    """How fast gossip mixes, where it mixes with one symmetric matrix for ever."""
    topology = getattr(algorithm, "topology", None)
    if not isinstance(topology, Topology) or topology.period(num_workers) != 1:
        return {}
    weights = topology.weights(num_workers, 0)
    if weights is not None and not np.array_equal(weights, weights.T):
        return {}
    rate = mixing_rate(weights)
    return {"mixing_rate": rate} if rate < 1 else {}


def outside(bound: Bound, algorithm: Algorithm[Any]) -> str | None:
    """Why a theorem speaks of another algorithm than this one, if it does."""
    name = name_of(type(algorithm))
    if bound.algorithm != name:
        return f"it speaks of {bound.algorithm}, not of {name}"
    fixes = dict(bound.fixes)
    if isinstance(algorithm, Wrapper) and "base" not in fixes:
        usual = algorithm.usual_base()
        if usual and type(algorithm.base) is not usual:
            return f"it speaks of {name} around {name_of(usual)}"
    alike = replace(algorithm, step_size=1.0)  # a base holds the step size too
    for field, value in fixes.items():
        found = getattr(alike, field)
        if found != value and getattr(found, "name", None) != value:  # of choices, their names
            shown = f"{value:g}" if isinstance(value, float) else value
            return f"it holds for {field}={shown} only"
    if Assumption.PLAIN_STEPS in bound.assumptions and algorithm.inner_rule != Plain():
        return "it holds for plain SGD steps only"
    if bound.measure.report_point is not algorithm.report_point:
        return f"it speaks of {bound.measure.report_point.name}"
    return None


def build_experiment(data: Mapping[str, Any]) -> Experiment:
    """The experiment of a description.

    Raises:
        ValueError: a name, field or value is not allowed; the message lists what is.
    """
    catalogue.load()  # every class that a name may mean is now loaded
    experiment = build(Experiment, {**data, "name": "experiment"}, "experiment")
    assert isinstance(experiment, Experiment)
    return experiment
