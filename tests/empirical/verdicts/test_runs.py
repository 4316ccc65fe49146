from dataclasses import replace

import pytest

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.experiments.execution import carry_out
from empirical.experiments.experiment import Experiment
from empirical.experiments.plan import Plan, missing_jobs, runs_of_other_code
from empirical.experiments.records import append_records, read_records
from empirical.problems.synthetic.tilted import Tilted
from empirical.verdicts.judge import judge
from empirical.verdicts.runs import grouped, sorted_out

EXPERIMENT = Experiment(
    algorithm=LocalSGD(local_steps=2, step_size=0.1),
    problem=Tilted(num_workers=2, gradient_noise=0.1),
    num_rounds=3,
)
OLDER, OLDEST = "0" * 16, "1" * 16


@pytest.fixture
def plan(tmp_path):
    made = Plan(experiments=(EXPERIMENT,), seeds=(0, 1), records=tmp_path / "r.jsonl")
    carry_out(made)
    return made


def rewritten(plan, **changes):
    """The records of a plan, changed, in place of its file."""
    records = [replace(item, **changes) for item in read_records(plan.records)]
    plan.records.unlink()
    append_records(plan.records, records)
    return records


def test_only_runs_of_the_last_code_count(plan):
    old = rewritten(plan, code=OLDER)
    assert runs_of_other_code(plan) == 2
    carry_out(replace(plan, seeds=(0,)))
    records = read_records(plan.records)
    counting, [left] = sorted_out(records)
    assert counting == records[2:]
    assert (left.count, left.algorithm) == (2, "local_sgd")
    assert "code was edited" in str(left)
    with pytest.warns(UserWarning, match="2 runs are left out"):
        judge(records)
    assert [item.seed for item in grouped(old)[0].records] == [0, 1]


def test_accepted_code_counts_and_is_recorded(plan):
    rewritten(plan, code=OLDER)
    accepting = replace(plan, seeds=(0, 1, 2), accept_code=True)
    assert [job.seeds for job in missing_jobs(accepting)] == [(2,)]
    carry_out(accepting)
    records = read_records(plan.records)
    assert records[-1].accepted == [OLDER]
    assert sorted_out(records) == (records, [])
    assert sorted_out([replace(records[0], code=OLDEST), *records])[1][0].count == 1


def test_records_from_before_digests_were_taken_count(plan):
    rewritten(plan, code=None)
    assert runs_of_other_code(plan) == 0
    assert missing_jobs(plan) == []


def test_a_record_of_another_experiment_than_its_key_is_left_out(plan):
    [first, _] = rewritten(plan, experiment={**EXPERIMENT.description, "num_rounds": 4})
    counting, [left] = sorted_out([first])
    assert counting == []
    assert "make the experiment" in left.reason
