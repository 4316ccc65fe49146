import time

import pytest
import torch

from empirical.runtime.communication_cost import Counted
from empirical.runtime.launch import run_ranks
from empirical.runtime.process_group import Ranked
from empirical.runtime.slow_link import Link, Timed
from empirical.transport import Pending, Stacked, average, check_layout


class Slow(Pending):
    def wait(self):
        return torch.zeros(1, 1)

    def arrival(self):
        return time.monotonic()


def test_the_mean_keeps_the_worker_axis():
    messages = torch.arange(24.0).view(2, 3, 4)
    torch.testing.assert_close(average(messages), messages.mean(1, keepdim=True))
    assert Stacked(3).post(messages).wait().shape == (2, 1, 4)


@pytest.mark.parametrize(("num_workers", "num_ranks"), [(4, 3), (6, 4), (2, 3)])
def test_uneven_layouts_are_refused_in_one_line(num_workers, num_ranks):
    message = f"num_workers={num_workers} cannot be laid evenly over {num_ranks} ranks; use 1"
    with pytest.raises(ValueError, match=message):
        check_layout(num_workers, num_ranks)


def test_a_link_takes_latency_and_bandwidth():
    assert Link(latency=0.1, bandwidth=1000).seconds(500) == pytest.approx(0.6)
    with pytest.raises(ValueError, match="latency=-1"):
        Link(latency=-1)
    with pytest.raises(ValueError, match="bandwidth=0"):
        Link(bandwidth=0)


def test_a_slow_link_delivers_late_and_in_order():
    transport = Timed(Stacked(2), Link(latency=0.02, bandwidth=8 * 1000))
    message = torch.ones(2, 10, dtype=torch.float64)
    start = time.monotonic()
    first, second = transport.post(message), transport.post(message)
    second.wait()
    assert time.monotonic() - start >= 0.06 - 1e-3
    assert first.arrival() < second.arrival()


def test_waiting_is_exposed_and_computing_is_hidden():
    transport = Counted(Timed(Stacked(2), Link(latency=0.05)))
    message = torch.ones(3, 2, 10)
    pending = transport.post(message)
    time.sleep(0.1)  # the computation that hides the link
    pending.wait()
    ledger = transport.ledger
    assert ledger.exposed_seconds < 0.02
    assert ledger.hidden_seconds >= 0.03
    transport.post(message).wait()
    assert ledger.exposed_seconds >= 0.045


def test_bytes_are_the_length_of_the_buffer():
    transport = Counted(Stacked(4))
    transport.post(torch.ones(3, 4, 10, dtype=torch.float32))
    transport.mean(torch.ones(3, 4, 1000))
    assert transport.ledger.wire_bytes == 3 * 10 * 4
    assert transport.ledger.messages == 1


def _exchange(place, ordered):
    transport = Counted(Ranked(4, ordered=ordered))
    message = torch.arange(8, dtype=torch.float64).view(4, 2)[list(transport.workers)]
    pending = transport.post(message)
    message.zero_()  # the sender goes on; what is in flight must not see it
    measured = transport.mean(torch.ones(len(transport.workers), 3, dtype=torch.float64))
    return pending.wait().tolist(), measured.tolist(), transport.ledger.wire_bytes


def _exchange_ordered(place):
    return _exchange(place, True)


def _exchange_reduced(place):
    return _exchange(place, False)


@pytest.mark.ranks
@pytest.mark.parametrize(
    ("function", "num_bytes"), [(_exchange_reduced, 2 * 8), (_exchange_ordered, 2 * 2 * 8)]
)
def test_ranks_exchange_means_while_another_channel_measures(function, num_bytes):
    for mean, measured, sent in run_ranks(function, 2, timeout=20):
        assert mean == [[3.0, 4.0]]
        assert measured == [[1.0, 1.0, 1.0]]
        assert sent == num_bytes
