import pytest

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.experiments.execution import carry_out
from empirical.experiments.experiment import Experiment
from empirical.experiments.plan import Plan
from empirical.experiments.records import read_records
from empirical.problems.synthetic.tilted import Tilted
from empirical.verdicts.runs import grouped

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
