from dataclasses import replace

from empirical.falsification.attack import Point, attack
from empirical.falsification.shrinking import plainest
from empirical.falsification.trial_functions import PiecewiseQuadratics, TwoQuadratics
from theory.bound import Term
from theory.catalogue import lookup

THEOREM = lookup("minibatch_sgd.nonconvex")
FALSE = replace(
    THEOREM,
    terms=tuple(Term(t.name, t.expression / (9 if "opt" in t.name else 1)) for t in THEOREM.terms),
)
VALUES = {"num_workers": 3.0, "local_steps": 2.0, "num_rounds": 5.0, "step_size": 0.43217}
VALUES |= {"smoothness": 1.0, "initial_gap": 1.0, "gradient_noise": 0.12345}


def shrunk(shape, values=VALUES, fixed=()):
    point = Point(values, shape)
    found = attack(FALSE, point)
    assert found.refutes
    return plainest(FALSE, point, found, {name: values[name] for name in fixed})


def test_a_counterexample_becomes_plain_and_stays_one():
    found = shrunk(TwoQuadratics(0.71234, 0.4321))
    assert found.refutes
    small = {name: found.values[name] for name in ("num_workers", "local_steps", "num_rounds")}
    assert small == {"num_workers": 1, "local_steps": 1, "num_rounds": 1}
    assert found.values["gradient_noise"] == 0
    assert len(repr(found.values["step_size"])) <= 4
    assert found.run.problem.first == 1.0


def test_what_is_fixed_stays():
    found = shrunk(TwoQuadratics(0.7, 0.4), fixed=("num_workers", "step_size"))
    assert found.values["num_workers"] == 3
    assert found.values["step_size"] == 0.43217
    assert found.values["num_rounds"] == 1


def test_bends_become_parabolas_where_they_do():
    bends = PiecewiseQuadratics((0.0,), ((0.9123, 0.8234),), 0.0, 1.0, 0.31234)
    found = shrunk(bends, {**VALUES, "num_rounds": 2.0})
    assert "problem=two_camps" in found.command
