import pytest

from theory import catalogue
from theory.comparison.reductions import Reduction, at, specialised

LOCAL = catalogue.lookup("local_sgd.nonconvex")
MINIBATCH = catalogue.lookup("minibatch_sgd.nonconvex")


def test_a_reduction_says_what_it_claims():
    one_step = Reduction(LOCAL.key, MINIBATCH.key, "one step a round", at=at(local_steps=1))
    assert str(one_step) == "local_sgd.nonconvex is minibatch_sgd.nonconvex at local_steps=1"


def test_special_values_must_be_admissible():
    assert len(specialised(LOCAL, dict(at(local_steps=1))).conditions) == 1
    with pytest.raises(ValueError, match="does not hold at"):
        specialised(MINIBATCH, dict(at(step_size=2, smoothness=1)))
