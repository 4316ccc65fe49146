"""EF21's bounds at their limits, and held against exact runs of two unlike workers."""

import math

import pytest
import sympy as sp

from theory.bound import ConditionError
from theory.bounds.compression.ef21 import feedback, theta
from theory.catalogue import lookup
from theory.notation import symbols

NONCONVEX = lookup("compressed.nonconvex.ef21")
CONVEX = lookup("compressed.strongly_convex.ef21")
VALUES = {
    "num_rounds": 40,
    "smoothness": 2.0,
    "worker_smoothness": 2.5,
    "strong_convexity": 0.5,
    "initial_gap": 0.7,
    "estimate_error": 0.3,
    "contraction": 0.2,
    "step_size": 0.01,
}
(delta,) = symbols("contraction")


def value(item, **changes):
    values = {**VALUES, **changes}
    return float(item.value(**{name: values[name] for name in item.parameters}))


def test_theta_and_the_price_of_feedback_are_the_papers():
    for share in (sp.Rational(1, 100), sp.Rational(1, 3), sp.Rational(1)):
        q = sp.sqrt(1 - share)
        assert sp.simplify(theta.subs(delta, share) - (1 - q)) == 0
        assert sp.simplify(feedback.subs(delta, share) - ((1 + q) / share - 1)) == 0
        shrunk = 1 - theta.subs(delta, share)
        beta = (1 - share) / (1 - shrunk)
        assert sp.simplify(feedback.subs(delta, share) ** 2 - beta / (1 - shrunk)) == 0


def test_without_compression_it_is_gradient_descent_up_to_one_over_l():
    exact = {"contraction": 1.0, "estimate_error": 0.0, "step_size": 0.5}
    assert value(NONCONVEX, **exact) == pytest.approx(2 * 0.7 / (0.5 * 40))
    assert value(CONVEX, **exact) == pytest.approx(0.75**40 * 0.7)
    with pytest.raises(ConditionError):
        value(NONCONVEX, **{**exact, "step_size": 0.501})


def test_the_second_bound_wants_smaller_steps():
    largest = 1 / (2 + 2.5 * float(feedback.subs(delta, 0.2)))
    assert value(NONCONVEX, step_size=largest) > 0
    with pytest.raises(ConditionError):
        value(CONVEX, step_size=largest)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
@pytest.mark.parametrize("fraction", [0.2, 1.0])
def test_exact_runs_keep_within_both(share, fraction):
    """f_m = (L_m/2)(x - b_m)^2 with C(v) = (1 - q) v, estimates 0 before the first message."""
    curvatures, centres, q, rounds = (1.0, 3.0), (-1.0, 2.0), math.sqrt(1 - share), 40
    root_mean = math.sqrt(sum(item**2 for item in curvatures) / 2)
    price = float(feedback.subs(delta, share))
    limit = min(1 / (2 + math.sqrt(2) * root_mean * price), (1 - q) / 2 / 2)
    eta = fraction * limit
    best = (1 * -1.0 + 3 * 2.0) / 4
    x, known = 0.0, [0.0, 0.0]
    gaps, slopes, first = [], [], None
    for _ in range(rounds):
        gradients = [L * (x - b) for L, b in zip(curvatures, centres, strict=True)]
        known = [h + (1 - q) * (g - h) for h, g in zip(known, gradients, strict=True)]
        error = sum((g - h) ** 2 for g, h in zip(gradients, known, strict=True)) / 2
        first = error if first is None else first
        gaps.append((x - best) ** 2)
        slopes.append((2 * (x - best)) ** 2)
        x -= eta * sum(known) / 2
    own = {
        "num_rounds": rounds,
        "smoothness": 2.0,
        "worker_smoothness": root_mean,
        "strong_convexity": 2.0,
        "initial_gap": best**2,
        "estimate_error": math.sqrt(first),
        "contraction": share,
        "step_size": eta,
    }
    assert sum(slopes) / rounds <= value(NONCONVEX, **own)
    assert (x - best) ** 2 <= value(CONVEX, **own)
    assert gaps[0] == best**2
