"""Certified norms lie above every finite section, and close to the long ones."""

import numpy as np
import pytest

from empirical.readings.linear.block_toeplitz import BlockToeplitz, NoDecay


def random_system(seed, steps=2, states=4, radius=0.8):
    rng = np.random.default_rng(seed)
    through = rng.standard_normal((states, states))
    through *= radius / np.abs(np.linalg.eigvals(through)).max()
    now = np.tril(rng.standard_normal((steps, steps)), -1)
    inward, outward = rng.standard_normal((states, steps)), rng.standard_normal((steps, states))
    return BlockToeplitz(now, inward, through, outward)


@pytest.mark.parametrize("seed", range(8))
def test_the_certificate_is_above_and_near_a_long_section(seed):
    made = random_system(seed)
    sections = [made.finite(rounds) for rounds in (1, 5, 250)]
    norms = [np.linalg.norm(section, 2) for section in sections]
    assert norms == sorted(norms)
    assert norms[-1] <= made.norm <= 1.005 * norms[-1]
    squares = [(section**2).sum() / len(section) for section in sections]
    assert squares == sorted(squares)
    assert squares[-1] <= made.mean_square <= 1.02 * squares[-1]


def test_a_positive_system_is_certified_to_rounding():
    """W_n = rho^n on one step a round: norm rho / (1 - rho), row sums rho^2 / (1 - rho^2)."""
    one = np.ones((1, 1))
    made = BlockToeplitz(0 * one, 0.9 * one, 0.9 * one, one)
    assert made.norm == pytest.approx(9, rel=1e-8)
    assert made.norm >= 9
    assert made.mean_square == pytest.approx(0.81 / 0.19, rel=1e-8)


def test_alternating_signs_are_not_taken_for_positive():
    """W_n = (-1)^(n-1) rho^n has the same norm, at angle pi; three of four signs have less."""
    one = np.ones((1, 1))
    assert BlockToeplitz(0 * one, 0.9 * one, -0.9 * one, one).norm == pytest.approx(9, rel=1e-3)
    through = np.array([[0.0, -0.9], [0.9, 0.0]])
    turning = BlockToeplitz(0 * one, np.array([[1.0], [0.0]]), through, np.array([[1.0, 0.0]]))
    section = np.linalg.norm(turning.finite(150), 2)
    assert section <= turning.norm <= 1.02 * section


def test_without_memory_it_is_its_first_block():
    now = np.tril(np.ones((4, 4)), -1)
    made = BlockToeplitz(now, np.zeros((0, 4)), np.zeros((0, 0)), np.zeros((4, 0)))
    assert made.norm == pytest.approx(np.linalg.norm(now, 2), rel=1e-8)
    assert made.mean_square == pytest.approx(1.5, rel=1e-8)


def test_what_never_dies_out_has_no_certificate():
    one = np.ones((1, 1))
    with pytest.raises(NoDecay):
        _ = BlockToeplitz(0 * one, one, one, one).norm
