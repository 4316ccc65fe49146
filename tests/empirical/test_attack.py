import json
import sys

import pytest

from empirical.attack import Attack, Point, attack
from empirical.command import main
from theory.catalogue import bound

VALUES = {"smoothness": 1.0, "initial_gap": 1.0, "heterogeneity": 0.5, "num_workers": 4.0}
VALUES |= {"gradient_noise": 0.0, "num_rounds": 2.0, "local_steps": 2.0, "step_size": 0.1}


@pytest.mark.parametrize("solved", [True, False])
def test_the_commands_reproduce_both_numbers(solved, monkeypatch, capsys):
    theorem = bound("local_sgd.nonconvex")
    found = attack(theorem, Point(VALUES, first=0.8, second=0.3, up=True, solved=solved))
    assert found.solved == solved
    said = []
    for command in (found.claim, found.command):
        monkeypatch.setattr(sys, "argv", [*command.split(), "--json"])
        with pytest.raises(SystemExit) as stop:
            main()
        assert stop.value.code == 0
        said.append(json.loads(capsys.readouterr().out))
    assert said[0]["value"] == pytest.approx(found.promised, rel=1e-12)
    exact = said[1]["worst_case"] if solved else said[1]["average"]["squared_gradient_norm"]
    assert exact == pytest.approx(found.attained, rel=1e-9)


def test_where_a_bound_is_silent_there_is_no_attack():
    theorem = bound("local_sgd.nonconvex")
    outside = Point({**VALUES, "step_size": 3.0}, first=1.0, second=0.5, up=True, solved=False)
    assert attack(theorem, outside) is None


def test_rounding_does_not_refute():
    assert not Attack(1.0, 1 + 1e-8, "", "", solved=False).refutes
    assert Attack(1.0, 1 + 1e-5, "", "", solved=False).refutes
    assert not Attack(1.0, 1 + 1e-5, "", "", solved=True).refutes
    assert Attack(1.0, 1.01, "", "", solved=True).refutes
