import numpy as np
import pytest

from theory.catalogue import lookup
from theory.tuning import best_values
from theory.tuning.best_values import values_at

VALUES = {"num_workers": 16, "local_steps": 8, "smoothness": 1.0, "gradient_noise": 1.0}
VALUES |= {"heterogeneity": 0.5, "initial_gap": 1.0}


def points(key, count):
    theorem = lookup(key)
    columns = {n: np.full(count, float(VALUES[n])) for n in theorem.parameters if n in VALUES}
    columns["num_rounds"] = np.arange(1.0, count + 1)
    if "step_size" in theorem.parameters:
        columns["step_size"] = np.geomspace(1e-4, 1, count)
    return theorem, columns


@pytest.mark.parametrize("key", ["local_sgd.nonconvex", "local_sgd.nonconvex.tuned"])
def test_many_points_are_evaluated_in_blocks_to_the_same_values(key, monkeypatch):
    theorem, columns = points(key, 5000)
    whole, _ = values_at(theorem, columns)
    monkeypatch.setattr(best_values, "_MANY", 1)
    blocks, _ = values_at(theorem, columns)
    np.testing.assert_allclose(blocks, whole, rtol=1e-12)
    fails = "step_size" in columns
    assert np.isnan(blocks).any() == fails
