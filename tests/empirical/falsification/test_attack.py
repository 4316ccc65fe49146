import json
import sys

import pytest

from empirical.cli.app import main
from empirical.falsification.attack import Attack, How, Point, attack, from_store
from empirical.falsification.trial_functions import PiecewiseQuadratics, TwoQuadratics
from empirical.falsification.trial_runs import TrialRun
from theory.catalogue import lookup

VALUES = {"smoothness": 1.0, "initial_gap": 1.0, "heterogeneity": 0.5, "num_workers": 4.0}
VALUES |= {"gradient_noise": 0.0, "num_rounds": 2.0, "local_steps": 2.0, "step_size": 0.1}
CONVEX = {"smoothness": 1.0, "initial_distance": 1.0, "strong_convexity": 0.3, "step_size": 0.2}
CONVEX |= {"num_workers": 2.0, "num_rounds": 2.0, "local_steps": 2.0, "gradient_noise": 0.0}
NOISY = {**CONVEX, "gradient_noise": 0.5}
BENT = PiecewiseQuadratics(
    knots=(0.0, 0.5), slopes=((0.4, 1.0, 0.6),), push=0.1, start=1.0, chance=0.2
)


def test_runs_of_too_many_outcomes_are_no_attack():
    long = {**NOISY, "local_steps": 9.0}
    assert attack(lookup("local_sgd.convex_homogeneous"), Point(long, BENT)) is None


@pytest.mark.parametrize(
    ("key", "values", "shape"),
    [
        ("local_sgd.nonconvex", VALUES, TwoQuadratics(0.8, 0.3)),
        ("local_sgd.nonconvex", VALUES, None),
        ("local_sgd.nonconvex", {**VALUES, "num_workers": 2.0, "gradient_noise": 0.3}, BENT),
        ("local_sgd.convex_homogeneous", NOISY, BENT),
        ("local_sgd.convex_homogeneous", CONVEX, None),
        ("local_sgd.convex_homogeneous.khaled2020", NOISY, TwoQuadratics(0.8, 0.3)),
        ("local_sgd.convex_homogeneous.khaled2020", NOISY, BENT),
        ("local_sgd.strongly_convex_homogeneous.khaled2020", NOISY, BENT),
        ("minibatch_sgd.convex", NOISY, TwoQuadratics(0.8, 0.3)),
        (
            "slowmo.nonconvex",
            {**VALUES, "slow_momentum": 0.5, "slow_step_size": 0.8},
            TwoQuadratics(),
        ),
        (
            "fedavg.nonconvex.yang2021",
            {**VALUES, "outer_step_size": 0.8, "greatest_heterogeneity": 0.4, "step_size": 0.05},
            TwoQuadratics(),
        ),
    ],
)
def test_the_commands_reproduce_both_numbers(key, values, shape, monkeypatch, capsys):
    found = attack(lookup(key), Point(values, shape))
    said = []
    for command in (found.claim, found.command):
        monkeypatch.setattr(sys, "argv", [*command.split(), "--json"])
        with pytest.raises(SystemExit) as stop:
            main()
        assert stop.value.code == 0
        said.append(json.loads(capsys.readouterr().out))
    assert said[0]["bound"] == pytest.approx(found.promised, rel=1e-12)
    exact = said[1]
    for name in found.where.split("."):
        exact = exact[name]
    assert exact == pytest.approx(found.attained, rel=1e-9)
    assert 0 < found.share <= 1


def test_where_a_bound_is_silent_there_is_no_attack():
    theorem = lookup("local_sgd.nonconvex")
    assert attack(theorem, Point({**VALUES, "step_size": 3.0}, TwoQuadratics(1.0, 0.5))) is None


def run():
    """What parabolas attain; of it only the kind matters here."""
    return attack(lookup("local_sgd.nonconvex"), Point(VALUES, TwoQuadratics(0.8, 0.3))).run


def test_rounding_does_not_refute():
    assert isinstance(run(), TrialRun)
    assert not Attack(1.0, 1 + 1e-8, run=run()).refutes
    assert Attack(1.0, 1 + 1e-5, run=run()).refutes
    solved = attack(lookup("local_sgd.nonconvex"), Point(VALUES, None)).run
    assert not Attack(1.0, 1 + 1e-5, run=solved).refutes
    assert Attack(1.0, 1.01, run=solved).refutes


def test_what_is_left_of_nearly_nothing_does_not_refute():
    """After so many steps x is 1e-11 of what it was, and its digits are those of rounding."""
    theorem = lookup("local_sgd.heterogeneous_quadratics.fixed_point")
    values = {"smoothness": 1.0, "initial_distance": 1.0, "strong_convexity": 0.5767639347545183}
    values |= {"local_steps": 7.0, "num_rounds": 4.0, "step_size": 1.0, "hessian_spread": 0.0}
    values |= {"heterogeneity_of_optima": 1.7338115990654288, "num_workers": 2.0}
    found = attack(theorem, Point(values, TwoQuadratics(first=0.5)))
    assert found.attained > found.promised * (1 + 1e-6)
    assert found.rounding > found.attained - found.promised
    assert not found.refutes


def test_a_stored_counterexample_is_replayed():
    found = from_store(lookup("dq_sgd.strongly_convex.as_read"))
    assert found.how is How.STORED
    assert found.refutes
    assert found.command == "ratebound prove dq_sgd.strongly_convex.as_read"
    assert from_store(lookup("dq_sgd.strongly_convex")) is None
