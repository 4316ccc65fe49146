"""Every command with --json answers as the published schema says, with one name for one thing."""

import json

import jsonschema
import pytest

from empirical.cli.app import COMMANDS
from theory.export import answers
from theory.export.answer_fields import FIELDS

SETTING = ("num_workers=16", "smoothness=1", "gradient_noise=1", "heterogeneity=0.5")
SETTING += ("initial_gap=1", "num_rounds=1000")
LOCAL, LARGE = "local_sgd.nonconvex", "minibatch_sgd.nonconvex"
CONVEX = "local_sgd.convex_homogeneous"
HARD = ("num_workers=4", "smoothness=1", "gradient_noise=1", "initial_distance=1")
LINK = ("dimension=1e6", "latency_seconds=1e-4", "bytes_per_second=1e9", "step_seconds=1e-3")
RUN = ("algorithm=local_sgd", "problem=tilted", "num_workers=2", "local_steps=2")
RUN += ("heterogeneity=1", "gradient_noise=1", "num_rounds=2,4", "step_size=0.05")
QUADRATIC = ("algorithm=local_sgd", "problem=quadratic", "num_workers=2", "local_steps=2")
QUADRATIC += ("heterogeneity=1", "gradient_noise=1", "step_size=0.05")

REQUESTS = {
    "bounds": [("slowmo",)],
    "show": [(LOCAL,)],
    "evaluate": [
        (LOCAL, *SETTING, "local_steps=8", "step_size=0.01"),
        (LOCAL, *SETTING, "local_steps=8", "step_size=0.01,9"),
        (LOCAL, *SETTING[:3], "initial_gap=1", "num_rounds=2", "local_steps=2", "step_size=0.1",
         "greatest_heterogeneity=1"),
        (LOCAL, "num_workers=2", "smoothness=1", "gradient_noise=0", "heterogeneity=0.5",
         "initial_gap=1", "num_rounds=2,1000", "local_steps=2", "step_size=0.1", "--tightness"),
    ],
    "tune": [
        (LOCAL, *SETTING, "local_steps=8"),
        (LOCAL, *SETTING, "local_steps=1,8"),
        (LOCAL, *SETTING, "--most-local-steps", "8"),
        (f"{LOCAL}.tuned", *SETTING, "--most-local-steps", "8"),
    ],
    "invert": [
        (CONVEX, *HARD, "local_steps=8", "accuracy=0.1,0.01"),
        (CONVEX, *HARD, "local_steps=8", "accuracy=0.1", *LINK),
        (CONVEX, *HARD, "local_steps=8", "accuracy=1e-6", "step_size=0.1"),
        (CONVEX, *HARD, "local_steps=8", "accuracy=0.1", *LINK, "bytes_per_number=2",
         "excess_seconds=1e-3"),
        (CONVEX, *HARD, "local_steps=8", "accuracy=0.1", *LINK, "pareto_shape=2.5"),
        (f"{CONVEX}.tuned", *HARD, "accuracy=0.1", "--most-local-steps", "4"),
    ],
    "exponents": [(LOCAL,), (LOCAL, *SETTING, "local_steps=8")],
    "compare": [
        (LOCAL, LARGE, *SETTING, "local_steps=1,8"),
        (LOCAL, LARGE, *SETTING, "local_steps=1,8", "step_size=1,9"),
        (CONVEX, "any.convex_homogeneous.lower", *HARD, "num_rounds=9", "local_steps=3"),
    ],
    "crossover": [
        ("minibatch_sgd.convex.order", f"{CONVEX}.order", "local_steps"),
        ("minibatch_sgd.convex.order", f"{CONVEX}.order", "local_steps", *HARD, "num_rounds=100",
         "local_steps=1:4096:log2"),
    ],
    "diff": [(LOCAL, LARGE), ("koloskova2020unified", "wang2021cooperative")],
    "prove": [(LOCAL,), ("slowmo.nonconvex.as_read",)],
    "mutate": [(LARGE,)],
    "falsify": [
        (LOCAL, "--seconds", "0.3"),
        ("slowmo.nonconvex.as_read", "--seconds", "3"),
    ],
    "moments": [(*QUADRATIC, "num_rounds=4"), (*QUADRATIC, "num_rounds=2,4", "--at", "average")],
    "mixing": [("local_sgd", "local_steps=2"), ("local_sgd", "local_steps=2", "num_rounds=3")],
    "stability": [
        ("local_sgd", "local_steps=1,2"),
        ("local_sgd", "local_steps=2", "inner_rule=heavy_ball", "inner_rule.momentum=0.5"),
    ],
    "worst-case": [
        ("local_sgd", "local_steps=2", "num_rounds=1,2", "step_size=0.1", "heterogeneity=1"),
        ("local_sgd", "functions=convex", "local_steps=1", "num_rounds=1", "step_size=tuned"),
    ],
}  # fmt: skip


def check(command, text):
    """Fails, with the place, if the answer of a command is not as the schema says."""
    schema = answers.schema()
    validator = jsonschema.Draft202012Validator({**schema, "$ref": f"#/$defs/{command}"})
    found = jsonschema.exceptions.best_match(validator.iter_errors(json.loads(text)))
    assert found is None, f"{found.json_path}: {found.message[:300]}"


@pytest.mark.parametrize(
    ("command", "arguments"),
    [(command, arguments) for command, several in REQUESTS.items() for arguments in several],
)
def test_an_answer_is_as_the_schema_says(ratebound, command, arguments):
    code, out, err = ratebound(command, *arguments, "--json")
    assert code in (0, 1), err
    check(command, out)


def test_recorded_experiments_are_answered_as_the_schema_says(ratebound):
    for seeds in ("seeds=1", "seeds=2"):
        check("run", ratebound("run", *RUN, seeds, "records=r.jsonl", "--json")[1])
    check("run", ratebound("run", *RUN[:-1], "step_size=99", "records=r.jsonl", "--json")[1])
    check("judge", ratebound("judge", "r.jsonl", "--all", "--json")[1])
    check("report", ratebound("report", "r.jsonl", "--json")[1])


def test_every_command_with_json_has_an_answer_in_the_schema():
    assert set(answers.ANSWERS) | {"verify", "export"} == set(COMMANDS)
    assert set(REQUESTS) | {"run", "judge", "report"} == set(answers.ANSWERS)


def test_every_name_is_used_and_described():
    """A name that stands in two answers is the same schema, since both refer to it."""
    text = json.dumps({**answers.ANSWERS, **answers.SHAPES})
    for name, field in FIELDS.items():
        assert f'"#/$defs/fields/{name}"' in text or f'"{name}": {json.dumps(field)}' in text, name
        assert field.get("description"), name
    jsonschema.Draft202012Validator.check_schema(answers.schema())


def test_the_command_prints_the_schema(ratebound):
    code, out, _ = ratebound("export", "--answers-schema")
    assert code == 0
    assert json.loads(out) == answers.schema()


def test_what_the_schema_forbids_is_seen():
    with pytest.raises(AssertionError, match=r"not valid under|not of type"):
        check("tune", '{"key": "a", "values": {}, "value": 1.0}')
    with pytest.raises(AssertionError, match=r"not valid under|not of type"):
        check("mutate", '{"planted": "3", "survivors": []}')
