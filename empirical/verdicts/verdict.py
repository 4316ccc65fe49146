"""Judgement: does what was measured agree with what the theorem promises?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from empirical.experiments.experiment import Experiment
from empirical.problem import Knowledge
from empirical.problems.families.function_facts import missing_fact
from empirical.verdicts.inference import ERROR, bootstrap_slope, e_process, slope, student_interval
from theory.assumptions import Assumption
from theory.bound import Bound, ConditionError, Constants, Side
from theory.measures import Quantity

FEWEST_SEEDS = {"level": 8, "rate": 30}
"""Below these many independent seeds nothing statistical is claimed to hold."""

SLOPE_MARGIN = 0.1
"""Exponents closer than this count as equal."""

_ROUNDING = 1e-9
"""Relative slack where a deterministic run is compared with a bound."""


class Outcome(Enum):
    """What may be said."""

    HOLDS = "HOLDS"
    VIOLATED = "VIOLATED"
    INCONCLUSIVE = "INCONCLUSIVE"
    INAPPLICABLE = "INAPPLICABLE"


class Evidence(Enum):
    """On what grounds."""

    EXACT = "exact"
    WORST_CASE = "worst case"
    STATISTICAL = "statistical"


@dataclass(frozen=True)
class Verdict:
    """What a set of runs says about one claim of a theorem.

    Attributes:
        key: of the bound.
        claim: "level", or "rate in NAME".
        outcome: what may be said.
        sentence: the same for a reader, with the reason.
        evidence: on what grounds; None where inapplicable.
        bound: what the theorem promises: a level, or the slope of the bound.
        measured: the mean over seeds, or the slope of that mean.
        interval: of the measured, two-sided 95 %.
        num_seeds: independent runs (the least number per budget for a rate).
    """

    key: str
    claim: str
    outcome: Outcome
    sentence: str
    evidence: Evidence | None = None
    bound: float = np.nan
    measured: float = np.nan
    interval: tuple[float, float] = (np.nan, np.nan)
    num_seeds: int = 0

    @property
    def tightness(self) -> float:
        """Bound / measured for a level: 1 is attained, 10 is ten times too careful."""
        return self.bound / self.measured if self.measured else np.inf


def judge_level(
    bound: Bound,
    experiment: Experiment,
    measures: Mapping[str, np.ndarray],
    *,
    exact: bool = False,
) -> Verdict:
    """Whether the expected measure stays below the bound's value.

    A theorem bounds an expectation: one seed of a noisy run is never judged. VIOLATED by an
    e-process (error at most 5 % at any stopping time), HOLDS by a one-sided Student interval,
    and by plain comparison where the run is deterministic or its expectation is exact.

    Args:
        bound: an upper bound with explicit constants.
        experiment: what was run.
        measures: run averages by measure, one value a seed; infinite where a run diverged.
        exact: whether they are expectations, a single value each, rather than samples.
    """
    values, reason = _values(bound, experiment, measures, exact=exact)
    if reason is None and bound.constants is not Constants.EXPLICIT:
        reason = "its constants are hidden in an order, which no level can refute"
    if reason is not None:
        return Verdict(bound.key, "level", Outcome.INAPPLICABLE, f"inapplicable: {reason}")
    promised = float(bound.value(**values))
    measured = np.asarray(measures[_measure(bound)], dtype=np.float64)
    if exact or _noiseless(experiment):
        outcome, evidence, why = _compare_exactly(measured, promised, _rounding(measures))
        why = "exact expectation" if exact else why
    else:
        outcome, evidence, why = _compare(measured, promised)
    return Verdict(
        bound.key,
        "level",
        outcome,
        f"{outcome.value}: measured {measured.mean():.4g} against bound {promised:.4g}; {why}",
        evidence,
        promised,
        float(measured.mean()),
        student_interval(measured),
        len(measured),
    )


def judge_rate(
    bound: Bound,
    runs: Sequence[tuple[Experiment, Mapping[str, np.ndarray]]],
    name: str = "num_rounds",
) -> Verdict:
    """Whether the measure falls in one hyperparameter at least as fast as the bound does.

    The slope of the log mean against the log budget is compared with the slope of the bound over
    the same budgets; both move with the step size that each budget runs at. HOLDS where the
    interval of the difference (bootstrap over seeds) lies below the margin. Above it, a bound with
    hidden constants is VIOLATED; one with explicit constants is judged by its levels, and its rate
    is INCONCLUSIVE on these budgets.

    Args:
        bound: the theorem.
        runs: one experiment a budget with its run averages by measure; at least 3 budgets.
        name: the hyperparameter that varies.
    """
    claim = f"rate in {name}"
    if len(runs) < 3:
        too_few = f"inapplicable: {len(runs)} budgets of {name}; a rate needs 3"
        return Verdict(bound.key, claim, Outcome.INAPPLICABLE, too_few)
    budgets, promised, samples = [], [], []
    for experiment, measures in runs:
        values, reason = _values(bound, experiment, measures)
        if reason is not None:
            return Verdict(bound.key, claim, Outcome.INAPPLICABLE, f"inapplicable: {reason}")
        budgets.append(values[name])
        promised.append(float(bound.value(**values)))
        samples.append(np.asarray(measures[_measure(bound)], dtype=np.float64))
    noiseless = all(_noiseless(experiment) for experiment, _ in runs)
    return _compare_slopes(bound, claim, np.log(budgets), np.log(promised), samples, noiseless)


def _compare_exactly(
    measured: np.ndarray, promised: float, rounding: float
) -> tuple[Outcome, Evidence, str]:
    holds = bool(measured.max() <= promised * (1 + _ROUNDING) + rounding)
    return (Outcome.HOLDS if holds else Outcome.VIOLATED), Evidence.EXACT, "no noise"


def _rounding(measures: Mapping[str, np.ndarray]) -> float:
    """What is left of a mean gradient that is zero: the workers' gradients cancel up to this."""
    workers = sum(np.max(measures[n]) for n in ("squared_gradient_norm", "dissimilarity"))
    return float((64 * np.finfo(np.float64).eps) ** 2 * workers)


def _compare(measured: np.ndarray, promised: float) -> tuple[Outcome, Evidence, str]:
    wealth = e_process(measured / promised)
    if wealth >= 1 / ERROR:
        return Outcome.VIOLATED, Evidence.STATISTICAL, f"e-value {wealth:.3g} >= {1 / ERROR:.0f}"
    if len(measured) < FEWEST_SEEDS["level"]:
        why = f"{len(measured)} seeds, at least {FEWEST_SEEDS['level']} are needed"
        return Outcome.INCONCLUSIVE, Evidence.STATISTICAL, why
    upper = student_interval(measured)[1]
    why = f"upper 97.5 % limit {upper:.4g} over {len(measured)} seeds"
    outcome = Outcome.HOLDS if upper <= promised else Outcome.INCONCLUSIVE
    return outcome, Evidence.STATISTICAL, why


def _compare_slopes(
    bound: Bound,
    claim: str,
    budgets: np.ndarray,
    promised: np.ndarray,
    samples: list[np.ndarray],
    noiseless: bool,
) -> Verdict:
    expected = float(slope(budgets, promised))
    found = float(slope(budgets, np.log([sample.mean() for sample in samples])))
    low, high = (found, found) if noiseless else bootstrap_slope(budgets, samples)
    fewest = min(len(sample) for sample in samples)
    enough = noiseless or fewest >= FEWEST_SEEDS["rate"]
    outcome, why = _judge_slope(bound.constants, low - expected, high - expected)
    if not enough:
        outcome = Outcome.INCONCLUSIVE
        why = f"{fewest} seeds, at least {FEWEST_SEEDS['rate']} needed"
    sentence = (
        f"{outcome.value}: measured slope {found:.3f} [{low:.3f}, {high:.3f}] against the bound's "
        f"{expected:.3f}; {why}"
    )
    evidence = Evidence.EXACT if noiseless else Evidence.STATISTICAL
    interval = (low, high)
    return Verdict(bound.key, claim, outcome, sentence, evidence, expected, found, interval, fewest)


def _judge_slope(constants: Constants, low: float, high: float) -> tuple[Outcome, str]:
    """From the interval of measured less promised slope.

    On finitely many budgets an explicit bound may fall faster than what it bounds and still stay
    above it: that refutes an order, whose slope is all it says, but not a level.
    """
    if low > SLOPE_MARGIN:
        refuted = constants is Constants.ORDER
        return (
            Outcome.VIOLATED if refuted else Outcome.INCONCLUSIVE,
            f"shallower by more than {SLOPE_MARGIN} on these budgets",
        )
    if not high <= SLOPE_MARGIN:
        return Outcome.INCONCLUSIVE, f"the interval straddles the margin {SLOPE_MARGIN}"
    same = low >= -SLOPE_MARGIN
    why = f"equivalent within {SLOPE_MARGIN}" if same else "falls faster than the bound"
    return Outcome.HOLDS, why


def _measure(bound: Bound) -> str:
    names = {
        Quantity.SQUARED_GRADIENT_NORM: "squared_gradient_norm",
        Quantity.SUBOPTIMALITY: "suboptimality",
    }
    return names.get(bound.measure.quantity, bound.measure.quantity.value)


def _noiseless(experiment: Experiment) -> bool:
    noise = experiment.problem.constants.get("gradient_noise")
    return noise is not None and noise.value == 0 and noise.knowledge is Knowledge.EXACT


def _values(
    bound: Bound,
    experiment: Experiment,
    measures: Mapping[str, np.ndarray],
    *,
    exact: bool = False,
) -> tuple[dict[str, float], str | None]:
    """Numbers for the bound's parameters, and the reason why it does not apply, if any."""
    values = experiment.symbol_values(bound)
    zeta = "heterogeneity"
    known = exact or _noiseless(experiment)
    if zeta in bound.parameters and zeta not in values and known and _zeta_is_on_path(bound):
        square = float(np.max(measures["dissimilarity"]))
        values |= {zeta: math.sqrt(square)} if math.isfinite(square) else {}
    return values, _mismatch(bound, experiment, measures) or _obstacle(bound, values)


def _zeta_is_on_path(bound: Bound) -> bool:
    """Whether zeta may be read off the run: only its time average at the report point matters."""
    return Assumption.HETEROGENEITY_AT_REPORT_POINT in bound.assumptions


def _mismatch(
    bound: Bound, experiment: Experiment, measures: Mapping[str, np.ndarray]
) -> str | None:
    """Why the theorem speaks of something else than what was run, if it does."""
    outside = experiment.outside(bound) or missing_fact(bound, experiment.problem)
    if outside is not None:
        return outside
    if bound.side is not Side.UPPER:
        return "only upper bounds are judged by runs"
    if experiment.measure_every != 1:
        return "the run was not measured at every step"
    if _measure(bound) not in measures:
        return f"{_measure(bound)} was not measured"
    if bound.step_size is not None:
        return "it is a corollary for one step size; its theorem is judged"
    return None


def _obstacle(bound: Bound, values: Mapping[str, float]) -> str | None:
    """Which constant or condition is missing, if one is."""
    missing = [name for name in bound.parameters if name not in values]
    if missing:
        return f"the problem does not know {', '.join(missing)}"
    try:
        bound.value(**values)
    except ConditionError as error:
        return str(error)
    return None
