"""Whether an expected measure stays below a bound: the verdict on a level."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from empirical.experiments.experiment import Experiment
from empirical.verdicts.applicability import Inapplicable, applied, measured_as, noiseless
from empirical.verdicts.inference import ERROR, e_process, student_interval
from empirical.verdicts.verdict import Claim, Evidence, Outcome, Verdict
from theory.bound import Bound, Constants

FEWEST_SEEDS = 8
"""Independent seeds below which no level is said to hold."""

_ROUNDING = 1e-9
"""Relative slack where a deterministic run is compared with a bound."""


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
    """The squared rounding error of a mean gradient that is zero, unit f^2/x^2.

    The workers' gradients, of squared size |grad F|^2 + dissimilarity, cancel up to this.
    """
    workers = sum(np.max(measures[n]) for n in ("squared_gradient_norm", "dissimilarity"))
    return float((64 * np.finfo(np.float64).eps) ** 2 * workers)


def _compare(measured: np.ndarray, promised: float) -> tuple[Outcome, str]:
    wealth = e_process(measured / promised)
    if wealth >= 1 / ERROR:
        return Outcome.VIOLATED, f"e-value {wealth:.3g} >= {1 / ERROR:.0f}"
    if len(measured) < FEWEST_SEEDS:
        why = f"{len(measured)} seeds, at least {FEWEST_SEEDS} are needed"
        return Outcome.INCONCLUSIVE, why
    upper = student_interval(measured)[1]
    why = f"upper 97.5 % limit {upper:.4g} over {len(measured)} seeds"
    return (Outcome.HOLDS if upper <= promised else Outcome.INCONCLUSIVE), why
