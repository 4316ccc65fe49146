import pytest
import torch

from empirical.problems.synthetic.quadratic import Quadratic


@pytest.mark.parametrize("problem_seed", range(12))
def test_a_semidefinite_quadratic_knows_its_gap_whatever_rounding_says(problem_seed):
    problem = Quadratic(num_workers=3, shared_hessian=True, problem_seed=problem_seed)
    gap = problem.constants["initial_gap"].value
    start = problem.initial_point()[None]
    assert gap == pytest.approx(float(problem.objective(start, range(3)).mean()))


def test_an_indefinite_mean_has_no_gap():
    problem = Quadratic(num_workers=3, shared_hessian=True, lowest=-0.1)
    assert "initial_gap" not in problem.constants


def test_eigenvalues_are_where_they_should_be():
    problem = Quadratic(num_workers=3, size=5, smoothness=2.0, lowest=-0.5)
    eigenvalues = torch.linalg.eigvalsh(problem._hessians)
    torch.testing.assert_close(eigenvalues[:, 0], torch.full((3,), -0.5, dtype=torch.float64))
    torch.testing.assert_close(eigenvalues[:, -1], torch.full((3,), 2.0, dtype=torch.float64))


def test_heterogeneity_is_absent_unless_the_curvature_is_shared():
    assert "heterogeneity" not in Quadratic(num_workers=3).constants
    shared = Quadratic(num_workers=3, shared_hessian=True, heterogeneity=0.7)
    assert shared.constants["heterogeneity"].value == 0.7


@pytest.mark.parametrize(
    ("field", "value"), [("lowest", 2), ("size", 0), ("heterogeneity", -1), ("num_workers", 0)]
)
def test_bad_values_are_refused(field, value):
    with pytest.raises(ValueError, match=f"{field}={value} must"):
        Quadratic(**{"num_workers": 3, field: value})
