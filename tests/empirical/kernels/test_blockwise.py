import pytest
import torch

from empirical.kernels import blockwise
from empirical.kernels.blockwise import piecewise


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 200_003])
@pytest.mark.parametrize("leading", [(), (1, 1), (2, 3)])
def test_it_is_the_function_itself(size, leading):
    one = torch.arange(size, dtype=torch.float32).expand(*leading, size)
    other = torch.linspace(0, 1, size, dtype=torch.float64)
    found = piecewise(lambda a, b: (a * b).to(torch.int64), one, other)
    assert torch.equal(found, (one * other).to(torch.int64))


def test_pieces_are_small_whatever_the_rows():
    seen = []

    def noted(part):
        seen.append(part.numel())
        return part

    piecewise(noted, torch.zeros(4, 5, 50_000))
    assert max(seen) <= blockwise._PIECE
    assert sum(seen) == 4 * 5 * 50_000
