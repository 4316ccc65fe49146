"""What bounded gradients give Local SGD, and how many local steps they allow."""

import numpy as np
import pytest

from theory.catalogue import lookup

VALUES = {
    "num_workers": 3,
    "local_steps": 2,
    "num_rounds": 27 * 8,
    "smoothness": 2.0,
    "gradient_noise": 1.5,
    "gradient_bound": 2.5,
    "initial_gap": 0.7,
    "step_size": 0.01,
}
FREE = lookup("local_sgd.nonconvex_bounded_gradients")
FAST = lookup("local_sgd.nonconvex_bounded_gradients.linear_speedup")


def own(item, **changes):
    values = {**VALUES, **changes}
    return {name: values[name] for name in item.parameters}


def test_the_drift_is_l_squared_times_the_greatest_distance_from_the_mean():
    """Workers that step against each other by G for K steps are 2 eta K G apart at most."""
    drift = FREE.evaluate(**own(FREE)).terms["drift"]
    assert drift == pytest.approx(2.0**2 * (2 * 0.01 * 2 * 2.5) ** 2)


@pytest.mark.parametrize(("workers", "steps"), [(1, 1), (1, 7), (4, 3)])
def test_the_corollary_covers_the_theorem_at_its_step_size_and_meets_it_at_the_end(workers, steps):
    rounds = steps**3 * workers**3
    for factor in (1, 5):
        changes = {"num_workers": workers, "local_steps": steps, "num_rounds": factor * rounds}
        step = np.sqrt(workers / (steps * factor * rounds)) / 2.0
        theorem = FREE.value(**own(FREE, **changes, step_size=step))
        corollary = FAST.value(**own(FAST, **changes))
        assert theorem <= corollary * (1 + 1e-12)
        assert (factor == 1) == (theorem == pytest.approx(float(corollary), rel=1e-12))
    if rounds > 1:
        with pytest.raises(ValueError, match="condition"):
            FAST.value(**own(FAST, **{**changes, "num_rounds": rounds - 1}))


def test_it_is_never_below_what_heterogeneity_alone_promises():
    """zeta = G is all that bounded gradients leave open; Local SGD's own bound is less."""
    plain = lookup("local_sgd.nonconvex")
    for steps in (1, 2, 16):
        changes = {"local_steps": steps, "step_size": 1 / (2 * 2.0 * 16)}
        values = {**VALUES, **changes, "heterogeneity": 2.5, "gradient_noise": 0.0}
        ours = FREE.value(**{name: values[name] for name in FREE.parameters})
        theirs = plain.value(**{name: values[name] for name in plain.parameters})
        assert theirs < ours
