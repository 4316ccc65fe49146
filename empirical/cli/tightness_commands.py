"""Commands of the torch-free half with a column more: what is attained beside a bound."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from theory.cli import comparison_commands, evaluate_command
from theory.cli.comparison_commands import CompareOptions
from theory.cli.evaluate_command import EvaluateOptions, Reading

Tight = Annotated[
    bool,
    Parameter(
        name="--tightness",
        negative="",
        help="Set the exact worst case, or exact moments of hard instances, beside each bound.",
    ),
]


def evaluate(  # noqa: D103  # has the text of the torch-free command, set below
    key: str,
    *assignments: str,
    options: EvaluateOptions = evaluate_command.DEFAULTS,
    tightness: Tight = False,
) -> int:
    reading = _reading() if tightness else None
    return evaluate_command.evaluate(key, *assignments, options=options, reading=reading)


def compare(  # noqa: D103  # likewise
    *keys_and_assignments: str,
    options: CompareOptions = comparison_commands.DEFAULTS,
    tightness: Tight = False,
) -> int:
    reading = _reading() if tightness else None
    return comparison_commands.compare(*keys_and_assignments, options=options, reading=reading)


evaluate.__doc__ = evaluate_command.evaluate.__doc__
compare.__doc__ = comparison_commands.compare.__doc__


def _reading() -> Reading:
    from empirical.falsification.tightness import beside

    return beside
