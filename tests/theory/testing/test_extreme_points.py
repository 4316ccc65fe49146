import numpy as np

from theory.notation import GLOSSARY
from theory.testing.extreme_points import anywhere


def test_every_quantity_is_drawn_within_its_range():
    for name, values in anywhere(GLOSSARY, 500, seed=1).items():
        assert GLOSSARY[name].check(values).shape == (500,)
        assert len(np.unique(values)) > 10


def test_ends_that_belong_to_a_range_are_met():
    found = anywhere(["num_workers", "contraction", "gradient_noise", "pullback"], 500, seed=1)
    assert found["num_workers"].min() == 1
    assert found["contraction"].max() == 1
    assert found["gradient_noise"].min() == 0
    assert 0 < found["pullback"].min() < found["pullback"].max() < 1
