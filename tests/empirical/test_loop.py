"""A loop goes on from a snapshot to the bit, at any step, with a message in flight or not."""

import pytest
import torch

from empirical import catalogue
from empirical.loop import Loop
from empirical.strategies import bent_gradient
from empirical.transport import Stacked

EXAMPLES = [item for examples in catalogue.algorithms().values() for item in examples]


@pytest.mark.parametrize("algorithm", EXAMPLES, ids=repr)
@pytest.mark.parametrize("stop", [0, 1, 3, 4, 7])
def test_a_resumed_loop_goes_on_to_the_bit(algorithm, stop):
    gradient, start = bent_gradient(5)
    straight = Loop(algorithm, Stacked(4), start)
    resumed = straight
    for step in range(13):
        if step == stop:
            resumed = Loop.resumed(algorithm, Stacked(4), straight.snapshot())
        straight.step(gradient(straight.gradient_point))
        if resumed is not straight:
            resumed.step(gradient(resumed.gradient_point))
            assert torch.equal(straight.report(), resumed.report())
    assert resumed.snapshot().steps_done == 13
    due = [[flight.due for flight in loop.snapshot().flights] for loop in (resumed, straight)]
    assert due[0] == due[1]
