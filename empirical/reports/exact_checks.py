"""What verify checks with the exact readings: each of them against something else."""

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
"""Of the simulation that exact moments are held against."""

STANDARD_ERRORS = 4.0
"""How far a mean over seeds may be from the exact expectation."""

PROBLEM = Quadratic(
    num_workers=4, size=5, lowest=0.05, heterogeneity=1.0, gradient_noise=8.0, start=1.0
)
ALGORITHM = OverlapLocalSGD(local_steps=4, step_size=0.05, pullback=0.6, anchor_momentum=0.7)
NUM_ROUNDS = 25

CONSTANTS = {"smoothness": 1.0, "initial_gap": 1.0, "heterogeneity": 1.0, "gradient_noise": 0.0}
SHORT = {"num_workers": 2.0, "num_rounds": 2.0}
"""Two rounds without noise: a worst case is solved there in a blink."""


@dataclass(frozen=True)
class ExactCheck:
    """One line of the verdict table.

    Attributes:
        subject: what was checked.
        claim: what should be.
        outcome: whether it is; INAPPLICABLE where a package is missing.
        promised: the number that it was held against.
        measured: what was found, with its interval where there is one.
        tightness: promised over measured, where that says something.
        evidence: on what grounds.
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
        """Whether nothing speaks against it."""
        return self.outcome in (Outcome.HOLDS, Outcome.INAPPLICABLE)

    @property
    def row(self) -> list[str]:
        """As the verdict table has it."""
        cells = (self.promised, self.measured, self.tightness, self.evidence)
        return [self.subject, self.claim, self.outcome.value, *cells]


def check_moments() -> ExactCheck:
    """The exact expectation of a run's average against its mean over seeds."""
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
    """A bound against the worst functions of its class, over two rounds."""
    claim = f"above the exact worst case, R = {SHORT['num_rounds']:g}"
    method = replace(algorithm, local_steps=2)
    known = {**CONSTANTS, **SHORT, "local_steps": 2.0, "pullback": getattr(method, "pullback", 0)}
    values = {name: known[name] for name in bound.parameters if name in known}
    values["step_size"] = best_step_size(bound, values).step_size
    try:
        found = tightness(bound, values)
    except ImportError as error:
        return ExactCheck(bound.key, claim, Outcome.INAPPLICABLE, evidence=str(error))
    holds = found.ratio >= 1 - 1e-6  # the solver's tolerance
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
    """The exact moments, and a worst case of every bound."""
    return (check_moments(), *(check_worst_case(*subject) for subject in subjects))
