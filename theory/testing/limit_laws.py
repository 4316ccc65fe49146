"""Laws of limits: a bound exceeds every number where its method breaks down."""

from __future__ import annotations

import numpy as np

from theory.bound import Bound
from theory.comparison.random_points import drawn

ENDS = (
    ("overlap_local_sgd.nonconvex", "pullback", 0, "workers are never pulled together"),
    ("overlap_local_sgd.nonconvex.tuned", "pullback", 1, "workers stand still"),
    ("decentralized_sgd.nonconvex", "mixing_rate", 1, "workers never communicate"),
    ("oldsgd.nonconvex", "mixing_rate", 1, "workers never communicate"),
    ("cooperative_sgd.nonconvex", "mixing_rate", 1, "workers never communicate"),
    ("slowmo.nonconvex", "slow_momentum", 1, "the outer step grows without end"),
    ("diloco.nonconvex", "outer_momentum", 1, "the outer step grows without end"),
    ("local_momentum_sgd.nonconvex", "momentum", 1, "the step grows without end"),
    ("compressed.nonconvex.error_feedback", "contraction", 0, "nothing is sent"),
    ("compressed.nonconvex.ef21", "contraction", 0, "nothing is sent"),
)
"""Where a bound exceeds every number: key, quantity, the end of its range, and what happens."""


def a_bound_grows_without_end(bound: Bound, name: str, end: float, points: int = 20) -> None:
    """Near an end of the range of a quantity a bound exceeds every number.

    Args:
        bound: the theorem; its conditions play no part.
        name: of a quantity with a range in [0, 1].
        end: 0 or 1, towards which the quantity goes.
        points: how many numbers are drawn for the other quantities.

    Raises:
        AssertionError: it stays bounded at some numbers.
    """
    values = drawn(bound.parameters, points, seed=0)
    middle, near = (
        bound.evaluate(**{**values, name: np.full(points, abs(end - distance))}).value
        for distance in (0.5, 1e-12)
    )
    assert (near > 1e3 * middle).all(), f"{bound.key} stays bounded as {name} tends to {end:g}"
