"""Mixtures and parcels over real ranks: what is heard, to whom it is sent, and how many bytes."""

import pytest
import torch

from empirical.components.topology import Exponential, Ring
from empirical.compressor import Draft
from empirical.compressors.identity import Identity
from empirical.kernels.random_streams import Noise
from empirical.runtime.communication_cost import Counted
from empirical.runtime.launch import run_ranks
from empirical.runtime.process_group import Ranked
from empirical.transport import Stacked
from empirical.wire.envelope import HEADER_BYTES

MESSAGES = torch.arange(2 * 6 * 3, dtype=torch.float64).view(2, 6, 3).sin()


def mixed(place, topology, communications):
    transport = Counted(Ranked(6))
    own = MESSAGES[:, list(transport.workers)]
    weights = [topology.weights(6, index) for index in range(communications)]
    waiting = [transport.post(own, each) for each in weights]  # all in flight at once
    heard = [pending.wait() for pending in waiting]
    return torch.stack(heard).tolist(), transport.ledger.wire_bytes, transport.ledger.received_bytes


@pytest.mark.ranks
@pytest.mark.parametrize("num_ranks", [1, 2, 3, 6])
@pytest.mark.parametrize("topology", [Ring(), Exponential()], ids=repr)
def test_everybody_hears_its_mixture_to_the_bit(num_ranks, topology):
    expected = torch.stack(
        [Stacked(6).post(MESSAGES, topology.weights(6, index)).wait() for index in range(3)]
    )
    answers = run_ranks(mixed, num_ranks, topology, 3, timeout=20)
    found = torch.cat([torch.tensor(heard, dtype=torch.float64) for heard, _, _ in answers], dim=-2)
    assert torch.equal(found, expected)


@pytest.mark.ranks
@pytest.mark.parametrize(("num_ranks", "crossing"), [(1, 0), (2, 2), (3, 2), (6, 2)])
def test_only_those_who_hear_are_sent_to(num_ranks, crossing):
    """On a ring a rank sends its two border workers, whatever lies between them."""
    for _, sent, received in run_ranks(mixed, num_ranks, Ring(), 1, timeout=20):
        assert sent == received == crossing * 2 * 3 * 8


def gathered(place):
    transport = Counted(Ranked(6))
    own = MESSAGES[:, list(transport.workers)]
    parcel = Draft(own, Identity()).encoded(Noise((0, 1), transport.workers))
    heard = transport.post(parcel).wait()
    return heard.tolist(), transport.ledger.wire_bytes, transport.ledger.received_bytes


@pytest.mark.ranks
def test_parcels_are_read_by_all_and_averaged_in_order():
    expected = Stacked(6).post(MESSAGES).wait()
    for heard, sent, received in run_ranks(gathered, 3, timeout=20):
        assert torch.equal(torch.tensor(heard, dtype=torch.float64), expected)
        assert sent == 2 * 2 * (HEADER_BYTES + 3 * 8)
        assert received == 2 * sent


def test_a_parcel_cannot_be_mixed():
    parcel = Draft(MESSAGES, Identity()).encoded(Noise((0, 1), range(6)))
    with pytest.raises(ValueError, match="compressed messages go to all workers"):
        Stacked(6).post(parcel, Ring().weights(6, 0))
