"""What is drawn, read back from the figure's artists; no figure is compared pixel by pixel."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg

from theory.presentation.regime_map import Regimes, regime_map


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


def test_a_map_says_everything_in_its_legend():
    figure = regime_map(made(), {"local_steps": 8, "num_rounds": 100})
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


def test_nothing_is_clipped():
    figure = regime_map(made())
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    page = figure.bbox
    for part in (*figure.legends, figure._supxlabel, figure.axes[0].xaxis, figure.axes[0].yaxis):
        box = part.get_tightbbox(canvas.get_renderer())
        assert page.x0 <= box.x0
        assert box.x1 <= page.x1
        assert page.y0 <= box.y0
        assert box.y1 <= page.y1


def test_the_line_between_two_regions_is_where_they_are_equal():
    figure = regime_map(made())
    sets = [item for item in figure.axes[0].collections if hasattr(item, "levels")]
    stripes = [item for item in sets if list(item.levels) == [0]]
    assert len(stripes) == 3  # white, and one of each colour
    places = np.concatenate([path.vertices for path in stripes[0].get_paths()])
    assert len(places) > 10
    np.testing.assert_allclose(np.log(places[:, 0] / places[:, 1]), 0, atol=0.1)
