"""All outcomes of the noise against moments, simulation and what cannot be enumerated."""

import pytest
import torch

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.averaging.scaffold import Scaffold
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.algorithms.wrappers.compressed import Compressed
from empirical.algorithms.wrappers.slowmo import SlowMo
from empirical.problems.hard_instances.one_sided import OneSided
from empirical.problems.synthetic.bent import EXAMPLES, Bent
from empirical.problems.synthetic.two_camps import TwoCamps
from empirical.readings.enumeration import TooManyOutcomes, enumeration, num_outcomes
from empirical.readings.linear.linear_form import NotLinear
from empirical.readings.moments import moments
from empirical.readings.simulate import simulate

PARABOLAS = Bent(
    num_workers=2,
    slopes=((1.0, 1.0), (0.3, 0.3)),
    tilts=(0.1, -0.1),
    gradient_noise=0.4,
    chance=0.2,
)
METHODS = (
    LocalSGD(local_steps=2, step_size=0.1),
    Scaffold(local_steps=2, step_size=0.1),
    SlowMo(local_steps=2, step_size=0.05, slow_momentum=0.7),
    OverlapLocalSGD(local_steps=2, step_size=0.1, pullback=0.4),
)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: type(method).__name__)
@pytest.mark.parametrize("every", [0, 1, 2])
def test_on_parabolas_it_is_the_exact_moments(method, every):
    """The two readings share no code but the method itself."""
    listed = enumeration(method, PARABOLAS, num_rounds=3, averaged_every=every)
    exact = moments(method, PARABOLAS, num_rounds=3, averaged_every=every).trajectory
    for name, values in exact.values.items():
        assert torch.allclose(listed.values[name], values, atol=1e-13), name
        assert torch.allclose(listed.averages[name], exact.averages[name], atol=1e-13), name


def test_elsewhere_it_is_what_simulation_tends_to():
    method, problem = METHODS[0], EXAMPLES[0]
    exact = enumeration(method, problem, num_rounds=2).final_averages["objective"]
    run = simulate(method, problem, num_rounds=2, seeds=range(4000)).final_averages["objective"]
    assert abs(float(run.mean() - exact)) < 4 * float(run.std()) / 4000**0.5


def test_signs_are_listed():
    found = enumeration(METHODS[0], OneSided(num_workers=3, gradient_noise=0.5), num_rounds=1)
    quiet = enumeration(METHODS[0], OneSided(num_workers=3, gradient_noise=0.0), num_rounds=1)
    assert found.values["objective"][1] > quiet.values["objective"][1]
    assert num_outcomes(OneSided(num_workers=3, gradient_noise=0.5), 4) == 2**12
    assert num_outcomes(OneSided(num_workers=3, gradient_noise=0.0), 400) == 1


def test_what_cannot_be_listed_is_refused():
    with pytest.raises(TooManyOutcomes, match="more than 8192; take fewer workers"):
        enumeration(METHODS[0], EXAMPLES[0], num_rounds=3)
    with pytest.raises(ValueError, match="does not list what its noise may be"):
        enumeration(METHODS[0], TwoCamps(num_workers=2, gradient_noise=0.1), num_rounds=1)
    from empirical.compressors.rand_k import RandK

    drawing = Compressed(base=METHODS[0], compressor=RandK(kept=1))
    with pytest.raises(NotLinear):
        enumeration(drawing, EXAMPLES[1], num_rounds=1)
