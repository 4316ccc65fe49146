import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.kernels.median import _network, median


@given(
    count=st.integers(0, 7).map(lambda half: 2 * half + 1),
    seed=st.integers(0, 10**6),
    levels=st.sampled_from([2, 3, 1000]),
    given_out=st.booleans(),
)
def test_it_is_the_middle_of_the_sorted_entries(count, seed, levels, given_out):
    rng = torch.Generator().manual_seed(seed)
    values = torch.randint(-levels, levels + 1, (count, 200), generator=rng).double()
    expected = values.sort(0).values[count // 2]
    out = torch.empty(200, dtype=torch.float64) if given_out else None
    assert torch.equal(median(list(values.clone().unbind(0)), out=out), expected)
    assert out is None or torch.equal(out, expected)


@pytest.mark.parametrize("count", [1, 3, 5, 7, 9])
def test_all_zeros_and_ones_come_out_right(count):
    """A network of minima and maxima that passes these is right on all (the zero-one principle)."""
    inputs = torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * count).reshape(-1, count).T
    expected = (inputs.sum(0) > count // 2).float()
    assert torch.equal(median(list(inputs.clone().unbind(0))), expected)


def test_five_take_ten_operations():
    steps, _ = _network(5)
    assert sum(step.smaller + step.larger for step in steps) == 10


@pytest.mark.parametrize("place", range(5))
def test_nan_stays_nan(place):
    rows = [torch.tensor([1.0, 2.0]) for _ in range(5)]
    rows[place][0] = torch.nan
    assert median(rows).isnan().tolist() == [True, False]


def test_an_even_number_is_refused():
    with pytest.raises(ValueError, match="count=4 must be odd"):
        median([torch.zeros(1) for _ in range(4)])
