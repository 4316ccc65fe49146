from dataclasses import replace

import numpy as np
import pytest

from theory.bound import Term
from theory.catalogue import lookup
from theory.notation import symbols
from theory.tuning.corollary import powers_of_step_size

VALUES = {
    "num_workers": 16,
    "local_steps": 8,
    "smoothness": 1.0,
    "gradient_noise": 1.0,
    "heterogeneity": 0.5,
    "initial_gap": 1.0,
}


def test_a_term_that_is_no_monomial_is_refused():
    (eta,) = symbols("step_size")
    theorem = lookup("local_sgd.nonconvex")
    odd = replace(theorem, terms=(Term("odd", 1 / (1 + eta)),))
    with pytest.raises(ValueError, match="term odd is no monomial"):
        powers_of_step_size(odd)


@pytest.mark.parametrize(
    ("key", "coefficient"),
    [("local_sgd", 4.0), ("minibatch_sgd", 2.0), ("overlap_local_sgd", 6 / (0.3 * 0.7))],
)
def test_the_optimisation_term_of_the_corollaries_is_the_published_one(key, coefficient):
    corollary = lookup(f"{key}.nonconvex.tuned")
    values = {"pullback": 0.3, **VALUES, "num_rounds": 100}
    known = {name: values[name] for name in corollary.parameters}
    terms = corollary.evaluate(**known).terms
    assert terms["optimisation"] == pytest.approx(coefficient / 100, rel=1e-12)
    assert terms["statistical"] == pytest.approx(2 * np.sqrt(2 / (16 * 8 * 100)), rel=1e-12)
