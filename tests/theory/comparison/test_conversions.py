"""Each conversion on random workers with measured constants, its factor on extreme ones."""

from dataclasses import replace

import numpy as np
import pytest

from theory.assumptions import Assumption
from theory.comparison.conversions import CONVERSIONS, DEFINES, coherent, convert, implied
from theory.testing.bound_laws import a_conversion_holds


def norms(array):
    return np.linalg.norm(array, axis=-1)


def measured(hessians, tilts, noises, points):
    """Every constant of f_m(x) = x A_m x / 2 - b_m x with noise n_j(x), on a set of points.

    Args:
        hessians: (M, d, d), positive definite.
        tilts: (M, d).
        noises: (J, d, d + 1), J equally likely affine noises that add up to zero.
        points: (P, d), to which the minimisers are added.
    """
    mean = hessians.mean(0)
    optimum = np.linalg.solve(mean, tilts.mean(0))
    optima = np.linalg.solve(hessians, tilts[..., None])[..., 0]
    points = np.concatenate([[optimum], points])
    gradients = np.einsum("mij,pj->pmi", hessians, points) - tilts
    noise = np.einsum("jik,pk->pji", noises, np.pad(points, ((0, 0), (0, 1)), constant_values=1))
    deviations = norms(gradients - gradients.mean(1, keepdims=True))
    variance = (norms(noise) ** 2).mean(1)
    eigenvalues = np.linalg.eigvalsh(hessians)
    square = hessians[:, None] + noises[None, :, :, :-1]
    square = np.einsum("mjki,mjkl->mil", square, square) / len(noises)
    spread = np.linalg.norm(hessians[:, None] - hessians[None], ord=2, axis=(-2, -1))
    smoothness = eigenvalues.max()
    return {
        "num_workers": len(hessians),
        "smoothness": smoothness,
        "strong_convexity": eigenvalues.min(),
        "mean_squared_smoothness": np.sqrt(np.linalg.eigvalsh(square).max()),
        "gradient_noise": np.sqrt(variance.max()),
        "noise_at_optimum": np.sqrt(variance[0]),
        "gradient_bound": np.sqrt((norms(gradients) ** 2 + variance[:, None]).max()),
        "heterogeneity": np.sqrt((deviations**2).mean(1).max()),
        "greatest_heterogeneity": deviations.max(),
        "heterogeneity_at_optimum": np.sqrt((norms(gradients[0]) ** 2).mean()),
        "heterogeneity_of_optima": smoothness * np.sqrt((norms(optima - optimum) ** 2).mean()),
        "dissimilarity": np.sqrt(
            ((norms(gradients) ** 2).mean(1) - norms(gradients.mean(1)) ** 2).max()
        ),
        "dissimilarity_factor": 1.0,
        "hessian_heterogeneity": np.linalg.norm(hessians - mean, ord=2, axis=(-2, -1)).max(),
        "hessian_spread": spread.max(),
    }


def random_workers(seed, workers=4, size=3):
    rng = np.random.default_rng(seed)
    roots = rng.normal(size=(workers, size, size)) * rng.uniform(0.1, 2)
    noises = rng.normal(size=(5, size, size + 1)) * rng.uniform(0, 2)
    return measured(
        roots @ roots.transpose(0, 2, 1) + 0.1 * np.eye(size),
        rng.normal(size=(workers, size)),
        noises - noises.mean(0),
        rng.normal(size=(20, size)),
    )


UNDER = {Assumption.WORKERS_CONVEX, Assumption.WORKERS_SMOOTH}
GENERAL = [item for item in CONVERSIONS if item.takes]


@pytest.mark.parametrize("conversion", GENERAL, ids=str)
def test_every_conversion_holds(conversion):
    assert conversion.side <= UNDER  # which the instances meet
    for seed in range(50):
        a_conversion_holds(conversion, random_workers(seed, workers=1 + seed % 6))


def camps():
    """One worker against three, in one dimension: gradients 3 and -1, -1, -1 at the optimum."""
    nothing = np.zeros((1, 1, 2))
    hessians = np.ones((4, 1, 1))
    return measured(hessians, np.array([[3.0], [-1], [-1], [-1]]), nothing, np.zeros((1, 1)))


def two(curvatures, tilts, noise=0.0, points=(0.0,)):
    """Two workers in one dimension, with a noise of plus and minus a number."""
    noises = np.array([[[0.0, noise]], [[0.0, -noise]]])
    hessians = np.array(curvatures, dtype=float).reshape(2, 1, 1)
    return measured(hessians, np.array(tilts, float)[:, None], noises, np.array(points)[:, None])


def shaken():
    """Noise that is a multiple of x, so that samples differ in curvature."""
    noises = np.array([[[1.0, 0.0]], [[-1.0, 0.0]]])
    return measured(np.ones((2, 1, 1)), np.zeros((2, 1)), noises, np.ones((1, 1)))


ATTAINED = {
    "heterogeneity <= greatest_heterogeneity": two((1, 1), (1, -1)),
    "greatest_heterogeneity <= heterogeneity*sqrt(num_workers - 1)": camps(),
    "dissimilarity <= heterogeneity": camps(),
    "heterogeneity <= dissimilarity": camps(),
    "dissimilarity <= gradient_bound": two((1, 1), (1, -1)),
    "heterogeneity <= gradient_bound": two((1, 1), (1, -1)),
    "greatest_heterogeneity <= gradient_bound*(2 - 2/num_workers)": two((1, 1), (1, -1)),
    "gradient_noise <= gradient_bound": two((1, 1), (0, 0), noise=1.0),
    "noise_at_optimum <= gradient_noise": two((1, 1), (0, 0), noise=1.0),
    "heterogeneity_at_optimum <= heterogeneity": camps(),
    "heterogeneity_at_optimum <= dissimilarity": camps(),
    "heterogeneity_at_optimum <= heterogeneity_of_optima": two((1, 1), (1, -1)),
    "heterogeneity_of_optima <= heterogeneity_at_optimum*smoothness/strong_convexity": two(
        (1, 1), (1, -1)
    ),
    "hessian_heterogeneity <= hessian_spread*(1 - 1/num_workers)": two((1, 3), (0, 0)),
    "hessian_spread <= 2*hessian_heterogeneity": two((1, 3), (0, 0)),
    "hessian_spread <= smoothness": two((1e-9, 1), (0, 0)),
}


@pytest.mark.parametrize("text", ATTAINED)
def test_no_factor_can_be_lowered(text):
    conversion = next(item for item in GENERAL if str(item) == text)
    lower = replace(conversion, expression=conversion.expression * 0.999)
    a_conversion_holds(conversion, ATTAINED[text])
    with pytest.raises(AssertionError, match="fails"):
        a_conversion_holds(lower, ATTAINED[text])


def test_samples_may_be_rougher_than_their_mean():
    found = shaken()
    assert found["mean_squared_smoothness"] == pytest.approx(np.sqrt(2) * found["smoothness"])


def test_the_other_directions_are_false():
    """Where two constants are compared one way only, an instance breaks the other."""
    apart = two((1, 1), (1, -1), noise=1.0)
    assert apart["hessian_heterogeneity"] == 0 < apart["heterogeneity"]
    assert apart["gradient_bound"] > apart["heterogeneity"]
    bent = two((1, 3), (0, 0), points=(5.0,))
    assert bent["heterogeneity_at_optimum"] == 0 < bent["heterogeneity"]


def test_chains_are_followed_and_the_least_is_taken():
    found = convert({"greatest_heterogeneity": 2.0})
    assert found["heterogeneity"] == found["heterogeneity_at_optimum"] == 2
    assert found["dissimilarity_factor"] == 1
    found = convert({"hessian_spread": 2.0, "num_workers": 2})
    assert found["hessian_heterogeneity"] == 1  # with M known: 1 - 1/M
    assert convert({"heterogeneity": 1.0, "greatest_heterogeneity": 0.5})["heterogeneity"] == 1


def test_side_assumptions_are_needed():
    values = {"heterogeneity_of_optima": 1.0}
    assert "heterogeneity_at_optimum" not in convert(values)
    assert convert(values, {Assumption.WORKERS_SMOOTH})["heterogeneity_at_optimum"] == 1
    assert "heterogeneity" not in convert({"dissimilarity": 1.0, "dissimilarity_factor": 2.0})
    assert convert({"dissimilarity": 1.0, "dissimilarity_factor": 1.0})["heterogeneity"] == 1
    assert convert({}, {Assumption.HOMOGENEOUS})["heterogeneity"] == 0


def test_assumptions_follow_with_another_constant():
    found = implied({Assumption.BOUNDED_GRADIENTS})
    [direct] = found[Assumption.BOUNDED_HETEROGENEITY]
    assert str(direct) == "heterogeneity <= gradient_bound"
    assert found[Assumption.HETEROGENEITY_AT_REPORT_POINT] == (direct,)
    assert Assumption.HESSIAN_SPREAD not in found
    assert Assumption.BOUNDED_HETEROGENEITY not in implied({Assumption.BOUNDED_DISSIMILARITY})


def test_random_numbers_become_those_of_a_problem():
    found = coherent(
        {"heterogeneity": np.array([1.0, 5.0]), "gradient_bound": np.array([2.0, 2.0])}
    )
    assert found["heterogeneity"].tolist() == [1, 2]
    assert coherent({"heterogeneity": np.ones(2)})["heterogeneity"].tolist() == [1, 1]


def test_every_assumption_with_a_constant_is_known():
    assert len(set(DEFINES.values())) == len(DEFINES)
