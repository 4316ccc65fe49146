"""An experiment: a frozen description of algorithm, problem and horizon, with a content key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch

from empirical import catalogue
from empirical.algorithm import Algorithm
from empirical.description import build, describe, name_of
from empirical.field_ranges import check_known, check_whole
from empirical.problem import Problem
from empirical.runtime.slow_link import Link

_DTYPES = {"float64": torch.float64, "float32": torch.float32}


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """One algorithm on one problem for a number of rounds; together with a seed it is a run.

    Attributes:
        algorithm: the method.
        problem: the objective, which also determines the number of workers.
        num_rounds: R, >= 1.
        measure_every: local steps between measurements, >= 1; 1 gives the average over all steps
            that theorems bound.
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
        check_known(self, "num_rounds")
        check_whole(self, 1, "measure_every")
        if self.dtype not in (None, *_DTYPES):
            raise ValueError(f"dtype={self.dtype} must be one of {', '.join(_DTYPES)}")

    @cached_property
    def description(self) -> dict[str, Any]:
        """The plain data from which build_experiment makes this experiment again."""
        data = describe(self)
        del data["name"]
        return dict(data)

    @cached_property
    def key(self) -> str:
        """The content key: 16 hexadecimal digits of a digest of the description.

        A data folder enters the digest as the path that was written, not by its content.
        """
        text = json.dumps(self.description, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def algorithm_name(self) -> str:
        """The short name of the algorithm, which is its file name in the catalogue."""
        return name_of(type(self.algorithm))

    @property
    def torch_dtype(self) -> torch.dtype:
        """The torch dtype of all tensors of a run."""
        return _DTYPES[self.dtype or self.problem.natural_dtype]


def build_experiment(data: Mapping[str, Any]) -> Experiment:
    """Returns the experiment that plain data describes.

    Args:
        data: a description, as Experiment.description gives it.

    Raises:
        ValueError: a name, field or value is not allowed; the message lists what is.
    """
    catalogue.load()  # every class that a name may mean is now loaded
    experiment = build(Experiment, {**data, "name": "experiment"}, "experiment")
    assert isinstance(experiment, Experiment)
    return experiment
