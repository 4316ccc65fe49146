"""Labels at the ends of curves never overlap and keep the order of the curves."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from theory.presentation.direct_labels import EndLabel, label_ends, spread_apart


@given(heights=st.lists(st.floats(-1, 2), min_size=1, max_size=12), gap=st.floats(0.01, 0.3))
def test_labels_are_apart_and_in_order(heights, gap):
    placed = spread_apart(heights, gap)
    order = np.argsort(heights, kind="stable")
    assert (np.diff(placed[order]) >= gap - 1e-9).all()
    if len(heights) == 1 or np.diff(np.sort(heights)).min() >= gap:
        np.testing.assert_allclose(placed, heights, atol=1e-9)


def test_labels_of_several_lines_do_not_overlap_on_a_figure():
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot([1, 2], [1, 10])
    axes.set_yscale("log")
    figure.canvas.draw()
    texts = ["one\ntwo\nthree", "four", "five\nsix"]
    label_ends(axes, [EndLabel(2, 9.0, text, "black") for text in texts])
    figure.canvas.draw()
    height = axes.get_window_extent().height
    spans = sorted(
        (item.get_position()[1] * height, (item.get_text().count("\n") + 1) * 8 * 100 / 72)
        for item in axes.texts
    )
    for (low, tall), (high, taller) in itertools.pairwise(spans):
        assert high - low >= (tall + taller) / 2


def test_no_labels_are_no_fault():
    label_ends(Figure().subplots(), [])


def test_a_curve_that_ends_nowhere_has_no_label():
    axes = Figure().subplots()
    axes.plot([1, 2], [1, 2])
    label_ends(axes, [EndLabel(2, np.nan, "lost", "black"), EndLabel(2, 2.0, "kept", "black")])
    assert [item.get_text() for item in axes.texts] == ["kept"]
