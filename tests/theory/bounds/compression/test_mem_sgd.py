"""MEM-SGD's bound: its weights, the condition on its shift, and how it falls."""

import pytest
import sympy as sp

from theory.bound import ConditionError
from theory.bounds.compression.mem_sgd import weights
from theory.catalogue import lookup
from theory.notation import symbols

BOUND = lookup("mem_sgd.strongly_convex")
VALUES = {
    "num_rounds": 30,
    "smoothness": 2.0,
    "strong_convexity": 0.5,
    "gradient_bound": 1.0,
    "initial_distance": 3.0,
    "contraction": 0.1,
    "memory_growth": 5.0,
    "step_shift": 70.0,
}


def test_the_weights_add_up_to_what_is_divided_by():
    R, a = symbols("num_rounds", "step_shift")
    for count in (1, 2, 7):
        total = sum((a + t) ** 2 for t in range(count))
        assert sp.expand(weights.subs(R, count) - total) == 0
        assert weights.subs({R: count, a: 1}) >= sp.Rational(count**3, 3)


@pytest.mark.parametrize("contraction", [0.001, 0.1, 0.5, 1.0])
def test_seven_over_delta_is_shift_enough(contraction):
    own = {**VALUES, "contraction": contraction, "step_shift": 7 / contraction}
    assert BOUND.evaluate(**own).holds


def test_a_small_shift_is_refused():
    with pytest.raises(ConditionError):
        BOUND.value(**{**VALUES, "step_shift": 6 / 0.1 / 2})


def test_in_the_long_run_neither_compression_nor_smoothness_matters():
    orders = BOUND.exponents("num_rounds")
    assert orders == {"second moment": -1, "optimisation": -3, "memory": -2}
    late = {**VALUES, "num_rounds": 10**8}
    assert BOUND.value(**late) == pytest.approx(12 / (0.5 * 10**8), rel=1e-2)
