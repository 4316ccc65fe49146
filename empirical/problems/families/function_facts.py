"""Facts about functions that several problems declare."""

from __future__ import annotations

from theory.assumptions import Assumption


def curved_from(lowest: float) -> frozenset[Assumption]:
    """Facts of workers whose curvature is at least that, if their noise adds a linear function.

    A sample's loss is then f_m and a linear function, convex and L-smooth where f_m is.
    """
    convex = frozenset({Assumption.SAMPLES_CONVEX_SMOOTH} if lowest >= 0 else ())
    return convex | ({Assumption.WORKERS_STRONGLY_CONVEX} if lowest > 0 else frozenset())


def parabolas(*, one_hessian: bool) -> frozenset[Assumption]:
    """Facts of workers whose functions are quadratic."""
    kind = Assumption.QUADRATIC if one_hessian else Assumption.WORKERS_QUADRATIC
    return frozenset({kind, Assumption.THIRD_ORDER_SMOOTH})


CONVEX_QUADRATICS = parabolas(one_hessian=False) | curved_from(0.0)
"""Facts of workers whose functions are quadratic and convex, with Hessians of their own."""


def check_two_camps(num_workers: int) -> None:
    """Refuses workers that two camps cannot share evenly.

    Raises:
        ValueError: their number is odd.
    """
    if num_workers % 2:
        raise ValueError(f"num_workers={num_workers} must be even: half are in each camp")


def alike(same: bool) -> frozenset[Assumption]:
    """The fact that all workers have one function, where they have."""
    return frozenset({Assumption.HOMOGENEOUS} if same else ())
