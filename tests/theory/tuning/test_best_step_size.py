import numpy as np
import pytest

from theory.catalogue import lookup
from theory.tuning.best_step_size import best_step_size, largest_step_size

VALUES = {
    "num_workers": 16,
    "local_steps": 8,
    "num_rounds": 1000,
    "smoothness": 1.0,
    "gradient_noise": 1.0,
    "heterogeneity": 0.5,
    "initial_gap": 1.0,
}


def test_the_largest_step_size_meets_the_conditions_and_a_larger_one_does_not():
    theorem = lookup("local_sgd.nonconvex")
    largest = largest_step_size(theorem, VALUES)
    assert largest == pytest.approx(1 / np.sqrt(4 * 56), rel=1e-12)
    assert theorem.evaluate(**VALUES, step_size=largest).holds
    assert not theorem.evaluate(**VALUES, step_size=largest * 1.0001).holds


def test_minibatch_is_tuned_in_closed_form():
    values = {name: value for name, value in VALUES.items() if name != "heterogeneity"}
    choice = best_step_size(lookup("minibatch_sgd.nonconvex"), values)
    assert choice.step_size == pytest.approx(np.sqrt(2 * 128 / 1000), rel=1e-9)


def test_without_noise_the_largest_step_size_is_best():
    values = {**VALUES, "gradient_noise": 0.0, "heterogeneity": 0.0}
    choice = best_step_size(lookup("local_sgd.nonconvex"), values)
    assert choice.step_size == choice.largest


def test_a_given_step_size_is_refused():
    with pytest.raises(ValueError, match="step_size is what tune chooses"):
        best_step_size(lookup("local_sgd.nonconvex"), {**VALUES, "step_size": 0.1})
