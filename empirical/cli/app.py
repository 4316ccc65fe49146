"""The command `ratebound`: the torch-free half, and what needs torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NoReturn

from empirical.cli.falsify_command import falsify
from empirical.cli.readings.commands import mixing, moments, stability, worst_case
from empirical.cli.report_commands import judge, report, verify
from empirical.cli.run_command import run
from empirical.cli.tightness_commands import compare, evaluate
from theory.cli import app as torch_free
from theory.presentation.terminal import new_app, run_app

COMMANDS: Mapping[str, Callable[..., int]] = MappingProxyType(
    {
        **torch_free.COMMANDS,
        "evaluate": evaluate,
        "compare": compare,
        "worst-case": worst_case,
        "moments": moments,
        "mixing": mixing,
        "stability": stability,
        "falsify": falsify,
        "run": run,
        "judge": judge,
        "report": report,
        "verify": verify,
    }
)
"""Every command, by name."""


def main() -> NoReturn:
    """Entry point of ratebound and of python -m empirical."""
    app = new_app("ratebound")
    torch_free.add_commands(app, COMMANDS)
    run_app(app)
