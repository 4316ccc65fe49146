import pytest

from empirical.readings.performance_estimation.setting import FunctionClass, Setting, Summary
from theory.measures import Quantity

BENT, CONVEX = FunctionClass(lowest=-1), FunctionClass(lowest=0, smoothness=2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"smoothness": 0}, "smoothness=0 must be a number > 0"),
        ({"lowest": 1}, r"lowest=1 must lie in \[-smoothness, smoothness=1\)"),
        ({"lowest": -1.5}, r"lowest=-1.5 must lie in"),
    ],
)
def test_classes_that_are_none_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        FunctionClass(**{"lowest": 0, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "no bound on the start; give initial_gap or initial_distance"),
        ({"initial_gap": 0}, "initial_gap=0 must be a number > 0"),
        ({"initial_gap": 1, "heterogeneity": -1}, "heterogeneity=-1 must be a number >= 0"),
        ({"initial_distance": 1}, "initial_distance speaks of x"),
        ({"initial_gap": 1, "heterogeneity_at_optimum": 1}, "heterogeneity_at_optimum speaks of"),
    ],
)
def test_settings_that_make_no_sense_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        Setting(function_class=BENT, **changes)


def test_units_of_what_is_measured():
    by_gap = Setting(function_class=CONVEX, initial_gap=3)
    assert (by_gap.objective_unit, by_gap.measure_unit) == (3, 6)
    by_distance = Setting(
        function_class=CONVEX, initial_distance=3, quantity=Quantity.SUBOPTIMALITY
    )
    assert (by_distance.objective_unit, by_distance.measure_unit) == (18, 18)


def test_heterogeneity_on_average_is_over_all_points():
    with pytest.raises(ValueError, match="heterogeneity_on_average is over all y_t, summary=last"):
        Setting(
            function_class=FunctionClass(lowest=-1),
            initial_gap=1,
            heterogeneity_on_average=1,
            summary=Summary.LAST,
        )
