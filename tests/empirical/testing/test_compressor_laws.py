"""Every compressor of the catalogue obeys the laws of maps, and each law sees red once."""

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from empirical import catalogue
from empirical.compressors.identity import Identity
from empirical.description import build, describe
from empirical.kernels.random_streams import Noise
from empirical.testing import compressor_laws
from empirical.testing.compressor_strategies import vector, vectors
from empirical.testing.running import NotApplicable

EXAMPLES = [item for examples in catalogue.compressors().values() for item in examples]
DIFFERENT = ("normal",)
FORMATS = st.sampled_from([torch.float32, torch.float64])
FEW = settings(max_examples=max(settings().max_examples // 3, 5))

every_compressor = pytest.mark.parametrize("compressor", EXAMPLES, ids=str)


def applied(law, *arguments):
    """Calls a law; hypothesis draws another subject where it does not apply."""
    with suppress(NotApplicable):
        law(*arguments)


@pytest.mark.parametrize("kind", ["normal", "sparse", "equal magnitudes", "one spike"])
@every_compressor
def test_declared_constants_hold(compressor, kind):
    for size in (1, 4, 24):
        subject = vector(kind, size, 5)
        for law in ("is_unbiased", "variance_within_omega", "contracts_by_delta"):
            applied(getattr(compressor_laws, law), compressor, subject, 500)


@every_compressor
def test_declared_constants_hold_in_single_precision(compressor):
    subject = vector("normal", 12, 2, torch.float32)
    for law in ("is_unbiased", "variance_within_omega", "contracts_by_delta"):
        applied(getattr(compressor_laws, law), compressor, subject, 1000)


@every_compressor
@pytest.mark.parametrize("num_workers", [3, 8])
def test_errors_of_workers_average_out(compressor, num_workers):
    law = compressor_laws.errors_of_workers_average_out
    applied(law, compressor, vector("normal", 10, 1), num_workers, 400)


@every_compressor
@FEW
@given(form=FORMATS, power=st.integers(-8, 8), data=st.data())
def test_powers_of_two_pass_through(compressor, form, power, data):
    compressor_laws.powers_of_two_pass_through(compressor, data.draw(vectors(form)), power)


@every_compressor
@FEW
@given(drawn=vectors(kinds=DIFFERENT), scale=st.floats(0.01, 100))
def test_any_scale_passes_through(compressor, drawn, scale):
    applied(compressor_laws.any_scale_passes_through, compressor, drawn, scale)


@every_compressor
@FEW
@given(form=FORMATS, data=st.data())
def test_it_is_odd(compressor, form, data):
    drawn = data.draw(vectors(form, kinds=("normal", "equal magnitudes")))
    applied(compressor_laws.is_odd, compressor, drawn)


@every_compressor
@FEW
@given(drawn=vectors(kinds=DIFFERENT), data=st.data())
def test_renumbering_passes_through(compressor, drawn, data):
    order = data.draw(st.permutations(range(drawn.shape[-1])))
    applied(compressor_laws.renumbering_passes_through, compressor, drawn, order)


@every_compressor
@FEW
@given(form=FORMATS, data=st.data())
def test_who_lives_together_does_not_matter(compressor, form, data):
    compressor_laws.who_lives_together_does_not_matter(compressor, data.draw(vectors(form)))


@every_compressor
def test_who_lives_together_does_not_matter_to_long_vectors(compressor):
    """With two threads: torch shares out sums of one long vector, but not of several."""
    rng = np.random.default_rng(0)
    drawn = torch.from_numpy(rng.standard_normal((1, 2, 33_001), dtype=np.float32))
    torch.set_num_threads(2)
    try:
        together = compressor(drawn, Noise(workers=range(2)))[0, 0]
        alone = compressor(drawn[:, :1], Noise(workers=range(1)))[0, 0]
    finally:
        torch.set_num_threads(1)
    assert torch.equal(together, alone)


@every_compressor
@FEW
@given(drawn=vectors(torch.float32))
def test_nothing_outside_is_touched(compressor, drawn):
    compressor_laws.nothing_outside_is_touched(compressor, drawn)


@every_compressor
def test_noise_is_used_as_claimed(compressor):
    drawn = torch.stack([vector("normal", 30, place) for place in range(4)]).reshape(2, 2, 30)
    compressor_laws.noise_is_used_as_claimed(compressor, drawn)


@every_compressor
def test_a_compressor_is_a_description(compressor):
    again = build(type(compressor), describe(compressor))
    assert again == compressor
    assert hash(again) == hash(compressor)


@dataclass(frozen=True)
class Broken(Identity):
    """Breaks the law that its field names."""

    how: str = ""

    @property
    def random(self):
        return self.how in ("shared", "forgets its noise", "batch")

    def compression_variance(self, size):
        return 1.0 if self.how == "shared" else 0.0

    def encode(self, vector, noise):
        rng = torch.Generator().manual_seed(noise.seeds[0] + len(noise.seeds))
        changed = {
            "biased": lambda: 1.01 * vector,
            "spreads": lambda: 0.9 * vector,
            "shared": lambda: vector * self._coin(vector, noise),
            "forgets its noise": lambda: vector + 1,
            "absolute": lambda: (8 * vector).round() / 8,
            "up": lambda: torch.nextafter(vector, torch.tensor(torch.inf, dtype=vector.dtype)),
            "place": lambda: vector * torch.linspace(1, 1.1, vector.shape[-1]),
            "batch": lambda: vector + torch.randn(vector.shape, generator=rng, dtype=vector.dtype),
            "global": lambda: vector + torch.rand(()),
            "in place": lambda: vector.mul_(2),
        }
        return (changed[self.how](),)

    def _coin(self, vector, noise):
        one = noise.each(lambda generator: 2.0 * generator.integers(0, 2, 1))
        return one[:, :1].expand(*vector.shape[:-1], 1)


PAIR = torch.stack([vector("normal", 6, place) for place in range(4)]).reshape(2, 2, 6)


@pytest.mark.parametrize(
    ("how", "law", "data"),
    [
        ("biased", "is_unbiased", (PAIR[0, 0], 50)),
        ("spreads", "variance_within_omega", (PAIR[0, 0], 50)),
        ("spreads", "contracts_by_delta", (PAIR[0, 0], 50)),
        ("shared", "errors_of_workers_average_out", (PAIR[0, 0], 4, 400)),
        ("absolute", "powers_of_two_pass_through", (PAIR, -3)),
        ("absolute", "any_scale_passes_through", (PAIR, 0.3)),
        ("up", "is_odd", (PAIR,)),
        ("place", "renumbering_passes_through", (PAIR, [1, 0, 2, 5, 4, 3])),
        ("batch", "who_lives_together_does_not_matter", (PAIR,)),
        ("global", "nothing_outside_is_touched", (PAIR,)),
        ("in place", "nothing_outside_is_touched", (PAIR.clone(),)),
        ("global", "noise_is_used_as_claimed", (PAIR,)),
        ("forgets its noise", "noise_is_used_as_claimed", (PAIR,)),
    ],
)
def test_each_law_sees_red(how, law, data):
    with pytest.raises(AssertionError):
        getattr(compressor_laws, law)(Broken(how), *data)
