"""Tries many wrong inputs: python -m tests.fuzz.many [COUNT]; 20,000 unless a count is given."""

from __future__ import annotations

import os
import sys
import time

KINDS = 7
"""Kinds of inputs, which share the count evenly."""


def main(count: int) -> int:
    """Runs every kind of input on its share of a count; returns how many kinds fell."""
    os.environ["RATEBOUND_FUZZ"] = str(-(-count // KINDS))
    from tests.fuzz import test_fuzz

    kinds = [getattr(test_fuzz, name) for name in dir(test_fuzz) if name.startswith("test_")]
    assert len(kinds) == KINDS
    fallen = 0
    for kind in kinds:
        begun = time.monotonic()
        try:
            kind()
            said = "ok"
        except BaseException as error:
            notes = " ".join(getattr(error, "__notes__", ()))
            said = f"FELL: {type(error).__name__}: {error} {notes}"[:3000]
            fallen += 1
        print(f"{kind.__name__}: {said} ({time.monotonic() - begun:.0f} s)", flush=True)
    return fallen


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)))
