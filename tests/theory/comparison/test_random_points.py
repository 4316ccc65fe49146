import numpy as np

from theory import catalogue
from theory.assumptions import Assumption
from theory.comparison.random_points import admissible, drawn
from theory.notation import GLOSSARY


def test_every_quantity_is_drawn_within_its_range():
    for name, values in drawn(GLOSSARY, 500, seed=1).items():
        assert GLOSSARY[name].check(values).shape == (500,)
        assert len(np.unique(values)) > 10


def test_the_seed_decides_all():
    first, again, other = (drawn(["smoothness", "num_workers"], 5, seed=s) for s in (1, 1, 2))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["smoothness"], other["smoothness"])


def test_conditions_hold_where_numbers_are_admissible():
    bounds = [catalogue.lookup(f"{name}.nonconvex") for name in ("local_sgd", "overlap_local_sgd")]
    points = admissible(bounds, 100, seed=0)
    for bound in bounds:
        evaluation = bound.evaluate(**{name: points[name] for name in bound.parameters})
        assert len(evaluation.value) == 100
        assert evaluation.holds.all()


def test_constants_are_those_of_one_problem():
    pair = [
        catalogue.lookup(key)
        for key in ("local_sgd.nonconvex", "local_sgd.nonconvex_homogeneous.wang2021")
    ]
    assert Assumption.HOMOGENEOUS in pair[1].assumptions
    assert not admissible(pair, 50, seed=0)["heterogeneity"].any()
    alone = admissible(pair[:1], 50, seed=0)
    assert np.array_equal(alone["heterogeneity"] > 0, alone["num_workers"] > 1)
