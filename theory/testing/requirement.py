"""What a law demands of its subject, checked with and without Python's optimisation."""

from __future__ import annotations


def require(holds: object, what: object = "") -> None:
    """Raises AssertionError unless something holds.

    It stands where `assert` would, which `python -O` leaves out: a law that checks nothing must not
    pass.

    Args:
        holds: what must be true.
        what: what is wrong if it is not.

    Raises:
        AssertionError: it does not hold.

    Example:
        >>> require(1 + 1 == 2, "arithmetic")
    """
    if not holds:
        raise AssertionError(what)
