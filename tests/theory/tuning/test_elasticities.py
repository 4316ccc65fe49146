import pytest

from theory.catalogue import lookup
from theory.tuning.elasticities import elasticities, exponents

VALUES = {"num_workers": 64, "num_rounds": 100, "local_steps": 10, "smoothness": 1.0}
VALUES |= {"gradient_noise": 1.0, "initial_distance": 1.0}


def test_every_term_has_its_exponents():
    table = exponents(lookup("local_sgd.convex_homogeneous.tuned"))
    assert table["optimisation"]["num_rounds"] == "-1"
    assert table["statistical"]["num_workers"] == "-1/2"
    assert table["noise drift"]["local_steps"] == "-1/3"
    assert table["noise drift"]["num_rounds"] == "-2/3"


def test_what_cannot_grow_has_none():
    assert exponents(lookup("overlap_local_sgd.nonconvex"))["optimisation"]["pullback"] == "?"


def test_slopes_are_those_of_the_tuned_bound():
    """At the best step size the bound is flat in it, and the units balance: f is B^2 L, say."""
    found = elasticities(lookup("local_sgd.convex_homogeneous"), VALUES)
    assert found["step_size"] == pytest.approx(0, abs=1e-9)
    assert found["smoothness"] + found["gradient_noise"] == pytest.approx(1, rel=1e-9)
    assert -1 < found["num_rounds"] < -0.5
