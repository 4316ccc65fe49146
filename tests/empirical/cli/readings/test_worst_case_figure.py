"""The figure of worst cases hides no bound: equal ones share a curve, all others have their own."""

from matplotlib.figure import Figure

from empirical.cli.readings.worst_case_figure import _draw_bounds


def rows(**columns):
    """Two rows with a value of each bound."""
    return [
        {"bounds": [{"key": key, "bound": values[i]} for key, values in columns.items()]}
        for i in range(2)
    ]


def test_equal_bounds_share_a_curve_and_silent_ones_have_none():
    axes = Figure().subplots()
    found = _draw_bounds(axes, [1, 2], rows(a=(4, 2), b=(4, 2), c=(4, 3), d=(None, None)))
    assert [item.text for item in found] == ["bound a\n= b", "bound c"]
    assert len(axes.lines) == 2


def test_every_bound_that_differs_is_drawn_however_many_there_are():
    axes = Figure().subplots()
    found = _draw_bounds(axes, [1, 2], rows(**{f"b{i}": (9 + i, 5 + i) for i in range(8)}))
    assert len(found) == len(axes.lines) == 8
