"""A verdict: what runs say about one claim of a theorem."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np


class Outcome(Enum):
    """What may be said of a claim."""

    HOLDS = "HOLDS"
    VIOLATED = "VIOLATED"
    INCONCLUSIVE = "INCONCLUSIVE"
    INAPPLICABLE = "INAPPLICABLE"


class Evidence(Enum):
    """The grounds of a verdict."""

    EXACT = "exact"
    WORST_CASE = "worst case"
    STATISTICAL = "statistical"


class Claim(Enum):
    """What a bound claims of runs."""

    LEVEL = "level"
    RATE = "rate"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a set of runs says about one claim of a theorem.

    Attributes:
        key: of the bound.
        claim: a level at one budget, or a rate over several.
        parameter: the hyperparameter of a rate; empty for a level.
        outcome: what may be said.
        sentence: the same for a reader, with the reason.
        evidence: its grounds; None where inapplicable.
        bound: what the theorem promises: a level, or the slope of the bound.
        measured: the mean over seeds, or the slope of that mean.
        interval: of the measured, two-sided 95 %.
        num_seeds: independent runs (the least number per budget for a rate).
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
        """The claim in words, such as level, or rate in num_rounds."""
        return f"{self.claim.value} in {self.parameter}" if self.parameter else self.claim.value

    @property
    def tightness(self) -> float:
        """Bound / measured for a level: 1 is attained, 10 is ten times too large."""
        return self.bound / self.measured if self.measured else np.inf
