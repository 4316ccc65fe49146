from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.readings.linear.linear_form import NotExchangeable
from empirical.readings.performance_estimation.gram import full_frame, simplex, symmetric_frame
from empirical.readings.performance_estimation.iterate_coefficients import trace
from empirical.readings.performance_estimation.semidefinite import triangle

OPTIONS = {"smoothness": 2.0, "optimum": True, "merged": False, "agreed": False}
OVERLAP = OverlapLocalSGD(local_steps=2, step_size=0.1, pullback=0.6, anchor_momentum=0.3)


@dataclass(frozen=True, kw_only=True)
class FirstLeads(LocalSGD):
    """Only the first worker computes."""

    def local_step(self, state, gradient):
        mask = gradient.new_tensor([1.0] + [0.0] * (gradient.shape[-2] - 1))
        return super().local_step(state, gradient * mask[:, None])


@dataclass(frozen=True, kw_only=True)
class Crowded(LocalSGD):
    """Steps that shrink with the number of workers."""

    def local_step(self, state, gradient):
        return super().local_step(state, gradient / gradient.shape[-2])


def both(algorithm, num_workers, **changes):
    """The two frames of one run, each with a basis of vectors for the given workers."""
    options = {**OPTIONS, **changes}
    traces = [trace(algorithm, num_workers=m, num_rounds=2) for m in (num_workers, 2, 5)]
    return full_frame(traces[0], **options), symmetric_frame(traces, **options)


@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_the_simplex_is_regular(count):
    vertices = simplex(count)
    expected = (np.eye(count) - 1 / count) * count / max(count - 1, 1)
    np.testing.assert_allclose(vertices @ vertices.T, expected, atol=1e-14)


@pytest.mark.parametrize("num_workers", [2, 3, 4])
@given(seed=st.integers(0, 99))
def test_the_symmetric_frame_says_of_all_workers_what_they_say_themselves(num_workers, seed):
    """Laid out for M workers, its vectors are a run in the full frame with these inner products."""
    full, short = both(OVERLAP, num_workers)
    rng = np.random.default_rng(seed)
    factors = [rng.standard_normal((size, 2)) for size in short.sizes]
    basis = short.workers(factors, num_workers)
    points, gradients = short.points[0] @ basis, short.gradients[0] @ basis
    count, size = gradients.shape[1] - 1, gradients.shape[-1]
    columns = gradients[:, :-1].swapaxes(0, 1).reshape(count * num_workers, size)
    own = np.concatenate([points[:1, 0], columns, gradients[:-1, -1]])
    own[0] = basis[0, 0]  # x_0
    np.testing.assert_allclose(full.points @ own, points, atol=1e-12)
    np.testing.assert_allclose(full.gradients @ own, gradients, atol=1e-12)
    packed = np.concatenate([triangle(factor @ factor.T) for factor in factors])
    for e in range(count + 1):
        mean, apart = gradients[:, e].mean(0), gradients[:, e] - gradients[:, e].mean(0)
        inner = short.inner(*2 * [short.mean(short.gradients[:, e])]) @ packed
        assert inner == pytest.approx(mean @ mean, abs=1e-12)
        spread = short.spread(short.gradients[:, e]) @ packed
        assert spread == pytest.approx((apart**2).sum(-1).mean(), abs=1e-12)
    rows = rng.standard_normal((num_workers, short.points.shape[-1]))
    vectors = np.einsum("mn,mnd->md", rows, basis).mean(0)
    assert short.squared_mean(rows) @ packed == pytest.approx(vectors @ vectors, abs=1e-12)


def test_the_gradients_at_the_optimum_cancel():
    for frame in both(OVERLAP, 3):
        assert np.abs(frame.mean(frame.gradients)[-1]).max() == 0
        assert np.abs(frame.points[:, -1]).max() == 0
        assert frame.common[-1]


def test_equal_gradients_share_their_columns():
    full, short = both(OVERLAP, 3, merged=True, agreed=True)
    for frame in (full, short):
        for e in np.flatnonzero(frame.common):
            assert np.abs(frame.spread(frame.gradients[:, e])).max() == 0
    assert short.sizes[0] == short.points.shape[1], "x_0 and every gradient but that at x*"


@pytest.mark.parametrize(
    ("method", "reason"),
    [(FirstLeads, "the 3 workers do not all do the same"), (Crowded, "2 workers do otherwise")],
)
def test_methods_that_are_not_exchangeable_are_refused(method, reason):
    with pytest.raises(NotExchangeable, match=reason):
        both(method(local_steps=2, step_size=0.1), 3)
