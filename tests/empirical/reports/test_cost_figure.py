"""The figure of costs: what no other method beats is labelled, all else is grey."""

import dataclasses

import numpy as np

from empirical.reports.cost_figure import costs_figure, frontier
from empirical.reports.costs import costs


def changed(cost, label, spent, end):
    return dataclasses.replace(
        cost, label=label, sent=spent / 2, received=spent / 2, end=np.array([end, end])
    )


def test_the_frontier_is_what_no_other_beats(groups):
    one = costs(groups)[0]  # an objective, of which less is better
    cheap, middle, dear = (
        changed(one, "cheap", 1.0, 3.0),
        changed(one, "middle", 2.0, 3.5),
        changed(one, "dear", 9.0, 1.0),
    )
    lost = changed(one, "lost", 0.5, np.nan)
    assert [cost.label for cost in frontier([middle, dear, lost, cheap])] == ["cheap", "dear"]
    accurate = [dataclasses.replace(item, measure="test_accuracy") for item in (cheap, dear)]
    assert [cost.label for cost in frontier(accurate)] == ["cheap"]


def test_others_are_grey_and_counted(groups):
    one = costs(groups)[0]
    shown = [changed(one, f"best {index}", 1.0 + index, 9.0 - index) for index in range(3)]
    hidden = [changed(one, f"worse {index}", 5.0 + index, 20.0) for index in range(4)]
    figure = costs_figure([*shown, *hidden, changed(one, "minibatch_sgd", 50.0, 30.0)])
    [axes] = figure.axes
    texts = [item.get_text() for item in axes.texts]
    for label in ("best 0", "best 1", "best 2", "minibatch_sgd"):
        assert any(text.startswith(label) for text in texts)
    assert not any("worse" in text for text in texts[:-1])
    assert texts[-1] == "light grey: 4 others, which cost more or end worse"
    colours = {line.get_color() for line in axes.lines}
    assert len(colours) == 5  # three of their own, dark grey and light grey


def test_of_many_that_none_beats_the_cheapest_and_the_best_are_labelled(groups):
    one = costs(groups)[0]
    figure = costs_figure([changed(one, f"m{i}.", 1.0 + i, 20.0 - i) for i in range(11)])
    texts = [item.get_text() for item in figure.axes[0].texts]
    assert [text.split(".")[0] for text in texts[:-1]] == ["m0", "m2", "m4", "m6", "m8", "m10"]
    assert texts[-1] == "light grey: 5 others"
