import json

import pytest

from empirical.cli.plan_request import plan
from empirical.experiments.execution import carry_out
from empirical.experiments.plan import Plan
from empirical.experiments.records import read_records, writing
from empirical.verdicts.judge import grouped

REQUEST = ["algorithm=local_sgd", "problem=tilted", "num_workers=2", "local_steps=2"]
REQUEST += ["num_rounds=4", "step_size=0.1", "gradient_noise=1", "seeds=3"]


@pytest.fixture
def records(in_tmp):
    carry_out(plan(REQUEST))
    return in_tmp / "records" / "records.jsonl"


def test_a_record_says_all_that_is_needed(records):
    [first, *_] = read_records(records)
    assert first.outcome == "finished"
    assert first.report_point == "MEAN_ITERATE"
    assert first.curve["steps"] == [0, 1, 2, 3, 4, 5, 6, 7, 8]
    assert first.messages == 4
    assert first.wire_bytes == 4 * 10 * 8
    assert set(first.seconds) == {"computed", "hidden", "exposed", "measured"}
    assert first.versions.keys() >= {"python", "torch", "ratebound"}
    assert first.rebuild().key == first.key
    values = first.curve["squared_gradient_norm"][:-1]
    assert first.average("squared_gradient_norm") == pytest.approx(sum(values) / 8)
    with pytest.raises(ValueError, match="speed was not measured"):
        first.average("speed")


def test_seeds_are_grouped_by_experiment(records):
    [runs] = grouped(read_records(records))
    assert [item.seed for item in runs.records] == [0, 1, 2]
    assert len(set(runs.measures["squared_gradient_norm"])) == 3


def test_a_cut_last_line_is_named_then_set_aside(records):
    whole = records.read_bytes()
    records.write_bytes(whole[:-30])
    with pytest.raises(ValueError, match=r"records.jsonl line 3 is cut short .* run"):
        read_records(records)
    assert carry_out(plan(REQUEST)) == 1
    assert [item.seed for item in read_records(records)] == [0, 1, 2]
    fragment = records.with_name("records.jsonl.cut").read_bytes()
    assert fragment == whole.split(b"\n")[2][:-29] + b"\n"


@pytest.mark.parametrize("line", ["{}", "[]", "nonsense", '{"key": 3}', "format", "averages"])
def test_a_line_that_is_no_record_is_named(records, line):
    lines = records.read_text().splitlines()
    changed = {"format": {"format": 99}, "averages": {"averages": [1]}}
    row = {**json.loads(lines[1]), **changed.get(line, {})}
    lines[1] = json.dumps(row) if line in changed else line
    records.write_text("\n".join(lines) + "\n")
    with pytest.raises(ValueError, match="line 2 is no record of format 1"):
        read_records(records)


def test_a_link_is_recorded(in_tmp):
    carry_out(plan([*REQUEST, "latency=0.001"]))
    [first, *_] = read_records(in_tmp / "records" / "records.jsonl")
    assert first.rebuild().link.latency == 0.001
    assert first.seconds["exposed"] >= 4 * 0.001 / 3


def test_a_file_has_one_writer(records):
    with (
        writing(records),
        pytest.raises(ValueError, match=r"records\.jsonl is being written by another run"),
    ):
        carry_out(plan(REQUEST))
    assert carry_out(plan(REQUEST)) == 0


def test_divergence_is_data(in_tmp):
    request = ["algorithm=minibatch_sgd", "problem=quadratic", "num_workers=2", "local_steps=1"]
    request += ["num_rounds=3000", "step_size=5", "gradient_noise=1"]
    carry_out(plan(request))
    [found] = read_records(in_tmp / "records" / "records.jsonl")
    assert found.outcome == "diverged"
    assert found.average("squared_gradient_norm") == float("inf")
    assert None in found.curve["objective"]


def test_what_is_recorded_is_not_repeated(records):
    before = records.read_bytes()
    assert carry_out(plan(REQUEST)) == 0
    assert records.read_bytes() == before
    assert carry_out(plan([*REQUEST[:-1], "seeds=5"])) == 2
    assert records.read_bytes().startswith(before)
    assert [item.seed for item in read_records(records)] == [0, 1, 2, 3, 4]


def test_seeds_run_together_or_alone_alike(in_tmp):
    together, alone = (
        Plan(
            experiments=plan(REQUEST).experiments,
            seeds=(0, 1, 2),
            records=in_tmp / name,
            together=size,
        )
        for name, size in (("a", 0), ("b", 1))
    )
    carry_out(together)
    carry_out(alone)
    for left, right in zip(
        read_records(together.records), read_records(alone.records), strict=True
    ):
        assert left.averages == pytest.approx(right.averages, rel=1e-13)
        assert left.wire_bytes == right.wire_bytes
