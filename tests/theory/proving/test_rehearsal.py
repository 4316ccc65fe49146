"""A run on symbols finds wrong weights, wrong steps and wrong virtual points."""

import pytest
import sympy as sp

from theory.proofs.pull_back import RUN, rho
from theory.proving.quantities import alpha
from theory.proving.rehearsal import Rehearsal


def within(t: int, s: int) -> int:
    return int(t // RUN.local_steps == s // RUN.local_steps)


RIGHT = {
    "effective_step": rho,
    "weights": lambda t, s: rho ** (t // RUN.local_steps - s // RUN.local_steps),
    "lag_weights": lambda t, s: alpha * within(t, s),
}


def test_the_pull_back_has_its_weights() -> None:
    assert RUN.agrees("run", **RIGHT).flaw() is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"effective_step": sp.Integer(1)},
        {"weights": within},
        {"weights": lambda t, s: rho ** (t - s)},
        {"lag_weights": lambda t, s: 0},
        {"lag_weights": lambda t, s: alpha},
    ],
    ids=["effective step", "no memory", "off by rounds", "no lag", "lag of all rounds"],
)
def test_other_weights_are_refuted(wrong) -> None:
    assert RUN.agrees("run", **{**RIGHT, **wrong}).flaw() is not None


def test_pulling_back_to_the_newest_mean_is_another_method() -> None:
    def fresh(workers: list[sp.Expr], anchor: sp.Expr) -> tuple[list[sp.Expr], sp.Expr]:
        mean = sp.Add(*workers) / len(workers)
        return [rho * worker + alpha * mean for worker in workers], mean

    assert Rehearsal(fresh, RUN.virtual).agrees("run", **RIGHT).flaw() is not None
