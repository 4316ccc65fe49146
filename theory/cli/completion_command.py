"""The command `completion`, which prints a script that completes commands in a shell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from cyclopts import App

from theory.presentation.terminal import DONE

Shell = Literal["bash", "zsh", "fish"]


def completion_of(app: App) -> Callable[[Shell], int]:
    """Returns the command that prints completions of an app's commands and options."""

    def completion(shell: Shell) -> int:
        """Print a script that completes commands and options in a shell.

        Args:
            shell: bash, zsh or fish; `source <(ratebound completion bash)` sets it up until the
                shell ends, and the same line in its startup file for good.
        """
        print(app.generate_completion(shell=shell))
        return DONE

    return completion
