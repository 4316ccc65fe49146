"""The report on a partition: what equal shares take away from the spread that was asked for."""

import numpy as np
import pytest

from empirical.problems.datasets.digits import Digits
from empirical.problems.datasets.partition import Dirichlet, Iid, LabelShards
from empirical.problems.datasets.partition_report import partition_report

LABELS = np.repeat(np.arange(10), 500)


def report(partition, num_workers=5, seed=0, labels=LABELS):
    return partition_report(partition, labels, partition.split(labels, num_workers, seed))


def test_equal_shares_take_spread_away_from_dirichlet():
    """M = 5, alpha = 0.5: E p^2 is 0.025 of Dirichlet alone, and about 0.0187 of what is dealt."""
    found = [report(Dirichlet(0.5), seed=seed) for seed in range(200)]
    assert found[0].asked == pytest.approx(0.025)
    dealt = [item.dealt for item in found]
    error = 4 * np.std(dealt) / np.sqrt(len(dealt))
    assert abs(np.mean(dealt) - 0.0187) < error < 0.0006
    assert "% less than the 0.025 expected of the rule alone" in str(found[0])


def test_many_workers_keep_the_spread():
    dealt = [report(Dirichlet(0.5), num_workers=100, seed=seed).dealt for seed in range(20)]
    assert np.mean(dealt) == pytest.approx(0.025, rel=0.1)


def test_where_nothing_is_asked_only_the_spread_is_told():
    found = report(Iid())
    assert found.asked is None
    assert found.dealt == pytest.approx(0.01, rel=0.02)
    assert str(found) == f"class shares of workers have mean square {found.dealt:.3g}"
    assert report(LabelShards(1), num_workers=10).dealt == pytest.approx(0.1)


def test_unequal_classes_and_any_integers_as_labels():
    labels = np.array([-7] * 90 + [3] * 10)
    asked = report(Dirichlet(1.0), num_workers=2, labels=labels).asked
    # Dirichlet(2 * 0.9, 2 * 0.1): E p^2 = p^2 + p (1 - p)/3
    assert asked == pytest.approx((0.81 + 0.01 + 2 * 0.09 / 3) / 2)


def test_a_problem_tells_it():
    pytest.importorskip("sklearn")
    [remark] = Digits(num_workers=5).remarks
    assert remark.startswith("class shares of workers have mean square 0.0")
