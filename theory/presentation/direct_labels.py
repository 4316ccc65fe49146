"""Labels at the ends of curves, in place of a legend, moved apart where they would overlap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GAP = 1.35
"""The least distance between labels, in heights of a letter."""


@dataclass(frozen=True)
class EndLabel:
    """A label at the right end of a curve.

    Attributes:
        x, y: the end of the curve, in units of the axes.
        text: what the curve is.
        color: the colour of the curve, which the text has as well.
    """

    x: float
    y: float
    text: str
    color: str


def label_ends(axes: Axes, labels: Sequence[EndLabel], fontsize: float = 8.0) -> None:
    """Writes labels to the right of axes whose limits are set, each joined to its curve by a line.

    Args:
        axes: where the curves are drawn; the labels stand outside of it, at the right.
        labels: one for each curve; a curve that ends in no finite number has no end to label.
        fontsize: size of the letters in points.
    """
    labels = [item for item in labels if math.isfinite(item.x) and math.isfinite(item.y)]
    if not labels:
        return
    height = axes.get_window_extent().height * 72 / axes.figure.dpi  # in points
    place = axes.transData + axes.transAxes.inverted()
    ends = place.transform([(item.x, item.y) for item in labels])
    # A label of several lines takes the place of as many labels, and stands in their middle.
    lines = [item.text.count("\n") + 1 for item in labels]
    placed = spread_apart(np.repeat(ends[:, 1], lines), _GAP * fontsize / height)
    heights = [part.mean() for part in np.split(placed, np.cumsum(lines)[:-1])]
    for item, (x, y), level in zip(labels, ends, heights, strict=True):
        axes.annotate(
            item.text,
            xy=(x, y),
            xytext=(1.04, level),
            xycoords="axes fraction",
            textcoords="axes fraction",
            color=item.color,
            fontsize=fontsize,
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": item.color, "lw": 0.6, "alpha": 0.6},
        )


def spread_apart(heights: Sequence[float] | np.ndarray, gap: float) -> np.ndarray:
    """Returns heights at least a gap apart, in the same order and as near to their own as may be.

    Example:
        >>> spread_apart([0.5, 0.5, 0.9], 0.1).tolist()
        [0.45, 0.55, 0.9]
    """
    order = np.argsort(heights, kind="stable")
    groups: list[list[float]] = []  # runs of labels that touch, each as a list of wishes
    for wish in np.asarray(heights, dtype=float)[order]:
        groups.append([float(wish)])
        while len(groups) > 1 and _first(groups[-1], gap) - _last(groups[-2], gap) < gap:
            groups[-2:] = [groups[-2] + groups[-1]]
    placed = np.empty(len(order))
    placed[order] = [
        _first(group, gap) + index * gap for group in groups for index in range(len(group))
    ]
    return placed.round(12)


def _first(wishes: Sequence[float], gap: float) -> float:
    """The place of the first label of a run that is centred on the wishes of all."""
    return float(np.mean(wishes)) - gap * (len(wishes) - 1) / 2


def _last(wishes: Sequence[float], gap: float) -> float:
    return _first(wishes, gap) + gap * (len(wishes) - 1)
