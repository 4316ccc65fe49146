import numpy as np
import pytest

from theory.cli.arguments import grid

CONVEX = {"num_workers": 64.0, "smoothness": 1.0, "initial_distance": 1.0}


@pytest.fixture
def convex_map():
    """Points over K and R for bounds on convex functions, at M = 64."""

    def points(size=40, noise=1.0):
        steps = np.unique(np.round(np.geomspace(1, 2**14, size)))
        fixed = {name: np.array([value]) for name, value in CONVEX.items()}
        varying = {"local_steps": steps, "num_rounds": steps}
        return grid({**fixed, "gradient_noise": np.array([noise]), **varying})

    return points
