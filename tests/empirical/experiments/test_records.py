import json
import os

import pytest

from empirical.cli.plan_request import plan
from empirical.experiments.append_only import writing
from empirical.experiments.execution import carry_out
from empirical.experiments.plan import Plan
from empirical.experiments.records import read_records
from empirical.verdicts.runs import grouped

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


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("{}", "it has no key"),
        ("[]", "object"),
        ("nonsense", "malformed"),
        ("", "truncated"),
        ({"key": 3}, r"\$\.key"),
        ({"key": "3"}, r"\$\.key"),
        ({"averages": [1]}, r"\$\.averages"),
        ({"averages": {"objective": "low"}}, r"\$\.averages"),
        ({"averages": {"objective": float("nan")}}, "malformed"),
        ({"averages": {"objective": float("inf")}}, "malformed"),
        ({"seed": -1}, r"\$\.seed"),
        ({"seed": 1.5}, r"\$\.seed"),
        ({"outcome": "good"}, r"\$\.outcome"),
        ({"wire_bytes": -1}, r"\$\.wire_bytes"),
        ({"seconds": {"computed": None}}, r"\$\.seconds"),
        ({"layout": 3}, r"\$\.layout"),
        ({"curve": {"steps": [0, 1], "objective": [1.0]}}, "differ in length"),
        ({"curve": {"objective": [1.0]}}, "differ in length"),
        ({"speed": 3}, "speed is no field"),
        ({"format": 99, "versions": {"ratebound": "7.1"}}, "written by ratebound 7.1"),
        ({"format": 99, "speed": 3}, "written by ratebound 0.1.0, .* read it with that version"),
    ],
)
def test_a_line_that_is_no_record_is_named_and_the_file_is_left_alone(records, change, said):
    lines = records.read_text().splitlines()
    lines[1] = change if isinstance(change, str) else json.dumps({**json.loads(lines[1]), **change})
    records.write_text("\n".join(lines) + "\n" + lines[0][:40])
    before = records.read_bytes()
    with pytest.raises(ValueError, match=f"line 2 is no record that this version reads: .*{said}"):
        carry_out(plan(REQUEST))
    assert records.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n\x00", b"a line\nand a", b'{"name": 1', b"\n"]
)
def test_a_file_that_is_none_of_records_is_left_alone(in_tmp, content):
    (in_tmp / "mine").write_bytes(content)
    with pytest.raises(ValueError, match=r"mine line 1 is no"):
        carry_out(plan([*REQUEST, "records=mine"]))
    assert (in_tmp / "mine").read_bytes() == content
    assert [item.name for item in in_tmp.iterdir()] == ["mine"]


def test_a_pipe_is_no_file_of_records(in_tmp):
    os.mkfifo(in_tmp / "pipe")
    with pytest.raises(ValueError, match="pipe is no ordinary file"):
        carry_out(plan([*REQUEST, "records=pipe"]))
    with pytest.raises(FileNotFoundError, match="is no ordinary file"):
        read_records(in_tmp / "pipe")


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
