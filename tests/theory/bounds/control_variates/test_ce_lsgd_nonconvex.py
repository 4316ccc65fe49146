"""CE-LSGD's recalled rate at its limits."""

import pytest
import sympy as sp

from theory.catalogue import lookup

TWO_THIRDS, HALF = sp.Rational(2, 3), sp.Rational(1, 2)
BOUND = lookup("ce_lsgd.nonconvex")
VALUES = {
    "num_workers": 4,
    "local_steps": 3,
    "num_rounds": 50,
    "mean_squared_smoothness": 2.0,
    "hessian_heterogeneity": 2.0,
    "gradient_noise": 0.0,
    "initial_gap": 0.7,
}


def test_unlike_hessians_leave_gradient_descent_with_one_step_a_round():
    found = BOUND.evaluate(**VALUES).terms
    minibatch = lookup("minibatch_sgd.nonconvex.tuned")
    plain = {**VALUES, "smoothness": 2.0}
    plain = minibatch.evaluate(**{name: plain[name] for name in minibatch.parameters}).terms
    assert found["curvature drift"] == pytest.approx(float(plain["optimisation"]) / 2)


def test_like_hessians_leave_one_step_for_every_local_step():
    found = BOUND.evaluate(**{**VALUES, "hessian_heterogeneity": 0.0})
    assert found.value == pytest.approx(2.0 * 0.7 / 150)


def test_variance_reduction_shows_in_the_exponent():
    plain = lookup("local_sgd.nonconvex.tuned").exponents("num_rounds")["statistical"]
    assert (BOUND.exponents("num_rounds")["reduced noise"], plain) == (-TWO_THIRDS, -HALF)
