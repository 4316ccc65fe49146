"""What the exact commands take, and the one line that says what is wrong with it."""

import pytest

from empirical.cli.readings.request import method, methods_on, one_method, worst_cases
from empirical.components.inner_rule import HeavyBall
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.readings.performance_estimation.setting import Summary
from theory.measures import Quantity

LOCAL = ["local_steps=2", "step_size=0.1", "num_rounds=2"]


def asked(*tokens):
    [found] = worst_cases("local_sgd", [*LOCAL, *tokens])
    return found


def test_defaults_are_all_smooth_functions_of_gap_one():
    found = asked("heterogeneity=0.5")
    assert found.setting.function_class.lowest == -1
    assert (found.setting.initial_gap, found.setting.heterogeneity) == (1, 0.5)
    assert found.setting.quantity is Quantity.SQUARED_GRADIENT_NORM
    assert found.setting.summary is Summary.TIME_AVERAGE
    assert (found.num_rounds, found.num_workers, found.gradient_noise) == (2, None, 0)
    assert found.values["num_workers"] == 2
    assert "initial_distance" not in found.values


def test_a_convex_request():
    found = asked(
        *("functions=convex", "smoothness=2", "heterogeneity_at_optimum=1", "num_workers=3"),
        *("measure=suboptimality", "summary=averaged_iterate"),
    )
    assert (found.setting.function_class.lowest, found.setting.function_class.smoothness) == (0, 2)
    assert found.setting.initial_distance == 1
    assert found.setting.initial_gap is None
    assert found.num_workers == 3
    assert found.setting.summary is Summary.AVERAGED_ITERATE


def test_a_strongly_convex_request():
    found = asked("functions=strongly_convex", "strong_convexity=0.2", "initial_gap=3")
    assert found.setting.function_class.lowest == 0.2
    assert found.setting.initial_gap == 3


def test_ranges_make_a_table_and_fields_are_dotted_paths():
    found = worst_cases(
        "local_sgd", ["local_steps=1,2", "step_size=0.1", "num_rounds=1:2:2", "heterogeneity=0"]
    )
    assert [(item.algorithm.local_steps, item.num_rounds) for item in found] == [
        (1, 1),
        (1, 2),
        (2, 1),
        (2, 2),
    ]
    heavy = method(
        "local_sgd",
        {
            "local_steps": 1,
            "step_size": 0.1,
            "inner_rule": "heavy_ball",
            "inner_rule.momentum": 0.5,
        },
    )
    assert heavy.inner_rule == HeavyBall(0.5)


def test_a_tuned_step_size_is_tuned_on_the_certificate():
    """Gradient descent, least gradient average over one iterate: any step; over two, about 1/L."""
    [found] = worst_cases(
        "local_sgd",
        ["local_steps=1", "step_size=tuned", "num_rounds=3", "heterogeneity=0"],
    )
    assert found.tuned
    assert 0.5 < found.algorithm.step_size < 2


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (["pullback=0.5"], "pullback is no field of local_sgd"),
        (["functions=smooth"], "functions=smooth must be one of nonconvex, convex, strongly"),
        (["functions=strongly_convex"], "strong_convexity=VALUE goes with functions=strongly"),
        (["strong_convexity=1"], "strong_convexity=VALUE goes with functions=strongly_convex"),
        (["initial_distance=1"], "initial_distance speaks of x"),
        (["heterogeneity=-1"], "heterogeneity=-1 must be a number >= 0"),
        (["summary=median"], "summary=median must be one of time_average, best, last"),
        (["num_workers=1.5"], "num_workers=1.5 must be a whole number"),
        (["smoothness=x"], "smoothness=x must be a finite number"),
    ],
)
def test_a_wrong_request_is_one_line(tokens, message):
    with pytest.raises(ValueError, match=message):
        asked(*tokens)


def test_what_is_missing_is_said():
    with pytest.raises(ValueError, match="worst-case needs num_rounds"):
        worst_cases("local_sgd", ["local_steps=1", "step_size=0.1"])
    with pytest.raises(ValueError, match=r"algorithm='sgd' is unknown; choose from .*local_sgd"):
        worst_cases("sgd", LOCAL)


def test_one_method_at_a_time():
    made, rounds = one_method("local_sgd", ["local_steps=3", "num_rounds=7"])
    assert (made.local_steps, rounds) == (3, 7)
    assert one_method("local_sgd", ["local_steps=3"])[1] is None
    with pytest.raises(ValueError, match="one method at a time: the ranges make 2"):
        one_method("local_sgd", ["local_steps=3,4"])


def test_methods_with_the_problem_that_they_run_on():
    [(made, problem, given)] = methods_on("local_sgd", ["local_steps=3"])
    assert (made.local_steps, problem.first, problem.second) == (3, 1.0, -0.5)
    assert given == {"local_steps": "3"}
    tokens = ["local_steps=3", "problem=quadratic", "problem.num_workers=2", "problem.lowest=0.5"]
    [(_, problem, _)] = methods_on("local_sgd", tokens)
    assert isinstance(problem, Quadratic)
    assert problem.lowest == 0.5
    with pytest.raises(ValueError, match="has no exact gradient"):
        methods_on("local_sgd", ["local_steps=3", "problem=cifar10", "problem.num_workers=2"])
