from empirical.cli.plan_request import plan
from empirical.experiments.execution import carry_out
from empirical.experiments.records import read_records
from empirical.verdicts.judge import judge
from empirical.verdicts.runs import grouped
from empirical.verdicts.verdict import Claim, Outcome

REQUEST = ["algorithm=local_sgd", "problem=tilted", "num_workers=2", "local_steps=2"]
REQUEST += ["step_size=tuned", "gradient_noise=1", "heterogeneity=1"]


def judged(folder, budgets):
    carry_out(plan([*REQUEST, f"num_rounds={budgets}", "seeds=30"]))
    return judge(read_records(folder / "records" / "records.jsonl"))


def test_a_series_is_in_the_order_of_its_budgets_whatever_the_file_says(in_tmp):
    rates = [item for item in judged(in_tmp, "16,4,8") if item.verdict.claim is Claim.RATE]
    assert "local_sgd.nonconvex" in {rate.bound.key for rate in rates}
    for rate in rates:
        assert [runs.experiment.num_rounds for runs in rate.runs] == [4, 8, 16]


def test_theorems_that_do_not_apply_are_left_out_unless_asked_for(in_tmp):
    carry_out(plan([*REQUEST, "num_rounds=4", "seeds=8"]))
    records = list(read_records(in_tmp / "records" / "records.jsonl"))
    some, every = judge(records), judge(records, everything=True)
    outcomes = {item.bound.key: item.verdict.outcome for item in every}
    assert outcomes["local_sgd.convex_homogeneous"] is Outcome.INAPPLICABLE
    applicable = {key for key, found in outcomes.items() if found is not Outcome.INAPPLICABLE}
    assert {item.bound.key for item in some} == applicable


def test_where_nothing_applies_the_main_theorems_say_why(in_tmp):
    request = [token for token in REQUEST if "step_size" not in token]
    carry_out(plan([*request, "step_size=5", "num_rounds=4", "seeds=2"]))
    found = judge(read_records(in_tmp / "records" / "records.jsonl"))
    assert {item.verdict.outcome for item in found} == {Outcome.INAPPLICABLE}
    assert all(item.bound.key.count(".") == 1 for item in found)
    [main] = [item for item in found if item.bound.key == "local_sgd.nonconvex"]
    assert "step_size" in main.verdict.sentence


def test_two_budgets_are_no_series(in_tmp):
    assert {item.verdict.claim for item in judged(in_tmp, "4,8")} == {Claim.LEVEL}


def test_seeds_are_in_order_and_the_last_record_of_a_seed_counts(in_tmp):
    carry_out(plan([*REQUEST, "num_rounds=4", "seeds=2,0,1"]))
    path = in_tmp / "records" / "records.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(
        "".join([*lines, lines[0].replace('"outcome": "finished"', '"outcome": "diverged"')])
    )
    [runs] = grouped(read_records(path))
    assert [item.seed for item in runs.records] == [0, 1, 2]
    assert runs.records[2].outcome == "diverged"
