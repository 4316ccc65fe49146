"""Pictures of bounds. matplotlib is imported when a picture is asked for, not before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from theory.notation import GLOSSARY


def axis_label(name: str) -> str:
    """Name, symbol and unit of a glossary quantity."""
    row = GLOSSARY[name]
    return f"{name.replace('_', ' ')}  ${row.latex}$  [${row.unit.latex}$]"


def curves(
    x: np.ndarray, lines: Mapping[str, np.ndarray], *, name: str, label: str, path: Path
) -> None:
    """Draws values against one hyperparameter, both axes logarithmic.

    Args:
        x: the hyperparameter.
        lines: values by legend entry; nan leaves a gap.
        name: glossary name of x.
        label: of the vertical axis, with its unit.
        path: where the picture goes; the ending says which kind.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
    for legend, values in lines.items():
        axes.loglog(x, values, marker=".", label=legend)
    axes.set_xlabel(axis_label(name))
    axes.set_ylabel(label)
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend()
    figure.savefig(path, dpi=150)
    plt.close(figure)


def best_map(
    x: np.ndarray,
    y: np.ndarray,
    best: np.ndarray,
    keys: Sequence[str],
    *,
    names: tuple[str, str],
    path: Path,
) -> None:
    """Draws which of several bounds is least, by colour, over two hyperparameters.

    Args:
        x: values of the first hyperparameter, (nx,).
        y: values of the second, (ny,).
        best: index into keys, (nx, ny); -1 where no bound applies.
        keys: of the bounds.
        names: glossary names of x and y.
        path: where the picture goes.
    """
    import matplotlib.pyplot as plt
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    colours = ["#dddddd", *plt.get_cmap("tab10").colors[: len(keys)]]
    figure, axes = plt.subplots(figsize=(6.4, 4.6), layout="constrained")
    axes.pcolormesh(
        x,
        y,
        best.T,
        cmap=ListedColormap(colours),
        vmin=-1.5,
        vmax=len(keys) - 0.5,
        shading="nearest",
    )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(axis_label(names[0]))
    axes.set_ylabel(axis_label(names[1]))
    shown = [index for index in range(-1, len(keys)) if (best == index).any()]
    legend = [
        Patch(color=colours[i + 1], label=keys[i] if i >= 0 else "none applies") for i in shown
    ]
    axes.legend(handles=legend, title="least bound", loc="upper left", bbox_to_anchor=(0, 1.2))
    figure.savefig(path, dpi=150)
    plt.close(figure)
