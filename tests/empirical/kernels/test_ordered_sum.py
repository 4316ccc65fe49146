import math

import numpy as np
import pytest
import torch

from empirical.kernels.ordered_sum import row_sum


@pytest.fixture
def two_threads():
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(1)


def vectors(size, form=torch.float32):
    return torch.from_numpy(np.random.default_rng(size).standard_normal((2, 3, size))).to(form)


@pytest.mark.parametrize("form", [torch.float32, torch.float64, torch.float16])
@pytest.mark.parametrize("size", [1, 7, 16_384, 100_003])
def test_a_sum_is_the_same_whichever_vectors_share_the_tensor(two_threads, form, size):
    values = vectors(size, form)
    together = row_sum(values)
    strided = torch.stack([values, values], dim=-1)[..., 0]
    assert torch.equal(row_sum(strided), together)
    for seed in range(2):
        for worker in range(3):
            alone = row_sum(values[seed, worker])
            assert torch.equal(alone, together[seed, worker])
            assert float(alone) == pytest.approx(
                math.fsum(values[seed, worker].abs().tolist()), rel=1e-14
            )


def test_threads_do_not_matter(two_threads):
    values = vectors(100_003)[0, 0]
    found = row_sum(values)
    torch.set_num_threads(1)
    assert torch.equal(row_sum(values), found)


def test_anything_is_summed_in_double_precision():
    assert float(row_sum(torch.full((3,), 3e38))) == pytest.approx(9e38)
    assert float(row_sum(torch.tensor([3.0, -4.0]), torch.square)) == 25
    assert row_sum(torch.zeros(2, 0)).tolist() == [0, 0]
