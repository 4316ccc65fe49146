"""The command `python -m theory`, which has every subcommand that needs no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NoReturn

from cyclopts import App, Group

from theory.cli.catalogue_commands import list_bounds, show
from theory.cli.comparison_commands import compare, crossover
from theory.cli.completion_command import completion_of
from theory.cli.evaluate_command import evaluate
from theory.cli.export_commands import diff, export
from theory.cli.proof_commands import mutate, prove
from theory.cli.tuning_commands import exponents, invert, tune
from theory.presentation.terminal import new_app, run_app

COMMANDS: Mapping[str, Callable[..., int]] = MappingProxyType(
    {
        "bounds": list_bounds,
        "show": show,
        "evaluate": evaluate,
        "tune": tune,
        "invert": invert,
        "compare": compare,
        "crossover": crossover,
        "exponents": exponents,
        "prove": prove,
        "mutate": mutate,
        "export": export,
        "diff": diff,
    }
)
"""The subcommands that need no torch, by name."""


GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Theorems": ("bounds", "show", "evaluate", "tune", "invert", "exponents", "export"),
        "Several theorems": ("compare", "crossover", "diff"),
        "Proofs": ("prove", "mutate", "falsify"),
        "Exact readings of algorithms": ("moments", "worst-case", "stability", "mixing"),
        "Experiments": ("run", "judge", "report", "verify"),
    }
)
"""The headings under which --help lists commands, in order; those of empirical/ included."""


def main() -> NoReturn:
    """Runs the command `python -m theory`."""
    app = new_app("theory")
    add_commands(app, COMMANDS)
    run_app(app)


def add_commands(app: App, commands: Mapping[str, Callable[..., int]]) -> None:
    """Adds commands to an app under their names, each in its group of GROUPS.

    Args:
        app: the app.
        commands: functions by the name of the command; names that are in no group are left out.
    """
    for place, (title, names) in enumerate(GROUPS.items()):
        group = Group(title, sort_key=place)
        for name in names:
            if name in commands:
                app.command(commands[name], name=name, group=group)
    shell = Group("Shell", sort_key=len(GROUPS))
    app.command(completion_of(app), name="completion", group=shell)
    options = Group("Options", sort_key=len(GROUPS) + 1)
    for name in ("--help", "--version"):
        app[name].group = options
