"""A run on symbols finds wrong weights, wrong steps and wrong virtual points."""

import pytest
import sympy as sp

from theory.proofs.theorem_g.pull_back import RUN, rho
from theory.proving.quantities import alpha
from theory.proving.templates.symbolic_run import Rehearsal


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


def test_weights_may_be_matrices_and_memories_anything() -> None:
    """Gossip that hides behind a round: W acts on where workers stood when it began."""
    p = sp.Symbol("p", real=True)
    W = sp.ImmutableMatrix([[1 - p, p], [p, 1 - p]])

    def merge(workers: list[sp.Expr], starts: tuple[sp.Expr, ...]):
        merged = list(W * sp.Matrix(starts) + sp.Matrix(workers) - sp.Matrix(starts))
        return merged, tuple(merged)

    run = Rehearsal(merge, lambda mean, _: mean, memory=(sp.Integer(0),) * 2, num_workers=2)
    for shift, holds in ((1, True), (0, False)):

        def weight(t: int, s: int, shift: int = shift):
            later = t // 2 - s // 2
            return W ** (later - shift) if later else 1

        step = run.agrees("run", effective_step=1, weights=weight, lag_weights=lambda t, s: 0)
        assert (step.flaw() is None) is holds
