"""Hypothesis strategies: parameters of bounds, algorithms, problems and whole experiments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from empirical import catalogue
from empirical.algorithm import Algorithm
from empirical.components.inner_rule import (
    AdamW,
    HeavyBall,
    InnerRule,
    Nesterov,
    Plain,
    WeightDecay,
)
from empirical.experiments.experiment import Experiment
from empirical.problem import ExactProblem
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.problems.synthetic.tilted import Tilted
from empirical.readings.linear.exchangeable import Exchangeable
from empirical.readings.linear.linear_form import LinearForm, NotExchangeable, NotLinear
from empirical.verdicts.applicability import known_values
from theory.bound import Bound
from theory.discovery import extra
from theory.notation import GLOSSARY
from theory.tuning.best_step_size import largest_step_size

with extra("testing"):
    from hypothesis import strategies as st
    from hypothesis.strategies import SearchStrategy


def bent_gradient(
    seed: int, workers: int = 4, size: int = 5, batch: int = 2
) -> tuple[Callable[[Tensor], Tensor], Tensor]:
    """Returns a non-linear gradient, different for each worker, and a start.

    The gradient maps points (batch, workers, size) to gradients of that shape; the start has that
    shape too and is common to the workers.
    """
    rng = torch.Generator().manual_seed(seed)
    matrix = torch.randn(workers, size, size, dtype=torch.float64, generator=rng)
    tilt = torch.randn(workers, size, dtype=torch.float64, generator=rng)
    start = torch.randn(batch, 1, size, dtype=torch.float64, generator=rng)

    def gradient(x: Tensor) -> Tensor:
        return torch.tanh((matrix @ x.unsqueeze(-1)).squeeze(-1)) + tilt

    return gradient, start.expand(batch, workers, size)


def log_uniform(low: float, high: float) -> SearchStrategy[float]:
    """Draws numbers between low and high, spread evenly in the logarithm."""
    return st.floats(np.log(low), np.log(high)).map(lambda power: float(np.exp(power)))


def parameter_values(name: str) -> SearchStrategy[float]:
    """Draws admissible values of one quantity of the glossary, zero included where allowed."""
    row = GLOSSARY[name]
    if row.integer:
        return st.integers(int(row.low), 64)
    if np.isfinite(row.high):
        return st.floats(row.low + 0.02, row.high - 0.02)
    # Outer steps far beyond 1 amplify rounding until no two orders of summation agree.
    least = max(1e-2, 1.01 * row.low)
    positive = log_uniform(2e-2, 2) if name.endswith("_step_size") else log_uniform(least, 1e2)
    return positive if row.open_low else st.just(row.low) | positive


def inner_rules(*, linear: bool = False) -> SearchStrategy[InnerRule]:
    """Draws plain, heavy-ball, Nesterov and AdamW rules, with and without weight decay.

    Args:
        linear: whether to leave out AdamW, which is not linear in its gradients.
    """
    momentum, rate = st.floats(0, 0.95), st.floats(0, 0.5)
    bare = st.just(Plain()) | st.builds(HeavyBall, momentum) | st.builds(Nesterov, momentum)
    decayed = st.builds(WeightDecay, rate, bare)
    if linear:
        return bare | decayed
    adam = st.builds(
        AdamW,
        first_decay=momentum,
        second_decay=st.floats(0.9, 0.999),
        epsilon=log_uniform(1e-8, 1e-3),
        rate=st.just(0.0) | rate,
    )
    return bare | adam | decayed


@st.composite
def algorithms(
    draw: st.DrawFn,
    step_sizes: SearchStrategy[float],
    rules: SearchStrategy[InnerRule],
    admit: Callable[[Algorithm[Any]], bool] = lambda example: True,
) -> Algorithm[Any]:
    """Draws algorithms of the catalogue, with any schedule, inner rule and glossary parameter.

    All files that have an admitted example are equally likely.

    Args:
        draw: given by hypothesis.
        step_sizes: strategy of eta, unit x^2/f.
        rules: strategy of the inner rules.
        admit: whether an example of the catalogue may be drawn.
    """
    kinds = {name: [*filter(admit, items)] for name, items in catalogue.algorithms().items()}
    example = draw(st.sampled_from(draw(st.sampled_from([*filter(None, kinds.values())]))))
    own = {name: draw(parameter_values(name)) for name in _own_parameters(example)}
    schedule = {"local_steps": draw(st.integers(1, 6)), "step_size": draw(step_sizes)}
    return replace(example, inner_rule=draw(rules), **schedule, **own)


def _own_parameters(algorithm: Algorithm[Any]) -> list[str]:
    """Returns the fields in the glossary, without the schedule that all algorithms have."""
    names = [item.name for item in fields(algorithm) if item.name in GLOSSARY]
    return [name for name in names if name not in ("local_steps", "step_size")]


@st.composite
def exact_problems(draw: st.DrawFn) -> ExactProblem:
    """Draws tilted functions and quadratics, noisy or not, of one to eight workers."""
    num_workers = draw(st.integers(1, 8))
    spread = st.just(0.0) | st.floats(0.1, 3)
    smoothness = draw(log_uniform(0.1, 10))
    shared: dict[str, Any] = {
        "num_workers": num_workers,
        "size": draw(st.integers(1, 6)),
        "smoothness": smoothness,
        "heterogeneity": draw(spread) if num_workers > 1 else 0.0,
        "gradient_noise": draw(spread),
        "start": draw(st.floats(0.2, 3)),
        "problem_seed": draw(st.integers(0, 10**6)),
    }
    if draw(st.booleans()):
        return Tilted(**shared)
    lowest = draw(st.floats(-1, 1)) * smoothness
    shared_hessian = draw(st.booleans())
    if shared_hessian:
        lowest = abs(lowest)  # an indefinite mean has no infimum, and no bound is about it
    return Quadratic(lowest=lowest, shared_hessian=shared_hessian, **shared)


@st.composite
def experiments(draw: st.DrawFn, bound: Bound) -> Experiment:
    """Draws experiments to which a theorem applies: plain steps, an admissible step size."""
    example = catalogue.algorithms()[bound.algorithm][0]
    own = {name: draw(parameter_values(name)) for name in _own_parameters(example)}
    schedule = {"local_steps": draw(st.integers(1, 6)), "inner_rule": Plain()}
    changes: dict[str, Any] = {**own, **schedule, **dict(bound.fixes)}
    algorithm = replace(example, **changes)
    experiment = Experiment(
        algorithm=algorithm, problem=draw(exact_problems()), num_rounds=draw(st.integers(1, 25))
    )
    return _with_step_size(experiment, bound, draw(st.floats(0.05, 0.95)))


def _with_step_size(experiment: Experiment, bound: Bound, fraction: float) -> Experiment:
    """Returns the experiment at a fraction of the largest step size that the theorem admits."""
    values: dict[str, float] = dict.fromkeys(bound.parameters, 1.0)
    values.update(known_values(bound, experiment))
    values.pop("step_size")
    step_size = fraction * largest_step_size(bound, values)
    return replace(experiment, algorithm=replace(experiment.algorithm, step_size=step_size))


@cache
def linear_examples() -> tuple[Algorithm[Any], ...]:
    """Returns the examples of the catalogue that are linear in state and gradients.

    Linearity is tried for three rounds of four workers.
    """
    return tuple(item for item in _examples() if _admitted(_run_form, item))


def acts_linearly(example: Algorithm[Any]) -> bool:
    """Whether an example of the catalogue is one of the linear ones."""
    return any(item is example for item in linear_examples())


@cache
def exchangeable_examples() -> tuple[Algorithm[Any], ...]:
    """Returns the linear examples whose workers are exchangeable, for every number of workers."""
    return tuple(item for item in linear_examples() if _admitted(_run_split, item))


@cache
def repeating_examples() -> tuple[Algorithm[Any], ...]:
    """Returns the exchangeable examples whose rounds repeat from some round on."""
    return tuple(
        item for item in exchangeable_examples() if Exchangeable(item).period_start is not None
    )


def _examples() -> list[Algorithm[Any]]:
    return [item for examples in catalogue.algorithms().values() for item in examples]


def _admitted(reading: Callable[[Algorithm[Any]], object], algorithm: Algorithm[Any]) -> bool:
    try:
        reading(algorithm)
    except (NotLinear, NotExchangeable):
        return False
    return True


def _run_form(algorithm: Algorithm[Any]) -> None:
    form = LinearForm(algorithm, 4)
    for step in range(3 * algorithm.local_steps):
        form.at(step)


def _run_split(algorithm: Algorithm[Any]) -> None:
    split = Exchangeable(algorithm)
    for step in range(3 * algorithm.local_steps):
        split.at(step)
