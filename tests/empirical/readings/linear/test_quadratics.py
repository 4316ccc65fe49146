import numpy as np
import pytest
import torch

from empirical.problems.synthetic.logistic import EXAMPLES as LOGISTIC
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.problems.synthetic.tilted import Tilted
from empirical.readings.linear.quadratics import NotQuadratic, measures_at, quadratics

PROBLEM = Quadratic(num_workers=3, size=4, lowest=-0.5, heterogeneity=1.0, smoothness=2.0)


def test_curvatures_and_tilts_are_the_problems():
    found = quadratics(PROBLEM)
    np.testing.assert_allclose(np.linalg.eigvalsh(found.curvature)[:, [0, -1]], [[-0.5, 2.0]] * 3)
    np.testing.assert_allclose(found.tilt, PROBLEM.tilts.numpy(), atol=1e-15)


def test_hessians_of_measures():
    found = quadratics(PROBLEM)
    mean = found.curvature.mean(0)
    np.testing.assert_allclose(found.hessians["objective"], mean, atol=1e-12)
    np.testing.assert_allclose(found.hessians["squared_gradient_norm"], 2 * mean @ mean, atol=1e-12)


def test_measures_in_pieces_are_measures_at_once(monkeypatch):
    points = torch.randn(7, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    whole = measures_at(PROBLEM, points)
    monkeypatch.setattr("empirical.readings.linear.quadratics._AT_ONCE", 40)
    for name, values in measures_at(PROBLEM, points).items():
        torch.testing.assert_close(values, whole[name])


@pytest.mark.parametrize(
    ("problem", "name"), [(Tilted(num_workers=2), "tilted"), (LOGISTIC[0], "logistic")]
)
def test_what_is_not_quadratic_is_refused_by_name(problem, name):
    with pytest.raises(NotQuadratic, match=f"{name} is not quadratic: its gradient is not affine"):
        quadratics(problem)
