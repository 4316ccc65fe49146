"""What is drawn, read back from the picture's artists; no picture is compared pixel by pixel."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from theory.figures import Regimes, regime_map, stacked, touching


@pytest.fixture
def drawn(monkeypatch):
    """Keeps the figure that a function saves and closes."""
    kept = []
    monkeypatch.setattr(plt, "close", kept.append)
    yield kept
    monkeypatch.undo()
    plt.close("all")


def made(size=21):
    """Two bounds that are equal on the diagonal, and a third that is never the least."""
    x = y = np.geomspace(1, 1000, size)
    first = np.broadcast_to(x[:, None], (size, size))
    second = np.broadcast_to(y, (size, size))
    values = {"first": first, "second": second, "third": first + second}
    best = np.argmin(np.stack(list(values.values())), axis=0)
    return Regimes(
        names=("local_steps", "num_rounds"),
        x=x,
        y=y,
        best=best,
        values=values,
        gap=first * second,
        fixed={"num_workers": 64.0},
        lines={"$K = R$": (x, x)},
    )


def test_a_map_says_everything_in_its_legend(drawn, tmp_path):
    regime_map(made(), tmp_path / "map.png", {"local_steps": 8, "num_rounds": 100})
    [figure] = drawn
    [legend] = figure.legends
    texts = [item.get_text() for item in legend.get_texts()]
    assert texts[:2] == ["first", "second"]
    assert "third" not in texts
    assert "$K = R$" in texts
    assert "local steps 8, num rounds 100" in texts
    assert any("greatest lower bound" in text for text in texts)
    axes = figure.axes[0]
    assert axes.get_xlabel() == "local steps  $K$  [$1$]"
    assert axes.get_xscale() == axes.get_yscale() == "log"
    star = next(line for line in axes.lines if line.get_marker() == "*")
    assert (star.get_xdata()[0], star.get_ydata()[0]) == (8, 100)


def test_nothing_is_clipped(drawn, tmp_path):
    regime_map(made(), tmp_path / "map.png")
    [figure] = drawn
    page = figure.bbox
    for part in (*figure.legends, figure._supxlabel, figure.axes[0].xaxis, figure.axes[0].yaxis):
        box = part.get_tightbbox(figure.canvas.get_renderer())
        assert page.x0 <= box.x0
        assert box.x1 <= page.x1
        assert page.y0 <= box.y0
        assert box.y1 <= page.y1


def test_the_line_between_two_regions_is_where_they_are_equal(drawn, tmp_path):
    regime_map(made(), tmp_path / "map.png")
    sets = [item for item in drawn[0].axes[0].collections if hasattr(item, "levels")]
    stripes = [item for item in sets if list(item.levels) == [0]]
    assert len(stripes) == 3  # white, and one of each colour
    places = np.concatenate([path.vertices for path in stripes[0].get_paths()])
    assert len(places) > 10
    np.testing.assert_allclose(np.log(places[:, 0] / places[:, 1]), 0, atol=0.1)


def test_regions_touch_across_cells_of_either_direction():
    best = np.array([[0, 0, 1], [0, 2, -1]])
    assert touching(best) == {(0, 2): [(0, 1), (1, 0)], (0, 1): [(0, 1)]}


def test_stacked_areas_are_shares_of_the_sum(drawn, tmp_path):
    terms = {"a": np.array([1.0, 1.0]), "b": np.array([3.0, 1.0])}
    x = np.array([1.0, 10.0])
    stacked(
        x, terms, name="local_steps", label="bound  [f]", title="t", path=tmp_path / "stack.png"
    )
    above, below = drawn[0].axes
    np.testing.assert_allclose(above.lines[0].get_ydata(), [4, 2])
    edges = [area.get_paths()[0].vertices[:, 1] for area in below.collections]
    assert edges[0].max() == pytest.approx(50)
    assert edges[0][np.isfinite(edges[0])].min() == 0
    assert edges[1].max() == pytest.approx(100)
    assert below.get_xlabel().startswith("local steps")
