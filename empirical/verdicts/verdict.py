"""The verdict of a set of runs on one claim of a theorem, with its evidence and its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np


class Outcome(Enum):
    """The outcome of testing a claim; README.md says when each of them is given."""

    HOLDS = "HOLDS"
    VIOLATED = "VIOLATED"
    INCONCLUSIVE = "INCONCLUSIVE"
    INAPPLICABLE = "INAPPLICABLE"


class Evidence(Enum):
    """The kind of evidence that a verdict rests on.

    EXACT is a computation without sampling error, WORST_CASE a maximum over a function class, and
    STATISTICAL a sample of seeds.
    """

    EXACT = "exact"
    WORST_CASE = "worst case"
    STATISTICAL = "statistical"


class Claim(Enum):
    """The kind of claim that a bound makes: a value at one budget, or an exponent over several."""

    LEVEL = "level"
    RATE = "rate"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The outcome of comparing a set of runs with one claim of a theorem.

    Attributes:
        key: key of the bound.
        claim: a level at one budget, or a rate over several.
        parameter: the hyperparameter of a rate; empty for a level.
        outcome: the outcome of the test.
        sentence: the outcome with its reason, for a reader.
        evidence: the kind of evidence; None where inapplicable.
        bound: what the theorem promises: a level, or the slope of the bound in a log-log plot.
        measured: the mean over seeds, or the slope of that mean.
        interval: two-sided 95 % interval of the measured number; NaN where there is none.
        num_seeds: number of independent runs (the least number per budget for a rate).
        levels: the bound at every budget, in the order of the runs; empty where inapplicable.
    """

    key: str
    claim: Claim
    parameter: str = ""
    outcome: Outcome
    sentence: str
    evidence: Evidence | None = None
    bound: float = np.nan
    measured: float = np.nan
    interval: tuple[float, float] = (np.nan, np.nan)
    num_seeds: int = 0
    levels: tuple[float, ...] = ()

    @property
    def claimed(self) -> str:
        """The claim in words, such as "level" or "rate in num_rounds"."""
        return f"{self.claim.value} in {self.parameter}" if self.parameter else self.claim.value

    @property
    def tightness(self) -> float:
        """The ratio bound / measured of a level: 1 if attained, 10 if ten times too large."""
        return self.bound / self.measured if self.measured else np.inf
