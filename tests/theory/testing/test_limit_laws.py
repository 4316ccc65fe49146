from dataclasses import replace

import pytest

from theory import catalogue
from theory.testing.limit_laws import ENDS, a_bound_grows_without_end


@pytest.mark.parametrize(("key", "name", "end"), [row[:3] for row in ENDS])
def test_bounds_grow_without_end_where_a_method_breaks(key, name, end):
    a_bound_grows_without_end(catalogue.lookup(key), name, end)


def test_a_bound_that_stays_bounded_is_noticed():
    overlap = catalogue.lookup("overlap_local_sgd.nonconvex")
    with pytest.raises(AssertionError, match="stays bounded as pullback tends to 1"):
        a_bound_grows_without_end(replace(overlap, terms=overlap.terms[1:]), "pullback", 1)
