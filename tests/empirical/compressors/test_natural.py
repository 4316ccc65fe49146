import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.compressors.natural import Natural
from empirical.kernels.random_streams import Noise
from empirical.testing.compressor_laws import noise_of
from empirical.wire.envelope import CorruptMessage

FRACTIONS = {torch.float32: 23, torch.float64: 52, torch.float16: 10, torch.bfloat16: 7}
every_format = pytest.mark.parametrize("form", FRACTIONS, ids=str)


class Given(Noise):
    """Noise that is what a test says."""

    def __init__(self, chance):
        super().__init__()
        object.__setattr__(self, "chance", chance)

    def each(self, draw):
        return self.chance


def rounded(values, chance, form):
    """C(v; u) for whole numbers u below 2^fraction."""
    word = {2: torch.int16, 4: torch.int32, 8: torch.int64}[form.itemsize]
    chances = torch.tensor(chance, dtype=word).expand(1, 1, len(values))
    return Natural()(torch.tensor(values, dtype=form), Given(chances)).tolist()


@every_format
def test_it_rounds_up_in_exactly_m_of_all_cases(form):
    """Of the 2^p random numbers exactly m 2^p round (1 + m) 2^e up: unbiased to the last bit."""
    p = FRACTIONS[form]
    for share in (0, 1, 2 ** (p - 2), 2**p - 1):
        t = 4 * (1 + share / 2**p)
        for chance in {0, 2**p - share - 1, min(2**p - share, 2**p - 1), 2**p - 1}:
            up = chance >= 2**p - share
            assert rounded([t, -t], chance, form) == [8.0, -8.0] if up else [4.0, -4.0]


def test_mean_and_variance_by_enumeration_in_half_precision():
    """All 1024 random numbers: E C = t exactly, E(C - t)^2 = (t - low)(high - t) <= t^2 / 8."""
    for t in (1.0, 1.5, 1.3330078125, 5.0, -0.3330078125):
        reads = np.array([rounded([t], chance, torch.float16)[0] for chance in range(1024)])
        assert reads.mean() == t
        low = 2.0 ** np.floor(np.log2(abs(t)))
        exact = (abs(t) - low) * (2 * low - abs(t))
        assert ((reads - t) ** 2).mean() == pytest.approx(exact, rel=1e-12)
        assert exact <= t * t / 8
        assert set(np.abs(reads)) <= {low, 2 * low}


def test_four_thirds_meet_the_variance_with_equality():
    t = torch.full((20_000,), 4 / 3, dtype=torch.float64)
    error = Natural()(t) - t
    assert float(error.square().mean()) == pytest.approx((4 / 3) ** 2 / 8, rel=0.02)


@given(
    values=st.lists(st.floats(2.0**-126, 2.0**126, width=32), min_size=1, max_size=20),
    seed=st.integers(0, 99),
)
def test_powers_of_two_within_a_factor_of_two(values, seed):
    """Q11."""
    row = torch.tensor(values, dtype=torch.float32)
    found = Natural()(row, Noise((seed,))).double()
    assert bool((torch.frexp(found).mantissa == 0.5).all())
    ratio = found / row.double()
    assert float(ratio.min()) > 0.5
    assert float(ratio.max()) < 2


@every_format
def test_powers_of_two_and_zero_are_exact_and_minus_zero_is_zero(form):
    row = torch.tensor([1.0, -2.0, 0.25, 0.0, -0.0], dtype=form).expand(30, 1, 5)
    found = Natural()(row, noise_of(row))
    assert torch.equal(found, row)
    assert not bool(found[..., -1].signbit().any())


@every_format
def test_subnormal_numbers_are_flushed_and_the_least_normal_is_not(form):
    tiny = torch.finfo(form).tiny
    row = torch.tensor([tiny, tiny / 2, -tiny / 2], dtype=form)
    assert Natural()(row).tolist() == [tiny, 0, 0]


@every_format
def test_the_last_binade_is_rounded_down_and_never_to_inf(form):
    largest = torch.finfo(form).max
    row = torch.tensor([largest, -largest], dtype=form).expand(50, 1, 2)
    found = Natural()(row, noise_of(row))
    last = 2.0 ** (np.frexp(largest)[1] - 1)
    assert bool((found.abs() == last).all())
    below = torch.full((200, 1, 1), last * 0.75, dtype=form)
    assert set(Natural()(below, noise_of(below)).flatten().tolist()) == {last / 2, last}


def test_payload_bits():
    """9 d for float32, 12 d for float64."""
    bits = {form: Natural().payload_bits(100, form) for form in FRACTIONS}
    expected = {torch.float32: 900, torch.float64: 1200, torch.float16: 600, torch.bfloat16: 900}
    assert bits == expected


def test_codes_of_inf_and_of_minus_zero_are_corrupt():
    """Nine bits: the low byte is the exponent, the ninth the sign."""
    for exponent, sign in ((255, 0), (255, 1), (0, 1)):
        body = torch.tensor([exponent, sign], dtype=torch.uint8)
        with pytest.raises(CorruptMessage, match="no power of two"):
            Natural().read(body, 1, torch.float32)
    [found] = Natural().read(torch.tensor([127 + 3, 1], dtype=torch.uint8), 1, torch.float32)
    assert found.tolist() == [-8]
