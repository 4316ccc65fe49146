"""A method whose workers are alike, split into what their mean does and what deviations do.

With exchangeable workers every part of the state has a row a worker or one for all. The means over
the workers then move by themselves, driven by the mean gradient, and the deviations from them move
by themselves, driven by the deviations of the gradients, alike for every worker and every M.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from scipy.linalg import block_diag

from empirical.algorithm import Algorithm
from empirical.components.topology import COMPLETE
from empirical.description import name_of
from empirical.readings.linear.linear_form import LinearForm, NotExchangeable, StepMap, linear_form

_SAME = 1e-11
"""Relative size of what rounding may leave of a coefficient that should vanish."""


@dataclass(frozen=True)
class Split:
    """The two halves of a step, each a step map of a single worker.

    Attributes:
        mean: on the means over workers, driven by the mean gradient.
        deviation: on a worker's deviations, driven by its gradient's deviation.
    """

    mean: StepMap
    deviation: StepMap


class Exchangeable:
    """An algorithm split into mean and deviation, once for every number of workers.

    Args:
        algorithm: linear, with one step size.

    Attributes:
        start: coefficients of x_0 in the mean rows, (rows, 1); deviations start at 0.
        period_start: the first round from which all rounds are alike; None where none is.

    Raises:
        NotLinear: the algorithm is not.
        NotExchangeable: renumbering the workers, or adding one, changes what it does.
    """

    def __init__(self, algorithm: Algorithm[Any]) -> None:
        self.algorithm = algorithm
        topologies = {exchange.topology for exchange in algorithm.exchanges}
        # Few workers on a ring all hear each other, so that running them would not tell.
        self._demand(algorithm.workers_alike and topologies == {COMPLETE}, "workers have places")
        self._forms = [linear_form(algorithm, num_workers) for num_workers in (2, 3)]
        self._splits: dict[tuple[int, ...], Split] = {}
        self.period_start = self._forms[0].period_start
        self.start = _averaging(self._forms[0], 0) @ self._forms[0].start

    def at(self, step: int) -> Split:
        """Both halves of a step."""
        kind = tuple(id(form.at(step)) for form in self._forms)  # the form keeps one of each kind
        if kind not in self._splits:
            two, three = (self._checked(form, step) for form in self._forms)
            made = self._forms[0].at(step)
            for half in fields(Split):
                self._demand(
                    _equal(getattr(two, half.name), getattr(three, half.name), made),
                    "three workers do otherwise than two",
                )
            self._splits[kind] = two
        return self._splits[kind]

    def _checked(self, form: LinearForm, step: int) -> Split:
        count = form.num_workers
        for order in (np.roll(np.arange(count), 1), np.r_[1, 0, 2:count]):
            self._demand(
                _equal(_renumbered(form, step, order), form.at(step), form.at(step)),
                "its workers are not alike",
            )
        return _split(form, step)

    def _demand(self, holds: bool, why: str) -> None:
        if not holds:
            name = name_of(type(self.algorithm))
            raise NotExchangeable(f"{name} has no form that serves every number of workers: {why}")


def spread_over(form: LinearForm, functional: np.ndarray, step: int) -> np.ndarray:
    """A functional (1, parts) of the means over workers, on the rows of a form: (1, rows)."""
    return np.asarray(functional @ _averaging(form, step))


def _split(form: LinearForm, step: int) -> Split:
    made, count = form.at(step), form.num_workers
    alone = np.full((count, 1), -1 / (count - 1))
    alone[0] = 1  # one worker deviates by 1; the others make up for it
    mean, apart = _same_for_all(form, step), _one_apart(form, step)
    average, own = _averaging(form, step + 1), _own_less_average(form, step + 1)
    return Split(
        mean=StepMap(
            keep=average @ made.keep @ mean,
            take=average @ made.take.sum(1, keepdims=True),
            points=made.points.mean(0, keepdims=True) @ mean,
            report=made.report @ mean,
        ),
        deviation=StepMap(
            keep=own @ made.keep @ apart,
            take=own @ made.take @ alone,
            points=made.points[:1] @ apart,
            report=made.report @ apart,
        ),
    )


def _renumbered(form: LinearForm, step: int, order: np.ndarray) -> StepMap:
    """The step with its workers in another order."""
    made = form.at(step)
    before, after = (_permutation(form, index, order) for index in (step, step + 1))
    workers = np.eye(form.num_workers)[order]
    return StepMap(
        keep=after @ made.keep @ before.T,
        take=after @ made.take @ workers.T,
        points=workers @ made.points @ before.T,
        report=made.report @ before.T,
    )


def _counts(form: LinearForm, step: int) -> list[int]:
    return [count for _, count in form.blocks(step)]


def _permutation(form: LinearForm, step: int, order: np.ndarray) -> np.ndarray:
    parts = [np.eye(c)[order] if c > 1 else np.eye(1) for c in _counts(form, step)]
    return np.asarray(block_diag(*parts))


def _averaging(form: LinearForm, step: int) -> np.ndarray:
    return np.asarray(block_diag(*(np.full((1, c), 1 / c) for c in _counts(form, step))))


def _same_for_all(form: LinearForm, step: int) -> np.ndarray:
    return np.asarray(block_diag(*(np.ones((c, 1)) for c in _counts(form, step))))


def _own_less_average(form: LinearForm, step: int) -> np.ndarray:
    """A worker's row less the average, of every part that workers have one of: (parts, rows)."""
    rows = [np.eye(c)[:1] - 1 / c for c in _counts(form, step)]
    own: np.ndarray = block_diag(*rows)[[row.shape[1] > 1 for row in rows]]
    return own


def _one_apart(form: LinearForm, step: int) -> np.ndarray:
    """Rows in which the first worker deviates by 1, a column a part: (rows, parts)."""
    counts = _counts(form, step)
    columns = [np.full((c, 1), -1 / max(c - 1, 1)) for c in counts]
    for column in columns:
        column[0] = 1
    apart: np.ndarray = block_diag(*columns)[:, [c > 1 for c in counts]]
    return apart


def _equal(left: StepMap, right: StepMap, whole: StepMap) -> bool:
    """Up to rounding of the step that both came from."""
    for field in fields(StepMap):
        one, other, size = (getattr(item, field.name) for item in (left, right, whole))
        allowed = _SAME * np.abs(size).max(initial=0.0)
        if np.abs(one - other).max(initial=0.0) > allowed:
            return False
    return True
