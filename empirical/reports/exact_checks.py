"""Checks of the exact readings: moments against simulation, and worst cases against bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from empirical.algorithm import Algorithm
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.falsification.tightness import tightness
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.readings.moments import moments
from empirical.readings.simulate import simulate
from empirical.verdicts.inference import student_interval
from empirical.verdicts.verdict import Outcome
from theory.bound import Bound
from theory.presentation.tables import number
from theory.tuning.best_step_size import best_step_size

NUM_SEEDS = 400
"""Number of seeds of the simulation that exact moments are compared with."""

STANDARD_ERRORS = 4.0
"""Standard errors that a mean over seeds may be from the exact expectation.

Beyond 4 of them lies a normal mean with probability 6e-5; the seeds are fixed, so that the check
passes always or never.
"""

PROBLEM = Quadratic(
    num_workers=4, size=5, lowest=0.05, heterogeneity=1.0, gradient_noise=8.0, start=1.0
)
ALGORITHM = OverlapLocalSGD(local_steps=4, step_size=0.05, pullback=0.6, anchor_momentum=0.7)
NUM_ROUNDS = 25

CONSTANTS = {"smoothness": 1.0, "initial_gap": 1.0, "heterogeneity": 1.0, "gradient_noise": 0.0}
SHORT = {"num_workers": 2.0, "num_rounds": 2.0}
"""A schedule of two rounds: with no noise its worst case is solved for in well under a second."""


@dataclass(frozen=True)
class ExactCheck:
    """The result of one check, which is a row of the verdict table.

    Attributes:
        subject: the algorithm or bound that was checked.
        claim: the statement that should be true of it.
        outcome: the outcome of the check; INAPPLICABLE where a package is missing.
        promised: the number that was expected, or is an upper bound.
        measured: the number that was found, with its interval where there is one.
        tightness: promised over measured, for bounds.
        evidence: the kind of evidence, or why the check was not made.
    """

    subject: str
    claim: str
    outcome: Outcome
    promised: str = ""
    measured: str = ""
    tightness: str = ""
    evidence: str = ""

    @property
    def holds(self) -> bool:
        """Whether the check passed, or could not be made."""
        return self.outcome in (Outcome.HOLDS, Outcome.INAPPLICABLE)

    @property
    def row(self) -> list[str]:
        """The check as a row of the verdict table."""
        cells = (self.promised, self.measured, self.tightness, self.evidence)
        return [self.subject, self.claim, self.outcome.value, *cells]


def check_moments() -> ExactCheck:
    """Compares the exact expectation of a run's average of |grad F|^2 with its mean over seeds."""
    measure = "squared_gradient_norm"
    exact = moments(ALGORITHM, PROBLEM, num_rounds=NUM_ROUNDS).trajectory.final_averages[measure]
    run = simulate(ALGORITHM, PROBLEM, num_rounds=NUM_ROUNDS, seeds=range(NUM_SEEDS))
    sample = run.final_averages[measure].numpy()
    mean, error = float(sample.mean()), float(sample.std(ddof=1)) / NUM_SEEDS**0.5
    low, high = student_interval(sample)
    agrees = abs(mean - float(exact)) <= STANDARD_ERRORS * error
    return ExactCheck(
        "overlap_local_sgd",
        "mean over seeds is the exact expectation",
        Outcome.HOLDS if agrees else Outcome.VIOLATED,
        number(float(exact)),
        f"{mean:.3g} [{low:.3g}, {high:.3g}]",
        "",
        f"{NUM_SEEDS} seeds",
    )


def check_worst_case(bound: Bound, algorithm: Algorithm[Any]) -> ExactCheck:
    """Compares a bound with the worst functions of its class, over two rounds of two steps.

    Args:
        bound: an upper bound with explicit constants.
        algorithm: its method; the bound's best step size replaces its own.
    """
    claim = f"above the exact worst case, R = {SHORT['num_rounds']:g}"
    method = replace(algorithm, local_steps=2)
    known = {**CONSTANTS, **SHORT, "local_steps": 2.0, "pullback": getattr(method, "pullback", 0)}
    values = {name: known[name] for name in bound.parameters if name in known}
    values["step_size"] = best_step_size(bound, values).step_size
    try:
        found = tightness(bound, values)
    except ImportError as error:
        return ExactCheck(bound.key, claim, Outcome.INAPPLICABLE, evidence=str(error))
    holds = found.ratio >= 1 - 1e-6  # up to the solver's tolerance: these bounds may be tight
    return ExactCheck(
        bound.key,
        claim,
        Outcome.HOLDS if holds else Outcome.VIOLATED,
        number(found.promised),
        number(found.attained),
        number(found.ratio),
        "worst case",
    )


def exact_checks(subjects: Sequence[tuple[Bound, Algorithm[Any]]]) -> tuple[ExactCheck, ...]:
    """Returns the check of the exact moments, then a worst-case check of every bound."""
    return (check_moments(), *(check_worst_case(*subject) for subject in subjects))
