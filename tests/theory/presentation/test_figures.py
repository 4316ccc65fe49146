"""What is drawn, read back from the figure's artists; no figure is compared pixel by pixel."""

import numpy as np
import pytest

from theory.presentation.figures import stacked


def test_stacked_areas_are_shares_of_the_sum():
    terms = {"a": np.array([1.0, 1.0]), "b": np.array([3.0, 1.0])}
    x = np.array([1.0, 10.0])
    figure = stacked(x, terms, name="local_steps", label="bound  [f]", title="t")
    above, below = figure.axes
    np.testing.assert_allclose(above.lines[0].get_ydata(), [4, 2])
    edges = [area.get_paths()[0].vertices[:, 1] for area in below.collections]
    assert edges[0].max() == pytest.approx(50)
    assert edges[0][np.isfinite(edges[0])].min() == 0
    assert edges[1].max() == pytest.approx(100)
    assert below.get_xlabel().startswith("local steps")
