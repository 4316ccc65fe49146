import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical import catalogue
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.components.inner_rule import Nesterov, WeightDecay
from empirical.experiments.experiment import Experiment, build_experiment
from empirical.field_values import to_int
from empirical.problems.synthetic.tilted import Tilted
from empirical.runtime.slow_link import Link
from empirical.testing.algorithm_strategies import algorithms, exact_problems, inner_rules

EXPERIMENT = Experiment(
    algorithm=OverlapLocalSGD(
        local_steps=4,
        step_size=0.1,
        pullback=0.6,
        inner_rule=WeightDecay(0.1, Nesterov(0.9)),
    ),
    problem=Tilted(num_workers=4, heterogeneity=1.0),
    num_rounds=10,
    link=Link(latency=0.01),
)


@given(
    algorithm=algorithms(st.floats(0.01, 1), inner_rules()),
    problem=exact_problems(),
    num_rounds=st.integers(1, 99),
)
def test_an_experiment_survives_json(algorithm, problem, num_rounds):
    experiment = Experiment(algorithm=algorithm, problem=problem, num_rounds=num_rounds)
    again = build_experiment(json.loads(json.dumps(experiment.description)))
    assert again == experiment
    assert again.key == experiment.key


@pytest.mark.parametrize("problem", [item for e in catalogue.problems().values() for item in e])
def test_every_example_problem_survives_json(problem):
    experiment = replace(EXPERIMENT, problem=problem)
    assert build_experiment(json.loads(json.dumps(experiment.description))) == experiment


def test_keys_tell_experiments_apart():
    others = [
        replace(EXPERIMENT, num_rounds=11),
        replace(EXPERIMENT, link=None),
        replace(EXPERIMENT, algorithm=replace(EXPERIMENT.algorithm, step_size=0.11)),
        replace(EXPERIMENT, problem=replace(EXPERIMENT.problem, problem_seed=1)),
    ]
    assert len({EXPERIMENT.key, *(item.key for item in others)}) == 5


def changed(path, value):
    data = json.loads(json.dumps(EXPERIMENT.description))
    inner = data
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("algorithm", "name"), "sgd", "algorithm='sgd' is unknown; choose from .*local_sgd"),
        (
            ("algorithm", "pulback"),
            1,
            "pulback is no field of overlap_local_sgd; did you mean",
        ),
        (("algorithm", "local_steps"), 2.5, "local_steps=2.5 must be a whole number"),
        (("algorithm", "step_size"), "much", "step_size=much must be a finite number"),
        (("algorithm", "pullback"), 1.5, r"pullback=1.5 must be a number in \(0, 1\)"),
        (("algorithm", "blocking"), "perhaps", "blocking=perhaps must be true or false"),
        (("problem", "gradient_noise"), -1, "gradient_noise=-1 must be a number >= 0"),
        (("algorithm", "inner_rule"), "adam", "inner_rule='adam' is unknown; choose from .*heavy"),
        (("algorithm",), 3, "algorithm=3 must be a name or a table"),
        (("dtype",), "float16", "dtype=float16 must be one of float64, float32"),
        (("num_rounds",), 0, "num_rounds=0 must be a whole number >= 1"),
    ],
)
def test_bad_descriptions_are_refused_in_one_line(path, value, message):
    with pytest.raises(ValueError, match=message):
        build_experiment(changed(path, value))


def test_a_missing_field_is_named():
    data = changed(("num_rounds",), 3)
    del data["algorithm"]["step_size"]
    with pytest.raises(ValueError, match="overlap_local_sgd needs step_size; give step_size=VALUE"):
        build_experiment(data)


@pytest.mark.parametrize(
    ("whole", "real"),
    [
        (np.int64(2), np.float64(1)),
        (2.0, 1),
        (np.uint8(2), np.float32(1)),
        (np.array(2), torch.tensor(1.0)),
        (torch.tensor(2), np.int64(1)),
    ],
)
def test_numbers_of_every_type_have_one_key(whole, real):
    def key(local_steps, heterogeneity):
        method = LocalSGD(local_steps=local_steps, step_size=0.5)
        problem = Tilted(num_workers=2, heterogeneity=heterogeneity, gradient_noise=1.0)
        return Experiment(algorithm=method, problem=problem, num_rounds=local_steps).key

    assert key(whole, real) == key(2, 1.0)


def test_whole_numbers_beyond_two_to_the_fifty_three_are_kept():
    assert to_int("9007199254740993", "seed") == 9007199254740993
    assert to_int(2**60 + 1, "seed") == 2**60 + 1
    with pytest.raises(ValueError, match="whole number"):
        to_int("1" * 5000, "seed")
