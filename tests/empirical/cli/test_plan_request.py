import itertools
from pathlib import Path

import pytest

from empirical.catalogue import algorithms
from empirical.cli.plan_request import plan
from empirical.components.inner_rule import Nesterov
from empirical.verdicts.applicability import at_best_step_size
from theory.catalogue import lookup

BASE = ["algorithm=local_sgd", "problem=tilted", "num_workers=4", "local_steps=2"]
WHOLE = [*BASE, "num_rounds=10", "step_size=0.1"]


def test_names_find_their_owners():
    request = plan([*WHOLE, "heterogeneity=1", "latency=0.5", "seeds=3", "ranks=2"])
    [experiment] = request.experiments
    assert experiment.problem.heterogeneity == 1.0
    assert experiment.link.latency == 0.5
    assert request.seeds == (0, 1, 2)
    assert request.num_ranks == 2


def test_parts_are_named_and_dotted():
    [experiment] = plan([*WHOLE, "inner_rule=nesterov", "inner_rule.momentum=0.9"]).experiments
    assert experiment.algorithm.inner_rule == Nesterov(0.9)


def test_ranges_make_a_grid():
    request = plan([*BASE, "num_rounds=8:32:log2", "step_size=0.1,0.2", "seeds=3,5"])
    found = [(item.num_rounds, item.algorithm.step_size) for item in request.experiments]
    assert found == [(8, 0.1), (8, 0.2), (16, 0.1), (16, 0.2), (32, 0.1), (32, 0.2)]
    assert request.seeds == (3, 5)


def test_several_algorithms_make_a_grid():
    request = plan(["algorithm=local_sgd,minibatch_sgd", *WHOLE[1:]])
    assert [item.algorithm_name for item in request.experiments] == ["local_sgd", "minibatch_sgd"]


EXPERIMENTS = Path(__file__).parents[3] / "experiments"


@pytest.mark.parametrize(
    "path", sorted(EXPERIMENTS.rglob("*.toml")), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_the_experiments_that_come_along_are_requests(path):
    text = path.read_text()
    if path.stem == "problem":
        assert "[algorithm]" not in text
    else:
        assert plan([str(path)]).experiments


@pytest.mark.parametrize("data", ["cifar10", "digits"])
def test_both_data_sets_have_a_file_for_every_method(data):
    found = {item.stem for item in (EXPERIMENTS / data).glob("*.toml")}
    assert found == {item.stem for item in (EXPERIMENTS / "cifar10").glob("*.toml")}
    made = [plan([str(EXPERIMENTS / data / f"{name}.toml")]) for name in found - {"problem"}]
    shown = {item.experiments[0].algorithm_name for item in made}
    assert shown == set(algorithms())


def test_a_tuned_step_size_is_the_bounds_favourite():
    [experiment] = plan([*BASE, "num_rounds=10", "step_size=tuned", "gradient_noise=1"]).experiments
    theorem = lookup("local_sgd.nonconvex")
    assert experiment == at_best_step_size(experiment, theorem)


def test_a_file_and_the_command_line_mean_the_same(in_tmp):
    in_tmp.joinpath("x.toml").write_text(
        """
        num_rounds = [10, 20]
        seeds = 4
        [algorithm]
        name = "overlap_local_sgd"
        local_steps = 2
        step_size = 1
        pullback = 0.5
        [algorithm.inner_rule]
        name = "weight_decay"
        rate = 0.1
        [algorithm.inner_rule.rule]
        name = "heavy_ball"
        momentum = 0.9
        [problem]
        name = "tilted"
        num_workers = 4
        """
    )
    by_file = plan(["x.toml", "step_size=0.1"])
    by_hand = plan(
        [
            *("algorithm=overlap_local_sgd", "problem=tilted", "num_workers=4", "local_steps=2"),
            *("num_rounds=10,20", "step_size=0.1", "pullback=0.5", "seeds=4"),
            *("inner_rule=weight_decay", "inner_rule.rate=0.1", "inner_rule.rule=heavy_ball"),
            "inner_rule.rule.momentum=0.9",
        ]
    )
    assert [e.key for e in by_file.experiments] == [e.key for e in by_hand.experiments]


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (["problem=tilted"], "give algorithm=NAME; choose from .*local_sgd, minibatch_sgd"),
        (["algorithm=local_sgd"], "give problem=NAME; choose from .*tilted"),
        (["algorithm=x", "problem=tilted"], "algorithm='x' is unknown; choose from .*local_sgd"),
        ([*WHOLE, "speed=3"], "speed is unknown; this request takes seeds, records"),
        ([*WHOLE, "pullback=0.5"], "pullback is unknown"),
        ([*WHOLE, "seeds=0"], "seeds=0 must be a whole number >= 1"),
        ([*WHOLE, "ranks=two"], "ranks=two must be a whole number"),
        ([*WHOLE, "ranks=3"], "num_workers=4 cannot be laid evenly over 3 ranks"),
        ([*WHOLE, "~0"], "~0 begins with the home of a user who is not known here"),
        ([*WHOLE, "records=~0/r.jsonl"], "~0/r.jsonl begins with the home of a user"),
        ([*WHOLE[:-1], "step_size=1:2"], "step_size=1:2 must be a number or a range"),
        ([*WHOLE[:-1], "step_size=1:2:0"], "step_size=1:2:0 must be a number or a range"),
        ([*WHOLE[:-1], "step_size=nan"], "step_size=nan must be a finite number"),
        ([*WHOLE, "start=inf"], "start=inf must be a finite number"),
        ([*WHOLE, "seeds=,"], "seeds= must be a whole number"),
        ([*WHOLE, "seeds=3,3"], "seeds=3,3 must be a whole number >= 1, or a list of different"),
        ([*WHOLE, "ordered=yes"], "ordered=yes must be true or false"),
        ([*WHOLE, "timeout=soon"], "timeout=soon must be a finite number"),
        ([*WHOLE, "timeout=-1"], "timeout=-1.0 must be seconds > 0"),
        ([*WHOLE, "device=tpu"], "device=tpu must be cpu or cuda"),
        ([*WHOLE, "smoothness=-2"], "smoothness=-2 must be a number > 0"),
        (WHOLE[:-1], "local_sgd needs step_size"),
    ],
)
def test_bad_requests_are_refused_in_one_line(tokens, message):
    with pytest.raises(ValueError, match=message):
        plan(tokens)


def test_a_missing_or_broken_file_is_named(in_tmp):
    with pytest.raises(FileNotFoundError, match="nope is neither NAME=VALUE nor a TOML file"):
        plan(["nope"])
    in_tmp.joinpath("bad.toml").write_text("a = = 3")
    with pytest.raises(ValueError, match=r"bad\.toml is no TOML"):
        plan(["bad.toml"])


def test_a_file_extends_another_beside_it(tmp_path):
    (tmp_path / "problem.toml").write_text(
        'num_rounds = 3\nseeds = 2\n[problem]\nname = "tilted"\nnum_workers = 4\nsize = 3\n'
    )
    inside = tmp_path / "methods"
    inside.mkdir()
    (inside / "local.toml").write_text(
        'extends = "../problem.toml"\nseeds = 5\n'
        '[algorithm]\nname = "local_sgd"\nlocal_steps = 2\nstep_size = 0.1\n'
    )
    found = plan([str(inside / "local.toml"), "problem.size=7"])
    [experiment] = found.experiments
    assert (experiment.num_rounds, experiment.problem.size, len(found.seeds)) == (3, 7, 5)
    (inside / "lost.toml").write_text('extends = "nowhere.toml"\n')
    with pytest.raises(FileNotFoundError, match=r"nowhere.toml is neither"):
        plan([str(inside / "lost.toml")])


def test_symbols_and_names_of_papers_stand_for_fields():
    [experiment] = plan([*BASE, "R=10", "lr=0.1", "sigma=0.5", "ζ=1"]).experiments
    assert (experiment.num_rounds, experiment.algorithm.step_size) == (10, 0.1)
    assert (experiment.problem.gradient_noise, experiment.problem.heterogeneity) == (0.5, 1.0)


def test_files_as_other_programs_write_them(in_tmp):
    (in_tmp / "marked.toml").write_bytes(b"\xef\xbb\xbfnum_rounds = 10\n")
    assert plan(["marked.toml", *BASE, "step_size=0.1"]).experiments[0].num_rounds == 10
    (in_tmp / "lr=0.1.toml").write_text("num_rounds = 11\n")
    assert plan(["lr=0.1.toml", *BASE, "step_size=0.1"]).experiments[0].num_rounds == 11
    (in_tmp / "other.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"other\.toml is no TOML in UTF-8"):
        plan(["other.toml"])


@pytest.mark.parametrize("chain", [("a", "a"), ("a", "b", "a"), ("a", "b", "b")])
def test_files_that_extend_themselves_are_refused(in_tmp, chain):
    for name, first in itertools.pairwise(chain):
        (in_tmp / f"{name}.toml").write_text(f'extends = "{first}.toml"\n')
    with pytest.raises(
        ValueError, match=f"{chain[-1]}.toml extends itself by way of .*{chain[-2]}"
    ):
        plan(["a.toml"])


def test_the_home_folder_is_meant_by_a_tilde(in_tmp, monkeypatch):
    monkeypatch.setenv("HOME", str(in_tmp))
    assert plan([*WHOLE, "records=~/r.jsonl"]).records == in_tmp / "r.jsonl"
    request = [*BASE[:1], "problem=cifar10", "folder=~/data", *BASE[2:], *WHOLE[-2:]]
    assert plan(request).experiments[0].problem.folder == in_tmp / "data"
