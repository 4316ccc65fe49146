import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.kernels.low_rank import Matrices, orthonormal

SEEN = st.builds(Matrices, st.integers(1, 50), st.integers(1, 5), st.sampled_from([0, 0, 1, 3, 60]))


def normal(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape))


def matrix(seen, vector):
    """Row by row, filled up with zeros."""
    n, m = seen.shape
    filled = np.zeros(n * m)
    filled[: seen.size] = vector
    return filled.reshape(n, m)


SHAPES = {
    (0, 0): (0, 0),
    (1, 0): (1, 1),
    (9, 0): (3, 3),
    (10, 0): (4, 3),
    (7, 2): (2, 4),
    (7, 9): (9, 1),
    (0, 4): (4, 0),
    (10**7, 0): (3163, 3162),
}


@pytest.mark.parametrize(("size", "rows"), list(SHAPES))
def test_a_vector_is_a_nearly_square_matrix_or_has_the_rows_asked_for(size, rows):
    assert Matrices(size, 1, rows).shape == SHAPES[size, rows]


@given(seen=SEEN, seed=st.integers(0, 99))
def test_products_are_those_of_the_matrices(seen, seed):
    (n, m), r = seen.shape, seen.directions
    assert r == min(seen.rank, n, m)
    x, q, p = normal(2, 3, seen.size, seed=seed), normal(2, 1, r, m), normal(2, 3, r, n)
    lefts, rights = seen.lefts(x, q), seen.rights(x, p)
    product = seen.vectors(p, rights)
    for seed_place in range(2):
        for worker in range(3):
            place = (seed_place, worker)
            a = matrix(seen, x[place].numpy())
            left, right = a @ q[seed_place, 0].numpy().T, p[place].numpy() @ a
            np.testing.assert_allclose(lefts[place].numpy().T, left, rtol=1e-12, atol=1e-12)
            np.testing.assert_allclose(rights[place].numpy(), right, rtol=1e-12, atol=1e-12)
            whole = (p[place].numpy().T @ right).flatten()[: seen.size]
            np.testing.assert_allclose(product[place].numpy(), whole, rtol=1e-12, atol=1e-12)


@given(seen=SEEN, seed=st.integers(0, 99))
def test_bases_are_orthonormal_and_span_the_same(seen, seed):
    rows = normal(2, 1, seen.directions * seen.shape[0], seed=seed)
    basis = seen.as_rows(seen.basis(rows))
    one = torch.eye(seen.directions, dtype=torch.float64)
    assert torch.allclose(basis @ basis.mT, one.expand(2, 1, -1, -1), rtol=0, atol=1e-13)
    given_rows = seen.as_rows(rows)
    assert torch.allclose(given_rows @ basis.mT @ basis, given_rows, rtol=0, atol=1e-12)


@pytest.mark.parametrize("rank", [0, 1, 2])
def test_dependent_rows_still_give_orthonormal_ones(rank):
    rows = normal(3, rank, seed=1) @ normal(rank, 8, seed=2)
    basis = orthonormal(rows)
    assert torch.allclose(basis @ basis.T, torch.eye(3, dtype=torch.float64), rtol=0, atol=1e-14)
    assert torch.allclose(rows @ basis.T @ basis, rows, rtol=0, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("size", "rank"), [(7, 1), (961, 1), (490_700, 1), (1000, 3)])
def test_a_matrix_is_multiplied_to_the_same_bits_whatever_lies_beside_it(size, rank, dtype):
    """Layouts stack different numbers of workers, at other places in memory."""
    seen = Matrices(size, rank)
    x, right = normal(5, size).to(dtype), normal(5, rank, seen.shape[1]).to(dtype)
    left = orthonormal(seen.lefts(x, right))
    rights = seen.rights(x, left)
    whole = seen.vectors(left, rights)
    for place in range(5):
        one = slice(place, place + 1)
        alone = orthonormal(seen.lefts(x[one].clone(), right[one].clone()))
        assert torch.equal(alone, left[one])
        assert torch.equal(seen.rights(x[one].clone(), alone), rights[one])
        assert torch.equal(seen.vectors(alone, rights[one].clone()), whole[one])


def test_what_cannot_be_seen_so_is_refused():
    with pytest.raises(ValueError, match="rank=0 must be"):
        Matrices(5, 0)
    with pytest.raises(ValueError, match="matrix_rows=-1 must be"):
        Matrices(5, 1, -1)
