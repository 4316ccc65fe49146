"""A loop goes on from a snapshot to the bit, at any step, with a message in flight or not."""

from dataclasses import dataclass
from typing import NamedTuple

import pytest
import torch

from empirical import catalogue
from empirical.algorithm import Algorithm, Exchange, Relay
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.components.topology import Ring
from empirical.compressor import Draft
from empirical.compressors.identity import Identity
from empirical.loop import Loop
from empirical.runtime.communication_cost import Counted
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.transport import Stacked
from theory.measures import ReportPoint

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


class Talks(NamedTuple):
    x: torch.Tensor
    heard: torch.Tensor


@dataclass(frozen=True, kw_only=True)
class GossipsAndMeets(Algorithm):
    """Neighbours exchange after every step, one step late; all meet every K steps, in two turns."""

    report_point = ReportPoint.MEAN_ITERATE

    @property
    def exchanges(self):
        half = {"post": lambda s: (s.x, s), "delay": 1, "topology": Ring()}
        return (
            Exchange(absorb=lambda s, heard: s._replace(x=s.x + 0.5 * (heard - s.x)), **half),
            Exchange(post=self.post, absorb=lambda s, mean: s._replace(heard=mean)),
            Exchange(post=lambda s: (s.x - s.heard, s), absorb=self.absorb),
        )

    def due(self, state, steps_done):
        return (1, 2) if steps_done % self.local_steps == 0 else (0,)

    def init(self, x):
        return Talks(x, torch.zeros_like(x[..., :1, :]))

    def gradient_point(self, state):
        return state.x

    def local_step(self, state, gradient):
        return state._replace(x=state.x - self.step_size * gradient)

    def post(self, state):
        return state.x, state

    def absorb(self, state, mean):
        return state._replace(x=(state.heard + mean).expand_as(state.x))

    def report(self, state):
        return state.x


TALKS = GossipsAndMeets(local_steps=3, step_size=0.1)


def test_exchanges_with_delays_and_places_by_hand():
    """What is late is absorbed before all meet, and the second turn has heard the first."""
    gradient, start = bent_gradient(1, batch=1)
    loop, x, flying = Loop(TALKS, Stacked(4), start), start, None
    ring = torch.from_numpy(Ring().weights(4, 0))
    for step in range(1, 10):
        loop.step(gradient(loop.gradient_point))
        x = x - 0.1 * gradient(x)
        x = x if flying is None else x + 0.5 * (flying - x)
        flying = ring @ x
        if step % 3 == 0:
            x, flying = x.mean(-2, keepdim=True).expand_as(x), None
        torch.testing.assert_close(loop.state.x, x, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("stop", [1, 2, 3, 4])
def test_such_a_loop_goes_on_to_the_bit_as_well(stop):
    test_a_resumed_loop_goes_on_to_the_bit(TALKS, stop)


@dataclass(frozen=True, kw_only=True)
class Rounds(LocalSGD):
    """Sends its iterates through an encoder, and remembers what all will read."""

    relayed: bool = False

    @property
    def exchanges(self):
        def absorb(state, mean):
            return state._replace(x=mean.expand_as(state.x))

        def sent(state, own):
            return state._replace(inner=(own.expand_as(state.x),))

        def passed_on(state, own):
            return state._replace(inner=(state.inner[0] + 10 * own,))

        server = Relay(draft=lambda state: Draft(state.x[..., :1, :], Identity()), read=passed_on)
        relay = server if self.relayed else None
        return (Exchange(post=self.post, absorb=absorb, sent=sent, relay=relay),)

    def post(self, state):
        return Draft(state.x, Identity()), state

    def init(self, x):
        return super().init(x)._replace(inner=(torch.zeros_like(x),))

    def local_step(self, state, gradient):
        return state._replace(x=state.x - self.step_size * gradient)


def test_what_is_not_finite_is_read_as_such_by_all():
    loop = Loop(Rounds(local_steps=1, step_size=1.0), Stacked(2), torch.zeros(1, 1, 3))
    loop.step(torch.tensor([[[1.0, 2.0, 3.0], [0.0, torch.inf, 0.0]]]))
    assert loop.state.x.isnan().all()
    assert loop.state.inner[0][0, 0].tolist() == [-1.0, -2.0, -3.0]
    assert loop.state.inner[0][0, 1].isnan().all()


def test_an_answer_is_relayed_once_it_has_been_absorbed():
    method = Rounds(local_steps=1, step_size=1.0, relayed=True)
    transport = Counted(Stacked(2))
    loop = Loop(method, transport, torch.zeros(1, 1, 2))
    loop.step(torch.tensor([[[1.0, 2.0], [5.0, 6.0]]]))
    assert loop.state.x.tolist() == [[[-3.0, -4.0], [-3.0, -4.0]]]
    assert loop.state.inner[0].tolist() == [[[-31.0, -42.0], [-35.0, -46.0]]]
    assert transport.ledger.messages == 1, "the relay sends nothing"


def test_what_is_no_attribute_cannot_be_set():
    loop = Loop(LocalSGD(local_steps=2, step_size=0.1), Stacked(2), torch.zeros(1, 1, 2))
    with pytest.raises(AttributeError, match="step_size"):
        loop.step_size = 0.01
