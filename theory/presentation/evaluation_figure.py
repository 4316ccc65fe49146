"""A bound over one hyperparameter as a figure: its terms as curves, or as shares of their sum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from theory.bound import Bound, Evaluation
from theory.presentation.figures import curves, stacked

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def evaluation_figure(
    bound: Bound, points: Mapping[str, np.ndarray], evaluation: Evaluation, *, stack: bool = False
) -> Figure:
    """Draws a bound and its terms against the one hyperparameter that varies.

    Args:
        bound: the bound that was evaluated.
        points: columns of values by name, all of one length.
        evaluation: the values of the bound and of its terms at these points.
        stack: whether to draw the terms as shares of the bound, stacked.

    Raises:
        ValueError: none of the columns varies, or more than one does.
    """
    varying = [name for name, column in points.items() if len(set(column)) > 1]
    if len(varying) != 1:
        raise ValueError(f"--figure draws one range, not {', '.join(varying) or 'none'}")
    [name] = varying
    unit = f"[${bound.measure.unit.latex}$]"
    if stack:
        titles = {"label": f"bound  {unit}", "title": bound.key}
        return stacked(points[name], evaluation.terms, name=name, **titles)
    # The curve has a gap where the bound's conditions fail.
    stands = np.where(evaluation.holds, evaluation.value, np.nan)
    lines = {"bound": stands, **evaluation.terms}
    return curves(points[name], lines, name=name, label=f"{bound.key}  {unit}")
