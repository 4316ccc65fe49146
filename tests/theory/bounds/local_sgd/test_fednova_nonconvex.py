"""FedNova with equal steps beside Local SGD's and Minibatch SGD's bounds."""

import pytest

from theory.catalogue import lookup
from theory.measures import ReportPoint
from theory.tuning.best_step_size import largest_step_size

FREE, FAST = lookup("fednova.nonconvex"), lookup("fednova.nonconvex.linear_speedup")
VALUES = {
    "num_workers": 3,
    "local_steps": 4,
    "num_rounds": 5000,
    "smoothness": 2.0,
    "gradient_noise": 1.5,
    "dissimilarity": 0.4,
    "heterogeneity": 0.4,
    "dissimilarity_factor": 1.0,
    "initial_gap": 0.7,
    "step_size": 0.01,
}


def terms(item, **changes):
    values = {**VALUES, **changes}
    return item.evaluate(**{name: values[name] for name in item.parameters}).terms


def test_every_constant_is_a_multiple_of_that_derived_for_local_sgd():
    """Twice, four times, three times 1/(1-1/M) and three times; but at round starts only."""
    ours, local = terms(FREE), terms(lookup("local_sgd.nonconvex"))
    ratios = {name: float(ours[name] / local[name]) for name in local}
    assert ratios == pytest.approx(
        {"optimisation": 2, "statistical": 4, "noise drift": 4.5, "heterogeneity drift": 3}
    )
    assert FREE.measure.report_point is ReportPoint.ROUND_START


def test_one_local_step_has_no_drift():
    found = terms(FREE, local_steps=1)
    assert found["noise drift"] == found["heterogeneity drift"] == 0


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_unlike_workers_want_smaller_steps(factor):
    values = {name: VALUES[name] for name in FREE.parameters if name != "step_size"}
    found = largest_step_size(FREE, {**values, "dissimilarity_factor": factor})
    assert found == pytest.approx(1 / (2 * 2.0 * 4 * (2 * factor**2 + 1) ** 0.5))


def test_the_corollary_has_the_shape_of_what_was_read():
    """1/sqrt(M K R), twice; M B/(K R) with B = K - 1 and M C/(K R) with C = K^2 - K."""
    found = terms(FAST)
    root, total = (3 * 4 * 5000) ** 0.5, 4 * 5000
    assert found == pytest.approx(
        {
            "optimisation": 4 * 2.0 * 0.7 / root,
            "statistical": 4 * 1.5**2 / root,
            "noise drift": 6 * 3 * 3 * 1.5**2 / total,
            "heterogeneity drift": 12 * 3 * 12 * 0.4**2 / total,
        }
    )
