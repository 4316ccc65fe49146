"""The command as a person types it, in processes of its own where that matters."""

import json
import subprocess
import sys
import time

import pytest

from empirical.cli.app import COMMANDS, main
from theory.cli.app import GROUPS

EVALUATE = [
    "evaluate",
    "local_sgd.nonconvex",
    *("num_workers=16", "local_steps=8", "num_rounds=1000", "smoothness=1", "gradient_noise=1"),
    *("heterogeneity=0.5", "initial_gap=1"),
]
RUN = ["run", "algorithm=local_sgd", "problem=tilted", "num_workers=4", "local_steps=2"]
RUN += ["num_rounds=8", "step_size=0.05", "gradient_noise=1", "seeds=10"]


def test_evaluate_gives_the_known_numbers_as_json(ratebound):
    code, out, _ = ratebound(*EVALUATE, "step_size=0.01", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["bound"] == pytest.approx(0.0325375, rel=1e-12)
    assert list(found["terms"].values()) == pytest.approx([0.025, 0.000625, 0.0013125, 0.0056])
    assert found["leading_term"] == "optimisation"
    assert all(item["holds"] for item in found["conditions"])
    assert (found["report_point"], found["unit"]) == ("MEAN_ITERATE", "f^2/x^2")


def test_evaluate_over_a_range(ratebound, in_tmp):
    tokens = [token for token in EVALUATE if not token.startswith("local_steps")]
    tokens += ["local_steps=1:16:log2", "step_size=0.05"]
    code, out, _ = ratebound(*tokens, "--csv", "x.csv", "--figure", "x.png")
    assert code == 0
    assert "heterogeneity drift" in out
    lines = (in_tmp / "x.csv").read_text().splitlines()
    assert len(lines) == 6
    assert lines[-1].endswith("False")
    assert (in_tmp / "x.png").read_bytes().startswith(b"\x89PNG")


KEYS = ("local_sgd.nonconvex", "minibatch_sgd.nonconvex")
WORST = ("worst-case", "local_sgd", "local_steps=2", "num_rounds=2", "step_size=0.1")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([*EVALUATE, "step_size=0.2"], "(K - 1) ≤ 1 fails: 8.96 > 1 (K is local_steps"),
        ([*EVALUATE, "step_size=-1"], "step_size=-1 must be a number > 0"),
        (EVALUATE, "needs step_size; give step_size=VALUE"),
        ([*EVALUATE, "step_size=0.01", "speed=3"], "speed is unknown to local_sgd.nonconvex"),
        (["evaluate", "local_sgd.nonconvx"], "did you mean local_sgd.nonconvex"),
        (["show", "nothing"], "no bound 'nothing'"),
        (["tune", "local_sgd.nonconvex", "step_size=1"], "step_size is what tune chooses"),
        (["compare", "local_sgd.nonconvex"], "compare takes two or more keys"),
        (["prove", "nothing"], "no bound 'nothing'"),
        (["fly"], 'Unknown command "fly"'),
        ([*RUN, "pullback=0.5"], "pullback is unknown"),
        ([*RUN, "gradient_noise=-1"], "gradient_noise is given twice"),
        ([*RUN, "heterogeneity=-1"], "heterogeneity=-1 must be a number >= 0"),
        ([*RUN, "ranks=3"], "num_workers=4 cannot be laid evenly over 3 ranks"),
        (["judge", "nothing.jsonl"], "no records at nothing.jsonl"),
        ([*EVALUATE, "step_size=0.01", "sigma=1"], "gradient_noise is given twice"),
        (["diff", "a", "b"], "no bound 'a'; did you mean"),
        (["evaluate", ""], "no bound ''; did you mean"),
        ([*RUN, "ranks=-1"], "ranks=-1 must be a whole number >= 1"),
        ([*RUN, "ranks=0"], "ranks=0 must be a whole number >= 1"),
        ([*RUN, "inner_rule.momentum=0.9"], "give inner_rule=NAME beside its fields"),
        (["compare", *KEYS, "--figure", "x.xyz"], "x.xyz must end in one of .png"),
        (["compare", *KEYS, "--figure", "/"], "/ is a folder; give a file such as /figure.png"),
        ([*WORST, "heterogeneity=1e200"], "too large or too small to compute with"),
        (
            ["run", "algorithm=overlap_local_sgd", "pullback=1.5", *RUN[2:]],
            "pullback=1.5 must be a number in (0, 1)",
        ),
        (
            ["run", "algorithm=local_sgd", "problem=cifar10", "folder=absent", *RUN[3:-2]],
            "absent holds no CIFAR-10",
        ),
    ],
)
def test_a_wrong_request_is_one_line_and_exit_code_two(ratebound, arguments, message):
    code, out, err = ratebound(*arguments)
    assert code == 2
    assert out == ""
    assert err.startswith("ratebound: ")
    assert err.count("\n") == 1
    assert message in err


def test_tune_and_compare(ratebound, in_tmp):
    code, out, _ = ratebound("tune", *EVALUATE[1:], "--json")
    assert code == 0
    assert json.loads(out)["bound"] < 0.0325
    tokens = [token for token in EVALUATE[2:] if "local_steps" not in token]
    tokens = [token for token in tokens if "num_rounds" not in token]
    keys = ["local_sgd.nonconvex", "minibatch_sgd.nonconvex"]
    ranges = ["local_steps=1:16:log2", "num_rounds=10:1000:log10"]
    code, out, _ = ratebound("compare", *keys, *tokens, *ranges, "--figure", "map.png", "--json")
    assert code == 0
    rows = json.loads(out)
    assert len(rows) == 15
    for row in rows:
        tie = row["values"]["local_steps"] == 1
        assert row["least"] == (keys if tie else ["minibatch_sgd.nonconvex"])
    assert (in_tmp / "map.png").stat().st_size > 1000


def test_json_has_null_for_what_is_not_finite(ratebound):
    keys = ["local_sgd.nonconvex", "minibatch_sgd.nonconvex"]
    out = ratebound("compare", *keys, *EVALUATE[2:], "step_size=0.5", "--json")[1]
    row = json.loads(out, parse_constant=pytest.fail)
    assert row["bounds"][0] == {"key": "local_sgd.nonconvex", "bound": None}


def test_step_sizes_of_different_series_are_not_one_rate(ratebound):
    request = [token for token in RUN if not token.startswith(("num_rounds", "step_size", "seeds"))]
    ratebound(*request, "num_rounds=4,8,16", "step_size=0.01,0.05", "seeds=30")
    verdicts = json.loads(ratebound("judge", "records/records.jsonl", "--json")[1])
    rates = [item for item in verdicts if item["claim"] == "rate in num_rounds"]
    assert [item["key"] for item in rates].count("local_sgd.nonconvex") == 2


def test_bounds_and_show(ratebound):
    assert {row["key"] for row in json.loads(ratebound("bounds", "--json")[1])} >= {
        "minibatch_sgd.nonconvex",
        "local_sgd.nonconvex",
        "overlap_local_sgd.nonconvex",
    }
    out = ratebound("show", "overlap_local_sgd.nonconvex")[1]
    assert "y_t = (1-α) x̄_t + α z" in out
    assert "PROVED" in out


def test_run_judge_and_a_planted_record(ratebound, in_tmp):
    code, out, _ = ratebound(*RUN)
    assert code == 0
    assert "10 runs done, 0 were recorded before" in out
    assert "0 runs done, 10 were recorded before" in ratebound(*RUN)[1]
    path = in_tmp / "records" / "records.jsonl"
    code, out, _ = ratebound("judge", str(path), "--json")
    [verdict] = [item for item in json.loads(out) if item["key"] == "local_sgd.nonconvex"]
    assert (code, verdict["outcome"], verdict["claim"]) == (0, "HOLDS", "level")
    assert verdict["tightness"] > 1
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows:
        row["averages"]["squared_gradient_norm"] *= 100
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    code, out, _ = ratebound("judge", str(path))
    assert code == 1
    assert "VIOLATED" in out


def test_a_cut_record_file_is_refused_by_judge(ratebound, in_tmp):
    ratebound(*RUN)
    path = in_tmp / "records" / "records.jsonl"
    path.write_bytes(path.read_bytes()[:-5])
    code, _, err = ratebound("judge", str(path))
    assert code == 2
    assert "line 10 is cut short" in err


def test_the_theory_half_runs_alone():
    command = [sys.executable, "-m", "theory", *EVALUATE, "step_size=0.01", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["bound"] == pytest.approx(0.0325375)


def test_help_imports_nothing_heavy():
    code = (
        "import sys; sys.argv = ['ratebound', '--help']\n"
        "from empirical.cli.app import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'sympy', 'numpy', 'scipy', 'matplotlib', 'hypothesis'}\n"
        "sys.exit(len(heavy & set(sys.modules)))"
    )
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "verify" in done.stdout
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("command", [["judge"], ["report", "--folder", "page"]])
def test_nothing_to_judge_is_a_wrong_request(ratebound, in_tmp, command):
    (in_tmp / "empty.jsonl").write_text("")
    code, out, err = ratebound(command[0], "empty.jsonl", *command[1:])
    assert (code, out) == (2, "")
    assert err.startswith("ratebound: empty.jsonl holds no record; ")
    assert not (in_tmp / "page").exists()


def test_what_memory_cannot_hold_is_a_wrong_request(ratebound):
    request = ["run", "algorithm=local_sgd", "problem=tilted", "num_workers=1000000000000"]
    code, _, err = ratebound(*request, "local_steps=2", "num_rounds=4", "step_size=0.05")
    assert code == 2
    assert "more memory than there is" in err


def test_tables_are_as_wide_as_asked(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["ratebound", "bounds", "lower"])
    widths = {}
    for columns in ("60", "100"):
        monkeypatch.setenv("COLUMNS", columns)
        with pytest.raises(SystemExit):
            main()
        widths[columns] = max(map(len, capsys.readouterr().out.splitlines()))
    assert 50 < widths["60"] <= 60
    assert 90 < widths["100"] <= 100


def test_help_lists_every_command_once_under_a_heading(ratebound):
    grouped = [name for names in GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(COMMANDS)
    out = ratebound("--help")[1]
    places = [out.index(f" {title} ") for title in GROUPS]
    assert places == sorted(places)
    for name in COMMANDS:
        assert f"\n│ {name} " in out
