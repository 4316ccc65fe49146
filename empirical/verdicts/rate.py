"""The verdict on a rate: whether a measure falls as fast as a bound over several budgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from empirical.experiments.experiment import Experiment
from empirical.verdicts.applicability import Inapplicable, applied, measured_as, noiseless
from empirical.verdicts.inference import bootstrap_slope, slope
from empirical.verdicts.verdict import Claim, Evidence, Outcome, Verdict
from theory.bound import Bound, Constants

FEWEST_SEEDS = 30
"""Number of independent seeds a budget below which no rate is judged.

A bootstrap resamples the seeds that there are, and its intervals are too short where they are few.
"""

SLOPE_MARGIN = 0.1
"""Difference of exponents up to which two of them count as equal (an equivalence margin)."""


def judge_rate(
    bound: Bound,
    runs: Sequence[tuple[Experiment, Mapping[str, np.ndarray]]],
    name: str = "num_rounds",
) -> Verdict:
    """Judges whether the measure falls in one hyperparameter at least as fast as the bound does.

    The slope of the log mean against the log budget is compared with the slope of the bound over
    the same budgets; both depend on the step size that each budget runs at. The verdict is HOLDS
    where the interval of the difference (bootstrap over seeds) lies below the margin. Above it, a
    bound with hidden constants is VIOLATED; one with explicit constants is judged by its levels,
    and its rate is INCONCLUSIVE on these budgets.

    Args:
        bound: the theorem.
        runs: one experiment a budget with its run averages by measure; at least 3 budgets.
        name: the hyperparameter that varies.
    """
    if len(runs) < 3:
        return _inapplicable(bound, name, f"{len(runs)} budgets of {name}; a rate needs 3")
    budgets, promised, samples = [], [], []
    for experiment, measures in runs:
        found = applied(bound, experiment, measures)
        if isinstance(found, Inapplicable):
            return _inapplicable(bound, name, found.reason)
        budgets.append(found.values[name])
        promised.append(found.promised)
        samples.append(np.asarray(measures[measured_as(bound.measure)], dtype=np.float64))
    repeats = all(noiseless(experiment) for experiment, _ in runs)
    measured = _slope_of(np.log(budgets), samples, repeats=repeats)
    # The bound has its slope on these budgets, which no single exponent of its terms need be: on
    # finite budgets several terms contribute.
    expected = float(slope(np.log(budgets), np.log(promised)))
    outcome, why = _judge_slope(bound.constants, measured.low - expected, measured.high - expected)
    fewest = min(len(sample) for sample in samples)
    if not (repeats or fewest >= FEWEST_SEEDS):
        outcome, why = Outcome.INCONCLUSIVE, f"{fewest} seeds, at least {FEWEST_SEEDS} needed"
    sentence = (
        f"measured slope {measured.value:.3f} [{measured.low:.3f}, {measured.high:.3f}] against "
        f"the bound's {expected:.3f}; {why}"
    )
    return Verdict(
        key=bound.key,
        claim=Claim.RATE,
        parameter=name,
        outcome=outcome,
        sentence=f"{outcome.value}: {sentence}",
        evidence=Evidence.EXACT if repeats else Evidence.STATISTICAL,
        bound=expected,
        measured=measured.value,
        interval=(measured.low, measured.high),
        num_seeds=fewest,
        levels=tuple(promised),
    )


class _Slope(NamedTuple):
    """A measured slope and its two-sided 95 % interval."""

    value: float
    low: float
    high: float


def _slope_of(budgets: np.ndarray, samples: list[np.ndarray], *, repeats: bool) -> _Slope:
    """Returns the slope of the log mean over log budgets, with an interval of no width if exact.

    Args:
        budgets: logarithms of the budgets, (budgets,).
        samples: the measure at each budget, one value a seed.
        repeats: whether every run is deterministic, so that a seed adds nothing.
    """
    found = float(slope(budgets, np.log([sample.mean() for sample in samples])))
    return _Slope(found, *((found, found) if repeats else bootstrap_slope(budgets, samples)))


def _inapplicable(bound: Bound, name: str, reason: str) -> Verdict:
    return Verdict(
        key=bound.key,
        claim=Claim.RATE,
        parameter=name,
        outcome=Outcome.INAPPLICABLE,
        sentence=f"inapplicable: {reason}",
    )


def _judge_slope(constants: Constants, low: float, high: float) -> tuple[Outcome, str]:
    """Judges the 95 % interval [low, high] of the measured slope less the promised one.

    An interval within the margins is the test of equivalence by two one-sided tests (TOST), each at
    the level 2.5 %; for HOLDS the upper margin alone decides, since a faster fall is no fault.

    On finitely many budgets an explicit bound may fall faster than what it bounds and still stay
    above it: that refutes an order, whose slope is all it says, but not a level.
    """
    if low > SLOPE_MARGIN:
        refuted = constants is Constants.ORDER
        return (
            Outcome.VIOLATED if refuted else Outcome.INCONCLUSIVE,
            f"shallower by more than {SLOPE_MARGIN} on these budgets",
        )
    # Written with not, so that an end that is NaN (a run diverged) is inconclusive.
    if not high <= SLOPE_MARGIN:
        return Outcome.INCONCLUSIVE, f"the interval straddles the margin {SLOPE_MARGIN}"
    same = low >= -SLOPE_MARGIN
    why = f"equivalent within {SLOPE_MARGIN}" if same else "falls faster than the bound"
    return Outcome.HOLDS, why
