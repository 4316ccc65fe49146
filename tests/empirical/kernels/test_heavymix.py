from math import sqrt

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.kernels.heavymix import heavymix
from empirical.kernels.random_streams import generator
from theory.costs.sketch_size import TOLERANCE


def left_out(x, estimates, norm, kept):
    """E|x - x~|^2 over the random places, in closed form."""
    heavy = estimates.abs() >= norm / sqrt(kept)
    count = int(heavy.sum())
    if count >= kept:
        chosen = heavymix(estimates, norm, kept, generator(0))
        return float(x.square().sum() - x[chosen].square().sum())
    share = (kept - count) / (len(x) - count)
    return float((1 - share) * x[~heavy].square().sum())


def within_premises(seed, size, kept):
    """A vector of some shape, estimates and a norm as far off as the premises let them be."""
    rng = np.random.default_rng(seed)
    x = torch.from_numpy(rng.standard_normal(size) * np.exp(rng.uniform(0, 3) * rng.random(size)))
    if rng.random() < 0.3:
        x = torch.from_numpy(rng.choice([-1.0, 1.0], size))
    norm = x.norm() * sqrt(3 / 4) * (1 + 0.3 * rng.random() * (rng.random() < 0.7))
    tolerance = TOLERANCE * x.norm() / sqrt(kept)
    off = torch.from_numpy(rng.choice([-1.0, 1.0], size)) * tolerance
    off *= torch.from_numpy(rng.random(size)) if rng.random() < 0.5 else 1
    return x, x + off, norm


@given(seed=st.integers(0, 10**6), size=st.integers(2, 40), data=st.data())
def test_it_contracts_within_its_premises(seed, size, data):
    kept = data.draw(st.integers(1, size // 2))
    x, estimates, norm = within_premises(seed, size, kept)
    allowed = (1 - kept / size) * float(x.square().sum())
    assert left_out(x, estimates, norm, kept) <= allowed * (1 + 1e-12)


def test_no_violation_in_many_cases_and_equality_in_some():
    ratios = []
    for seed in range(2000):
        size = 2 + seed % 29
        kept = 1 + seed % (size // 2)
        x, estimates, norm = within_premises(seed, size, kept)
        allowed = (1 - kept / size) * float(x.square().sum())
        ratios.append(left_out(x, estimates, norm, kept) / allowed)
    assert max(ratios) <= 1 + 1e-12
    assert max(ratios) >= 1 - 1e-12


def test_beyond_half_of_the_coordinates_it_need_not_contract():
    """One of three passes though it is the smallest: 3/8 is left out on average, above 1/3.

    (At the very edge of the premises, up to 1e-4 of the tolerance.)
    """
    x = torch.tensor([0.5, 0.375**0.5, -(0.375**0.5)], dtype=torch.float64)
    off = 1.0001 * TOLERANCE / sqrt(2)
    estimates = x + off * torch.tensor([1.0, -1, 1])
    norm = x.norm() * sqrt(3 / 4)
    assert left_out(x, estimates, norm, 2) == pytest.approx(3 / 8, rel=1e-12)


def test_thresholds_within_a_half_would_let_all_of_a_flat_vector_pass():
    """The constants as read: then |H| = d, and only the cap keeps the size of the answer."""
    x = torch.ones(20, dtype=torch.float64)
    norm, estimates = x.norm() * sqrt(0.5), (x.square() + 20 / (2 * 10)).sqrt()
    assert bool((estimates.square() >= norm**2 / 10).all())
    assert len(heavymix(estimates, norm, 10, generator(0))) == 10


@given(seed=st.integers(0, 10**6), size=st.integers(1, 60), kept=st.integers(1, 70))
def test_places_are_distinct_ascend_and_hold_the_heavy_ones(seed, size, kept):
    rng = np.random.default_rng(seed)
    estimates = torch.from_numpy(rng.standard_normal(size))
    norm = estimates.norm() * rng.uniform(0, 2)
    places = heavymix(estimates, norm, kept, generator(seed))
    assert len(places) == min(kept, size)
    assert bool((places.diff() > 0).all())
    assert set(places.tolist()) <= set(range(size))
    heavy = set((estimates.abs() >= norm / sqrt(kept)).nonzero().flatten().tolist())
    most = set(estimates.abs().topk(min(kept, size)).indices.tolist())
    expected = heavy if len(heavy) <= kept else most
    assert expected <= set(places.tolist())
    assert torch.equal(places, heavymix(estimates, norm, kept, generator(seed)))


@pytest.mark.parametrize(("size", "kept"), [(9, 7), (40, 4)])
def test_the_others_are_uniform(size, kept):
    """By either way of drawing them; the two heavy ones are always there."""
    estimates = torch.full((size,), 1e-3, dtype=torch.float64)
    estimates[3], estimates[5] = 1.0, -2.0
    norm = estimates.norm()
    draws = 3000
    counts, pairs = np.zeros(size), 0
    for seed in range(draws):
        found = heavymix(estimates, norm * 0.1, kept, generator(seed)).numpy()
        counts[found] += 1
        pairs += {0, 1} <= set(found.tolist())
    assert counts[3] == counts[5] == draws
    light = np.delete(counts, [3, 5])
    chance = (kept - 2) / (size - 2)
    assert np.abs(light - draws * chance).max() <= 6 * sqrt(draws * chance * (1 - chance))
    both = chance * (kept - 3) / (size - 3)
    assert abs(pairs - draws * both) <= 6 * sqrt(draws * both * (1 - both))


def test_zero_asks_for_as_many():
    zero = torch.zeros(10)
    assert heavymix(zero, zero.norm(), 3, generator(0)).tolist() == [0, 1, 2]
