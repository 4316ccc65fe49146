"""FetchSGD's bound in orders."""

from theory.bound import Constants, Provenance
from theory.catalogue import lookup

BOUND = lookup("fetch_sgd.nonconvex")


def test_compression_costs_a_lower_order():
    slopes = {name: float(slope) for name, slope in BOUND.exponents("num_rounds").items()}
    assert slopes == {"optimisation": -0.5, "second moment": -0.5, "memory": -1}
    assert BOUND.exponents("contraction")["memory"] == -2


def test_it_is_recalled_and_judged_by_exponents_only():
    assert BOUND.source.provenance is Provenance.RECALLED
    assert BOUND.constants is Constants.ORDER
