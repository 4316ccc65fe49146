import numpy as np
import pytest
import sympy as sp
import torch

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.kernels.random_streams import Samples
from empirical.problems.hard_instances.progress_chain import ProgressChain
from empirical.testing.running import drive
from tests.empirical.problems.families.test_three_coordinates import check_declared, curvatures


@pytest.mark.parametrize("settings", [{}, {"smoothness": 2.0, "flattening": 0.3, "spacing": 0.4}])
def test_what_it_declares(settings):
    problem = ProgressChain(num_workers=2, size=7, **settings)
    check_declared(problem)
    smoothness = problem.smoothness
    assert float(curvatures(problem, problem.optimum).max()) < smoothness
    steepest = float(curvatures(problem, torch.zeros(7, dtype=torch.float64)).max())
    assert 0.9 * smoothness < steepest < smoothness


def test_psi_is_the_papers():
    """psi of the statement, its derivative by sympy, and its curvature L / (4 + L b^2 s^2)."""
    s = sp.Symbol("s")
    L, b = sp.Rational(3, 2), sp.Rational(2, 5)
    root = sp.sqrt(L)
    psi = root * s / (2 * b) * sp.atan(root * b * s / 2)
    psi -= sp.log(1 + L * b**2 * s**2 / 4) / (2 * b**2)
    assert sp.simplify(sp.diff(psi, s, 2) - L / (4 + L * b**2 * s**2)) == 0
    problem = ProgressChain(num_workers=1, size=3, smoothness=1.5, flattening=0.4, spacing=0.7)
    x = torch.tensor([0.9, -0.3, 0.5], dtype=torch.float64)
    value, slope = (sp.lambdify(s, psi), sp.lambdify(s, sp.diff(psi, s)))
    whole = slope(-0.7) * 0.9 + value(0.5) + value(-0.3 - 0.9) + value(0.5 + 0.3)
    least = 3 * (value(0.7) - 0.7 * slope(0.7))
    assert float(problem.objective(x[None], range(1))) == pytest.approx(float(whole - least))


@pytest.mark.parametrize("found", [0, 1, 3, 5])
def test_the_oracle_is_unbiased_and_its_variance_is_bounded(found):
    """Over both values of z, exactly; the bound is nearly attained far out."""
    problem = ProgressChain(num_workers=1, size=5, reveal=0.2, spacing=1e6)
    x = torch.zeros(1, 5, dtype=torch.float64)
    x[0, :found] = torch.linspace(1e6, 9e5, found)
    true = problem.gradient(x, range(1))
    drawn = [problem.stochastic_gradient(x, torch.tensor([[z]]), range(1)) for z in (0, 1)]
    torch.testing.assert_close(0.8 * drawn[0] + 0.2 * drawn[1], true)
    errors = [(g - true).square().sum() for g in drawn]
    variance = 0.8 * float(errors[0]) + 0.2 * float(errors[1])
    bound = problem.constants["gradient_noise"].value ** 2
    assert variance <= bound
    assert variance == pytest.approx(0 if found == 5 else bound, rel=1e-4)


def test_a_coordinate_is_found_where_z_is_one_and_nowhere_else():
    problem = ProgressChain(num_workers=1, size=30, reveal=0.3)
    samples, step, last = Samples(problem.draw, (4,), range(1)), 0, 60

    def gradient(x):
        nonlocal step
        step += 1
        return problem.stochastic_gradient(x, samples.at(step - 1)[0], range(1))

    start = problem.initial_point()[None]
    points = drive(LocalSGD(local_steps=1, step_size=1.0), gradient, start, last)
    progress = (points[:, 0] != 0).sum(-1)
    shown = torch.cat([samples.at(t)[0, :, 0] for t in range(last)]).cumsum(0)
    assert progress[1:].tolist() == shown.clamp(max=30).tolist()
    assert 5 < int(progress[-1]) < 30
    assert abs(float(np.mean(problem.draw(np.random.default_rng(0), 4000))) - 0.3) < 0.03


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"reveal": 0.0}, r"reveal=0 must be a number in \(0, 1\]"),
        ({"flattening": 0.0}, "flattening=0 must be a number > 0"),
        ({"spacing": -1.0}, "spacing=-1 must be a number > 0"),
        ({"size": 1}, "size=1 must be a whole number >= 2"),
    ],
)
def test_bad_values_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        ProgressChain(**{"num_workers": 1, **settings})
