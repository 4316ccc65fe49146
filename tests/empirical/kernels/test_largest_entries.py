"""T5: the largest magnitudes, exactly, and of equals the first, whatever the numbers look like."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.kernels import largest_entries
from empirical.kernels.largest_entries import largest

FORMATS = [torch.float32, torch.float64, torch.float16, torch.bfloat16]


def by_definition(values, count):
    """Indices sorted by (-|v|, index) in exact arithmetic, the first `count` of them."""
    keys = [(-abs(value), place) for place, value in enumerate(values.tolist())]
    return sorted(place for _, place in sorted(keys)[:count])


@given(
    form=st.sampled_from(FORMATS),
    entries=st.lists(st.floats(-4, 4, width=16), min_size=1, max_size=30),
    count=st.integers(1, 40),
)
def test_it_is_the_definition(form, entries, count):
    values = torch.tensor(entries, dtype=form)
    assert largest(values, count).tolist() == by_definition(values, count)


def shapes_of_numbers(size):
    rng = np.random.default_rng(size)
    normal = torch.from_numpy(rng.standard_normal(size))
    return {
        "normal": normal,
        "heavy tails": normal**9,
        "few values": normal.round(),
        "all equal": torch.ones(size, dtype=torch.float64),
        "zeros of both signs": torch.zeros(size, dtype=torch.float64) * normal.sign(),
        "ascending": torch.arange(size, dtype=torch.float64),
        "large": 1e30 * normal,  # its squares overflow float32
        "small": 1e-30 * normal,  # and vanish
        "subnormal": 1e-39 * normal,
        "in step with the sample": torch.where(
            torch.arange(size) % largest_entries._STRIDE == 0, 0.01, 1.0
        )
        * normal,
        "sample sees only the largest": torch.where(
            torch.arange(size) % largest_entries._STRIDE == 0, 100.0, 1.0
        )
        * normal,
    }


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("size", [1025, 70_000, 200_001])
@pytest.mark.parametrize("kind", shapes_of_numbers(2))
def test_large_vectors_agree_with_a_stable_sort(form, size, kind):
    values = shapes_of_numbers(size)[kind].to(form)
    values = values.where(values.isfinite(), torch.zeros_like(values))
    order = values.double().abs().sort(descending=True, stable=True).indices
    for count in (1, size // 1000, size // 100, size // 9, size // 2, size - 1, size, size + 1):
        found = largest(values, count)
        assert torch.equal(found, order[:count].sort().values), count


def test_a_threshold_too_high_is_lowered(monkeypatch):
    """With a sample that promises nothing, everything still passes in the end."""
    seen = []
    passing = largest_entries._passing

    def counted(bits, threshold, mask):
        seen.append(int(threshold))
        return passing(bits, threshold, mask)

    monkeypatch.setattr(largest_entries, "_passing", counted)
    values = shapes_of_numbers(200_001)["sample sees only the largest"]
    found = largest(values, 2000)
    assert torch.equal(found, values.abs().sort(descending=True).indices[:2000].sort().values)
    assert len(seen) > 1
    assert seen == sorted(seen, reverse=True)


def test_every_row_is_its_own():
    rows = torch.from_numpy(np.random.default_rng(0).standard_normal((2, 3, 1500)))
    for size in (40, 1500):
        found = largest(rows[..., :size], 7)
        assert found.shape == (2, 3, 7)
        assert torch.equal(found[1, 2], largest(rows[1, 2, :size], 7))


def test_nan_is_above_everything_and_nothing_is_written():
    values = torch.tensor([1.0, torch.nan, -torch.inf, 2.0])
    assert largest(values, 2).tolist() == [1, 2]
    strided = torch.arange(3000.0).reshape(1500, 2)[:, 0]
    before = strided.clone()
    assert largest(strided, 2).tolist() == [1498, 1499]
    assert torch.equal(strided, before)
    assert largest(torch.zeros(2, 0), 3).shape == (2, 0)


def test_a_count_below_one_is_refused():
    with pytest.raises(ValueError, match="count=0 must be >= 1"):
        largest(torch.zeros(3), 0)
