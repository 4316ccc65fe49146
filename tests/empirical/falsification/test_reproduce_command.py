import pytest

from empirical.algorithms.averaging.decentralized_sgd import DecentralizedSGD
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.wrappers.slowmo import SlowMo
from empirical.cli.app import main
from empirical.cli.plan_request import plan
from empirical.components.inner_rule import HeavyBall
from empirical.components.topology import Given
from empirical.falsification.reproduce_command import command_words, numbers
from empirical.problems.synthetic.bent import EXAMPLES

METHODS = (
    LocalSGD(local_steps=2, step_size=0.1),
    LocalSGD(local_steps=2, step_size=0.1, inner_rule=HeavyBall(0.7)),
    SlowMo(local_steps=3, step_size=0.1, slow_momentum=0.5),
    DecentralizedSGD(
        local_steps=2,
        step_size=0.1,
        topology=Given(((0.5, 0.25, 0.25),) * 1 + ((0.25, 0.5, 0.25), (0.25, 0.25, 0.5))),
    ),
)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: type(method).__name__)
@pytest.mark.parametrize("problem", EXAMPLES)
def test_what_is_written_is_read_again(method, problem):
    request = (
        f"algorithm={command_words(method)} problem={command_words(problem)} num_rounds=2".split()
    )
    [experiment] = plan(request).experiments
    assert experiment.algorithm == method
    assert experiment.problem == problem


def test_defaults_are_left_out():
    assert command_words(METHODS[0]) == "local_sgd local_steps=2 step_size=0.1"
    assert command_words(METHODS[2]) == "slowmo local_steps=3 step_size=0.1 slow_momentum=0.5"


def test_whole_numbers_have_no_point():
    assert numbers({"num_workers": 3.0, "step_size": 1}) == "num_workers=3 step_size=1.0"


def test_a_list_that_is_none_is_refused(monkeypatch, capsys):
    request = "ratebound moments algorithm=local_sgd local_steps=1 step_size=.1 problem=bent"
    monkeypatch.setattr("sys.argv", [*request.split(), "num_workers=1", "num_rounds=1", "tilts=x"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    assert "tilts=x must be a list such as [1,-0.5]" in capsys.readouterr().err
