import numpy as np
import pytest

from theory.catalogue import lookup
from theory.cli.arguments import grid
from theory.comparison.comparison import compare
from theory.presentation.comparison_figures import comparison_figure

BOUNDS = [lookup("local_sgd.nonconvex"), lookup("minibatch_sgd.nonconvex")]
VALUES = {"num_workers": 16, "num_rounds": 1000, "smoothness": 1, "gradient_noise": 1}
VALUES |= {"heterogeneity": 0.5, "initial_gap": 1, "local_steps": 8}


def found(**changed):
    given = {**VALUES, **changed}
    columns = {name: np.atleast_1d(np.asarray(value, float)) for name, value in given.items()}
    return compare(BOUNDS, grid(columns))


def test_one_range_is_curves_and_two_are_a_map():
    [axes] = comparison_figure(found(local_steps=[1, 2, 4])).axes
    assert [line.get_label() for line in axes.lines] == [item.key for item in BOUNDS]
    assert axes.get_xlabel() == "local steps  $K$  [$1$]"
    [axes] = comparison_figure(found(local_steps=[1, 2], num_rounds=[10, 100])).axes
    labels = [axes.get_xlabel(), axes.get_ylabel()]
    assert labels == ["num rounds  $R$  [$1$]", "local steps  $K$  [$1$]"]


def test_other_numbers_of_ranges_and_marks_elsewhere_are_refused():
    with pytest.raises(ValueError, match="draws one or two ranges, not 0"):
        comparison_figure(found())
    with pytest.raises(ValueError, match="--mark takes local_steps, not num_rounds"):
        comparison_figure(found(local_steps=[1, 2]), {"num_rounds": 9})
