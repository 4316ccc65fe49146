"""What like gradients are said to give Local SGD."""

import pytest

from theory.assumptions import Assumption, closure
from theory.catalogue import lookup
from theory.comparison.conversions import implied
from theory.tuning.corollary import own_step_size

BOUND = lookup("local_sgd.nonconvex_gradient_diversity")
VALUES = {
    "num_workers": 2,
    "local_steps": 4,
    "num_rounds": 32,
    "smoothness": 2.0,
    "gradient_noise": 1.5,
    "initial_gap": 0.7,
}


def test_it_is_the_linear_speedup_without_drift():
    local = lookup("local_sgd.nonconvex.linear_speedup")
    values = {**VALUES, "heterogeneity": 0.0}
    found = local.evaluate(**values).terms
    ours = BOUND.evaluate(**VALUES).terms
    assert found["optimisation"] == pytest.approx(2 * float(ours["optimisation"]))
    assert found["statistical"] == pytest.approx(float(ours["statistical"]))
    assert own_step_size(BOUND, VALUES) == own_step_size(local, values)


def test_it_speaks_of_like_workers_and_of_none_that_are_merely_bounded():
    """A bound on heterogeneity leaves a G; this one has no term in it."""
    [asked] = [item for item in BOUND.assumptions if "B^2" in item.value]
    bounded = frozenset({Assumption.BOUNDED_HETEROGENEITY, Assumption.BOUNDED_GRADIENTS})
    assert asked not in closure(bounded) | implied(bounded).keys()
    assert asked in closure(frozenset({Assumption.HOMOGENEOUS}))


def test_local_steps_are_at_most_the_root_of_the_steps_over_workers_to_the_three_halves():
    """K <= T^(1/2)/M^(3/2), which is K M^3 <= R."""
    assert 4 <= (4 * 32) ** 0.5 / 2**1.5
    BOUND.value(**VALUES)
    assert 4 > (4 * 31) ** 0.5 / 2**1.5
    with pytest.raises(ValueError, match="condition"):
        BOUND.value(**{**VALUES, "num_rounds": 31})
