"""Laws of limits: a bound tends to infinity where its method breaks down."""

from __future__ import annotations

import numpy as np

from theory.bound import Bound
from theory.comparison.random_points import drawn
from theory.testing.requirement import require

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
"""Limits at which a bound tends to infinity, and why.

Each row holds the key of the bound, a quantity, the end of its range, and what happens there.
"""


def a_bound_grows_without_end(bound: Bound, name: str, end: float, points: int = 20) -> None:
    """Checks that a bound grows without end as a quantity tends to an end of its range.

    The check is that the bound at a distance of 1e-12 from the end exceeds 1000 times the bound in
    the middle of the range.

    Args:
        bound: the bound; whether its conditions hold is ignored.
        name: the name of a quantity with a range in [0, 1].
        end: the end to which the quantity tends, 0 or 1.
        points: the number of random points for the other quantities.

    Raises:
        AssertionError: the bound stays bounded at some point.
    """
    values = drawn(bound.parameters, points, seed=0)
    middle, near = (
        bound.evaluate(**{**values, name: np.full(points, abs(end - distance))}).value
        for distance in (0.5, 1e-12)
    )
    require((near > 1e3 * middle).all(), f"{bound.key} stays bounded as {name} tends to {end:g}")
