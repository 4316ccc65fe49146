import numpy as np

from theory.catalogue import lookup
from theory.comparison.comparison import compare
from theory.comparison.regime_boundaries import crossing_lines, touching

RATES = ("minibatch_sgd.convex.order", "local_sgd.convex_homogeneous.order")


def test_regions_touch_across_cells_of_either_direction():
    best = np.array([[0, 0, 1], [0, 2, -1]])
    assert touching(best) == {(0, 2): [(0, 1), (1, 0)], (0, 1): [(0, 1)]}


def test_the_boundary_is_where_the_theory_puts_it(convex_map):
    """K = sigma^2 R/(L^2 B^2), for sigma = 1 and 3: convex theory, crossover 1, K and R large."""
    for noise in (1.0, 3.0):
        found = compare([lookup(key) for key in RATES], convex_map(noise=noise))
        steps, rounds = found.points["local_steps"], found.points["num_rounds"]
        ratio = steps / (noise**2 * rounds)
        far = (steps > 30) & (rounds > 30)
        assert (found.least[far & (ratio > 1.5)] == 1).all()
        assert (found.least[far & (ratio < 1 / 1.5)] == 0).all()
        lines = crossing_lines(found, ("local_steps", "num_rounds"))
        [(text, (x, y))] = lines.items()
        assert text == r"$K = \frac{\sigma^{2} R}{B^{2} L^{2}}$"
        inside = np.isfinite(x)
        np.testing.assert_allclose(x[inside], noise**2 * y[inside])


def test_a_boundary_under_a_better_method_is_drawn_as_hidden(convex_map):
    """The four methods of the convex homogeneous case at M = 64: acceleration is least there."""
    keys = [*RATES, "accelerated_minibatch_sgd.convex.order", "single_machine_sgd.convex.order"]
    found = compare([lookup(key) for key in keys], convex_map())
    axes = ("local_steps", "num_rounds")
    formula = r"$K = \frac{\sigma^{2} R}{B^{2} L^{2}}$"
    assert formula not in crossing_lines(found, axes)
    hidden = crossing_lines(found, axes, hidden=True)
    x, y = hidden[f"{formula}: minibatch_sgd = local_sgd"]
    inside = np.isfinite(x)
    assert inside.sum() > len(x) / 2
    np.testing.assert_allclose(x[inside], y[inside])
