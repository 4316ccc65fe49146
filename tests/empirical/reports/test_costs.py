import numpy as np
import pytest

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.experiments.execution import Plan, carry_out
from empirical.experiments.experiment import Experiment
from empirical.experiments.records import read_records
from empirical.problems.synthetic.tilted import Tilted
from empirical.reports import page
from empirical.reports.costs import costs
from empirical.verdicts.judge import grouped

PROBLEM = Tilted(num_workers=4, size=6, heterogeneity=1.0, gradient_noise=0.1)
METHODS = (
    MinibatchSGD(local_steps=1, step_size=0.1),
    LocalSGD(local_steps=5, step_size=0.1),
    LocalSGD(local_steps=5, step_size=1e9),
)


@pytest.fixture
def groups(tmp_path):
    experiments = [
        Experiment(algorithm=item, problem=PROBLEM, num_rounds=20 // item.local_steps)
        for item in METHODS
    ]
    path = tmp_path / "records.jsonl"
    carry_out(Plan(experiments=tuple(experiments), seeds=(0, 1), records=path))
    return grouped(read_records(path))


def test_bytes_are_counted_both_ways_against_a_vector_a_step(groups):
    found = {cost.label: cost for cost in costs(groups)}
    minibatch, local = (
        next(c for n, c in found.items() if n.startswith(p)) for p in ("mini", "lo")
    )
    assert minibatch.sent == minibatch.received == 20 * 6 * 8
    assert minibatch.factor == 1
    assert local.factor == 5


def test_methods_of_one_name_are_told_apart_by_what_differs(groups):
    labels = sorted(cost.label for cost in costs(groups))
    assert labels[0] == "local_sgd [step_size=0.1]"
    assert labels[1].startswith("local_sgd [step_size=1000000000")
    assert labels[2] == "minibatch_sgd"


def test_the_best_end_comes_first(groups):
    found = costs(groups, "squared_gradient_norm")
    ends = [cost.end.mean() for cost in found]
    assert ends == sorted(ends)
    assert np.isfinite(ends[0])


def test_the_page_holds_table_and_figure(groups, tmp_path):
    found = costs(groups[:2])
    written = page.write_costs(tmp_path / "page", found, [page.cost_row(c) for c in found])
    text = written.read_text()
    assert "minibatch_sgd" in text
    assert "data:image/png" in text


def test_an_unknown_measure_is_refused(groups):
    with pytest.raises(ValueError, match=r"measure=speed was not measured by .*; it has objective"):
        costs(groups, "speed")


def test_every_method_has_a_curve_however_many_there_are(groups, tmp_path, monkeypatch):
    from matplotlib.axes import Axes

    drawn = []
    legend = Axes.legend
    monkeypatch.setattr(
        Axes, "legend", lambda self, **more: drawn.append(len(self.lines)) or legend(self, **more)
    )
    page.draw_costs(costs(groups[:1]) * 45, tmp_path / "costs.png")
    assert drawn == [2 * 45]  # a curve and its end
