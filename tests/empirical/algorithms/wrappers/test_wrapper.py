import json
from dataclasses import replace

import pytest

from empirical import catalogue
from empirical.algorithm import Algorithm
from empirical.algorithms.averaging.decentralized_sgd import DecentralizedSGD
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.wrappers.compressed import Compressed
from empirical.algorithms.wrappers.diloco import DiLoCo
from empirical.algorithms.wrappers.post_local_sgd import PostLocalSGD
from empirical.algorithms.wrappers.slowmo import SlowMo
from empirical.algorithms.wrappers.wrapper import Wrapper
from empirical.cli.plan_request import plan
from empirical.components.inner_rule import AdamW, HeavyBall, Plain
from empirical.components.topology import Exponential, Ring
from empirical.description import build, describe
from empirical.readings.mixing import mixing
from empirical.verdicts.applicability import method_mismatch
from theory.catalogue import lookup

EXAMPLES = [
    item
    for examples in catalogue.algorithms().values()
    for item in examples
    if isinstance(item, Wrapper)
]
OUTER = {"local_steps": 4, "step_size": 0.1, "slow_momentum": 0.5}
PROBLEM = ["problem=tilted", "num_workers=4", "num_rounds=3"]
SLOW = ["algorithm=slowmo", "slow_momentum=0.5"]


@pytest.mark.parametrize("method", EXAMPLES, ids=repr)
def test_every_example_survives_json(method):
    catalogue.load()
    assert build(Algorithm, json.loads(json.dumps(describe(method)))) == method


@pytest.mark.parametrize("method", EXAMPLES, ids=repr)
def test_a_changed_copy_is_changed_within(method):
    changed = replace(method, step_size=0.011, inner_rule=HeavyBall(0.3))
    while isinstance(changed, Wrapper):
        changed = changed.base
        assert (changed.step_size, changed.inner_rule) == (0.011, HeavyBall(0.3))


class AroundAny(Compressed):
    """No base is more usual than another."""

    @classmethod
    def usual_base(cls):
        return None


def test_around_nothing_in_particular_is_around_the_usual_base():
    assert SlowMo(**OUTER).base == LocalSGD(local_steps=4, step_size=0.1)
    assert SlowMo(**OUTER) == SlowMo(base=LocalSGD(local_steps=4, step_size=0.1), slow_momentum=0.5)
    with pytest.raises(ValueError, match="around_any needs base; give base=NAME"):
        AroundAny(local_steps=4, step_size=0.1)
    with pytest.raises(ValueError, match="slowmo needs step_size; give step_size=VALUE or a base"):
        SlowMo(local_steps=4, slow_momentum=0.5)
    with pytest.raises(ValueError, match="slowmo needs local_steps; give local_steps=VALUE or a b"):
        SlowMo(step_size=0.1, slow_momentum=0.5)


def described(**data):
    catalogue.load()
    return build(Algorithm, data)


def test_a_base_takes_what_it_leaves_out_from_the_method_around_it():
    whole = SlowMo(**OUTER)
    assert described(name="slowmo", **OUTER) == whole
    assert described(name="slowmo", base="local_sgd", **OUTER) == whole
    table = {"name": "decentralized_sgd", "local_steps": 2, "topology": "exponential"}
    gossip = DecentralizedSGD(local_steps=2, step_size=0.1, topology=Exponential())
    assert described(name="slowmo", base=table, **OUTER) == SlowMo(base=gossip, **OUTER)
    within = {"name": "compressed", "base": "local_sgd"}
    deep = described(
        name="post_local_sgd", base=within, local_steps=4, step_size=0.1, switch_step=3
    )
    local = LocalSGD(local_steps=4, step_size=0.1)
    assert deep == PostLocalSGD(base=Compressed(base=local), switch_step=3)


def test_a_base_that_says_all_needs_nothing_said_around_it():
    base = {"name": "local_sgd", "local_steps": 4, "step_size": 0.1}
    assert described(name="slowmo", base=base, slow_momentum=0.5) == SlowMo(**OUTER)


REQUESTS = [
    ([*SLOW, "local_steps=4", "step_size=0.1"], SlowMo(**OUTER)),
    ([*SLOW, "local_steps=4", "step_size=0.1", "base=local_sgd"], SlowMo(**OUTER)),
    (
        [*SLOW, "algorithm.base=local_sgd", "algorithm.base.local_steps=4", "base.step_size=0.1"],
        SlowMo(**OUTER),
    ),
    (
        [
            *(*SLOW, "local_steps=4", "step_size=0.1", "base=decentralized_sgd"),
            *("base.local_steps=1", "base.topology=ring", "exact_average=false"),
        ],
        SlowMo(
            base=DecentralizedSGD(local_steps=1, step_size=0.1, topology=Ring()),
            exact_average=False,
            **OUTER,
        ),
    ),
    (
        ["algorithm=diloco", "local_steps=4", "step_size=0.1", "outer_momentum=0.5"],
        DiLoCo(local_steps=4, step_size=0.1, inner_rule=AdamW(), outer_momentum=0.5),
    ),
]


@pytest.mark.parametrize(("tokens", "expected"), REQUESTS, ids=range(len(REQUESTS)))
def test_requests_reach_the_base(tokens, expected):
    [experiment] = plan([*tokens, *PROBLEM]).experiments
    assert experiment.algorithm == expected


def test_a_file_means_the_same(in_tmp):
    in_tmp.joinpath("x.toml").write_text(
        """
        num_rounds = 3
        [algorithm]
        name = "slowmo"
        local_steps = 4
        step_size = 0.1
        slow_momentum = 0.5
        [algorithm.base]
        name = "decentralized_sgd"
        local_steps = 1
        [algorithm.base.topology]
        name = "exponential"
        [problem]
        name = "tilted"
        num_workers = 4
        """
    )
    [experiment] = plan(["x.toml"]).experiments
    base = DecentralizedSGD(local_steps=1, step_size=0.1, topology=Exponential())
    assert experiment.algorithm == SlowMo(base=base, **OUTER)
    [changed] = plan(["x.toml", "algorithm.base.topology=ring", "local_steps=6"]).experiments
    assert changed.algorithm == SlowMo(
        base=replace(base, topology=Ring()), **{**OUTER, "local_steps": 6}
    )


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (["base=nothing", "slow_momentum=0.5"], "base='nothing' is unknown; choose from"),
        (
            ["slow_momentum=0.5", "base.topology=ring"],
            "topology is no field of local_sgd; it takes",
        ),
        (
            ["base=decentralized_sgd", "slow_momentum=0.5"],
            "base.local_steps=4 must be below local_steps=4",
        ),
        (
            ["exact_average=false", "slow_momentum=0.5"],
            "exact_average=False needs a base whose workers mix",
        ),
        (
            ["memory=mean", "slow_momentum=0.5"],
            "memory=mean is unknown; choose from average, keep, reset",
        ),
        (["slow_momentum=1"], r"slow_momentum=1 must be a number in \[0, 1\)"),
        (["slow_momentum=0.5", "base.step_size=x"], "step_size=x must be a finite number"),
        (["slow_momentum=0.5", "base.memory=x"], "memory=x is unknown; choose from average"),
        ([], "slowmo needs slow_momentum; give slow_momentum=VALUE"),
    ],
)
def test_bad_requests_are_refused_in_one_line(tokens, message):
    with pytest.raises(ValueError, match=message):
        plan(["algorithm=slowmo", "local_steps=4", "step_size=0.1", *tokens, *PROBLEM])


def test_theorems_speak_of_the_usual_base():
    theorem = replace(lookup("local_sgd.nonconvex"), algorithm="slowmo", key="slowmo.nonconvex")
    assert method_mismatch(theorem, SlowMo(**OUTER)) is None
    gossip = DecentralizedSGD(local_steps=1, step_size=0.1)
    why = method_mismatch(theorem, SlowMo(base=gossip, **OUTER))
    assert why == "it speaks of slowmo around local_sgd"
    assert method_mismatch(theorem, SlowMo(inner_rule=HeavyBall(0.5), **OUTER)) == (
        "it holds for plain SGD steps only"
    )


def test_four_numbers_hold_at_every_step_size_but_for_no_other_field():
    """At unit outer step and no momentum the conserved average is the report point."""
    plain = {"local_steps": 3, "step_size": 0.1, "inner_rule": Plain()}
    method = SlowMo(**plain, slow_momentum=0.0)
    theorem = mixing(method).bound
    assert method_mismatch(theorem, method) is None
    assert method_mismatch(theorem, replace(method, step_size=0.01)) is None
    assert method_mismatch(theorem, replace(method, local_steps=4)) is not None
    assert "slow_momentum=0 only" in method_mismatch(theorem, replace(method, slow_momentum=0.5))
