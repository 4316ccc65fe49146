import pytest
import torch

from empirical.problems.synthetic.two_camps import TwoCamps


@pytest.mark.parametrize("num_workers", [2, 3, 6, 7])
def test_tilts_cancel_and_have_the_asked_mean_square(num_workers):
    problem = TwoCamps(num_workers=num_workers, second=0.25, tilt=0.7)
    tilts = problem.gradient(torch.zeros(1, 1, dtype=torch.float64), range(num_workers))
    assert float(tilts.mean()) == pytest.approx(0, abs=1e-15)
    assert float(tilts.square().mean()) == pytest.approx(0.49)
    assert int((tilts > 0).sum()) == (num_workers + 1) // 2


def test_gap_and_heterogeneity_are_exact_where_they_exist():
    problem = TwoCamps(num_workers=4, smoothness=2.0, first=2.0, second=1.0, tilt=0.3, start=2.0)
    assert problem.constants["initial_gap"].value == pytest.approx(3.0)
    assert "heterogeneity" not in problem.constants
    alike = TwoCamps(num_workers=4, second=1.0, tilt=-0.3)
    assert alike.constants["heterogeneity"].value == pytest.approx(0.3)
    unbounded = TwoCamps(num_workers=2, smoothness=1.0, second=-1.0)
    assert unbounded.constants["initial_gap"].value == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"second": 1.5}, "second=1.5 must lie in"),
        ({"num_workers": 1, "tilt": 0.5}, "tilt=0.5 must be 0"),
        ({"smoothness": 0.0}, "smoothness=0 must be"),
        ({"smoothness": 0.5}, "first=1 must lie in"),
    ],
)
def test_bad_values_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        TwoCamps(**{"num_workers": 2, **settings})
