from empirical import record
from empirical.campaign import carry_out
from empirical.judgement import grouped, judge
from empirical.request import plan

REQUEST = ["algorithm=local_sgd", "problem=tilted", "num_workers=2", "local_steps=2"]
REQUEST += ["step_size=tuned", "gradient_noise=1", "heterogeneity=1"]


def judged(folder, budgets):
    carry_out(plan([*REQUEST, f"num_rounds={budgets}", "seeds=30"]))
    return judge(record.read(folder / "records" / "records.jsonl"))


def test_a_series_is_in_the_order_of_its_budgets_whatever_the_file_says(in_tmp):
    [rate] = [item for item in judged(in_tmp, "16,4,8") if item.verdict.claim != "level"]
    assert [runs.experiment.num_rounds for runs in rate.runs] == [4, 8, 16]


def test_two_budgets_are_no_series(in_tmp):
    assert {item.verdict.claim for item in judged(in_tmp, "4,8")} == {"level"}


def test_seeds_are_in_order_and_the_last_record_of_a_seed_counts(in_tmp):
    carry_out(plan([*REQUEST, "num_rounds=4", "seeds=2,0,1"]))
    path = in_tmp / "records" / "records.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines, lines[0].replace('"outcome": "finished"', '"outcome": "x"')]))
    [runs] = grouped(record.read(path))
    assert [item.seed for item in runs.records] == [0, 1, 2]
    assert runs.records[2].outcome == "x"
