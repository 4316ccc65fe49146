"""The verdict on a level: whether an expected measure stays below a bound at one budget."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from empirical.experiments.experiment import Experiment
from empirical.verdicts.applicability import Inapplicable, applied, measured_as, noiseless
from empirical.verdicts.inference import ERROR, e_process, student_interval
from empirical.verdicts.verdict import Claim, Evidence, Outcome, Verdict
from theory.bound import Bound, Constants

FEWEST_SEEDS = 8
"""Number of independent seeds below which no level is said to hold.

HOLDS rests on a Student interval, which needs the mean over seeds to be close to normal. VIOLATED
needs no such number, since the e-process is valid from the first seed on.
"""

_ROUNDING = 1e-9
"""Relative rounding error that is allowed where a number without sampling error is compared."""


def judge_level(
    bound: Bound,
    experiment: Experiment,
    measures: Mapping[str, np.ndarray],
    *,
    exact: bool = False,
) -> Verdict:
    """Judges whether the expected measure stays below the bound's value.

    A theorem bounds an expectation, so one seed of a noisy run is never said to meet it. The
    verdict is VIOLATED by an e-process (error at most 5 % at any stopping time), HOLDS by a
    one-sided Student interval, and either by plain comparison where the run is deterministic or
    its expectation is exact.

    Args:
        bound: an upper bound with explicit constants.
        experiment: the experiment that was run.
        measures: run averages by measure, one value a seed; infinite where a run diverged.
        exact: whether the measures are expectations, a single value each, rather than samples.
    """
    found = applied(bound, experiment, measures, exact=exact)
    if isinstance(found, Inapplicable):
        return _inapplicable(bound, found.reason)
    if bound.constants is not Constants.EXPLICIT:
        return _inapplicable(
            bound, "its constants are hidden in an order, which no level can refute"
        )
    promised = found.promised
    measured = np.asarray(measures[measured_as(bound.measure)], dtype=np.float64)
    if exact or noiseless(experiment):
        outcome, why = _compare_exactly(measured, promised, _rounding(measures))
        evidence, why = Evidence.EXACT, "exact expectation" if exact else why
    else:
        outcome, why = _compare(measured, promised)
        evidence = Evidence.STATISTICAL
    sentence = f"measured {measured.mean():.4g} against bound {promised:.4g}; {why}"
    return Verdict(
        key=bound.key,
        claim=Claim.LEVEL,
        outcome=outcome,
        sentence=f"{outcome.value}: {sentence}",
        evidence=evidence,
        bound=promised,
        measured=float(measured.mean()),
        interval=student_interval(measured),
        num_seeds=len(measured),
        levels=(promised,),
    )


def _inapplicable(bound: Bound, reason: str) -> Verdict:
    return Verdict(
        key=bound.key,
        claim=Claim.LEVEL,
        outcome=Outcome.INAPPLICABLE,
        sentence=f"inapplicable: {reason}",
    )


def _compare_exactly(measured: np.ndarray, promised: float, rounding: float) -> tuple[Outcome, str]:
    holds = bool(measured.max() <= promised * (1 + _ROUNDING) + rounding)
    return (Outcome.HOLDS if holds else Outcome.VIOLATED), "no noise"


def _rounding(measures: Mapping[str, np.ndarray]) -> float:
    """Returns what rounding leaves of |grad F|^2 where the mean gradient is zero, unit f^2/x^2.

    The workers' gradients have the mean square |grad F|^2 + dissimilarity; each is exact up to some
    machine epsilons of its size, and that much remains of their mean where they cancel.
    """
    workers = sum(np.max(measures[n]) for n in ("squared_gradient_norm", "dissimilarity"))
    return float((64 * np.finfo(np.float64).eps) ** 2 * workers)


def _compare(measured: np.ndarray, promised: float) -> tuple[Outcome, str]:
    """Compares a sample with a bound: VIOLATED by the e-process, HOLDS by Student's interval.

    The upper end of a two-sided 95 % interval exceeds the mean with probability 97.5 %. Unlike the
    e-process, it holds for a number of seeds that was fixed beforehand, not at any stopping time.
    """
    wealth = e_process(measured / promised)
    if wealth >= 1 / ERROR:
        return Outcome.VIOLATED, f"e-value {wealth:.3g} >= {1 / ERROR:.0f}"
    if len(measured) < FEWEST_SEEDS:
        why = f"{len(measured)} seeds, at least {FEWEST_SEEDS} are needed"
        return Outcome.INCONCLUSIVE, why
    upper = student_interval(measured)[1]
    why = f"upper 97.5 % limit {upper:.4g} over {len(measured)} seeds"
    return (Outcome.HOLDS if upper <= promised else Outcome.INCONCLUSIVE), why
