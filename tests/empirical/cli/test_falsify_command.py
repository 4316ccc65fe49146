import json
from pathlib import Path

import pytest

from empirical.cli.app import main
from empirical.falsification import search
from empirical.falsification.search import subjects

KEY = "local_sgd.convex_homogeneous"


@pytest.fixture
def ratebound(monkeypatch, capsys):
    def call(*arguments):
        monkeypatch.setattr("sys.argv", ["ratebound", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        said = capsys.readouterr()
        return stop.value.code, said.out, said.err

    return call


def test_outcomes_are_stored_line_by_line(ratebound, tmp_path):
    store = tmp_path / "found.jsonl"
    store.write_text('{"key": "cut')  # a fragment of a write that was interrupted
    assert ratebound("falsify", KEY, "--seconds", "0.3", "--store", str(store))[0] == 0
    request = ("falsify", "slowmo.nonconvex.as_read", "--seconds", "60", "--store", str(store))
    code, out, _ = ratebound(*request)
    assert code == 1
    rows = [json.loads(line) for line in store.read_text().splitlines()]
    assert [(row["key"], row["outcome"]) for row in rows] == [
        (KEY, "SURVIVED"),
        ("slowmo.nonconvex.as_read", "REFUTED"),
    ]
    assert rows[0]["attempts"] > 0
    assert 0 < rows[0]["best"]["share"] <= 1 + 1e-4
    assert rows[1]["best"]["share"] > 1
    assert rows[1]["best"]["claim"] in out
    assert rows[1]["best"]["command"] in out
    assert {"seconds", "seed", "versions", "commit", "created"} <= set(rows[1])


def test_all_are_attacked_in_turn(ratebound, monkeypatch, tmp_path):
    chosen = [KEY, "mem_sgd.strongly_convex", "sketched_sgd.heavymix.selected.as_read"]
    monkeypatch.setattr(search, "subjects", lambda: chosen)
    store = tmp_path / "found.jsonl"
    code, out, _ = ratebound("falsify", "--all", "--seconds", "0.3", "--store", str(store))
    assert code == 1
    lines = out.splitlines()
    assert lines[0].startswith(f"{KEY}: SURVIVED, ")
    assert lines[1] == "mem_sgd.strongly_convex: NOT ATTACKED, mem_sgd is not in the catalogue"
    assert lines[2].startswith("sketched_sgd.heavymix.selected.as_read: REFUTED, 0 attacks")
    assert lines[4].strip() == "ratebound prove sketched_sgd.heavymix.selected.as_read"
    assert len(store.read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ([], "give the key of one bound, or --all"),
        ([KEY, "--all"], "give the key of one bound, or --all"),
        (["--all", "--seconds", "0"], "seconds=0 must be a number > 0"),
        (["mem_sgd.strongly_convex"], "mem_sgd is not in the catalogue"),
        (
            ["local_sgd.nonconvex", "step_size=5", "smoothness=1", "--seconds", "0.2"],
            "local_sgd.nonconvex: no numbers tried in 0.2 s admit an attack",
        ),
    ],
)
def test_wrong_requests_are_one_line(ratebound, request_, message):
    code, _, err = ratebound("falsify", *request_)
    assert code == 2
    assert message in err
    assert err.count("\n") == 1


def test_every_transcribed_bound_has_a_stored_outcome_of_two_minutes():
    file = Path(__file__).parents[3] / "experiments" / "falsification" / "outcomes.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert {row["key"] for row in rows} == set(subjects())
    for row in rows:
        assert row["outcome"] == "SURVIVED"
        assert row["seconds"] >= 120
        assert row["attempts"] > 0
        assert row["best"]["share"] <= 1 + 1e-6
    assert max(row["seconds"] for row in rows if row["key"] == "slowmo.nonconvex.amended") >= 600
