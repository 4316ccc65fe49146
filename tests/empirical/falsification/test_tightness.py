"""Bounds beside what is attained within their conditions."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.components.inner_rule import HeavyBall
from empirical.falsification.admissible_functions import AdmissibleFunctions, check_attackable
from empirical.falsification.algorithm_of_bound import NoReading, algorithm_of
from empirical.falsification.tightness import beside, bounds_on, tightness, worst_instance
from empirical.falsification.trial_functions import TwoQuadratics
from empirical.falsification.trial_runs import trial_run
from empirical.falsification.worst_functions import setting_of
from empirical.readings.performance_estimation.setting import FunctionClass, Setting
from empirical.readings.simulate import simulate
from empirical.readings.worst_case import worst_case
from theory.assumptions import Assumption
from theory.bound import ConditionError, Constants, Term
from theory.catalogue import lookup
from theory.notation import symbols

VALUES = {"smoothness": 2.0, "initial_gap": 0.7, "heterogeneity": 0.5, "num_workers": 6.0}
VALUES |= {"gradient_noise": 1.0, "num_rounds": 30.0, "local_steps": 4.0, "step_size": 0.02}


def own(key, **changes):
    values = {**VALUES, "pullback": 0.6, **changes}
    return {name: values[name] for name in lookup(key).parameters}


def on_two_quadratics(algorithm, values, first, second, up=True):
    """A run on quadratics of these curvatures that has a bound's gap and mean heterogeneity."""
    shape = TwoQuadratics(first / values["smoothness"], second / first, up)
    workers = int(values["num_workers"])
    return trial_run(shape, AdmissibleFunctions(), algorithm, values, num_workers=workers)


def test_minibatch_sgd_without_noise_is_tight():
    found = tightness(
        lookup("minibatch_sgd.nonconvex"),
        own("minibatch_sgd.nonconvex", gradient_noise=0.0, num_rounds=2.0, step_size=0.5),
    )
    assert found.exact
    assert found.ratio == pytest.approx(1, rel=1e-6)


def test_long_or_noisy_runs_are_read_by_moments():
    for changes in ({}, {"gradient_noise": 0.0}):
        found = tightness(lookup("local_sgd.nonconvex"), own("local_sgd.nonconvex", **changes))
        assert not found.exact
        assert 1 < found.ratio < 10


def test_short_runs_without_noise_are_solved():
    values = own("overlap_local_sgd.nonconvex", gradient_noise=0.0, num_rounds=2.0)
    found = tightness(lookup("overlap_local_sgd.nonconvex"), values)
    assert found.exact
    parabolas = worst_instance(algorithm_of(lookup("overlap_local_sgd.nonconvex"), values), values)
    assert parabolas.attained <= found.attained * (1 + 1e-6)


@pytest.mark.parametrize(("first", "second"), [(2.0, 2.0), (1.0, 0.0), (0.5, -0.2)])
@pytest.mark.parametrize("up", [True, False])
def test_an_instance_is_within_the_bounds_conditions(first, second, up):
    """Its gap, curvatures, noise and mean heterogeneity are the bound's; a run of it agrees."""
    algorithm = OverlapLocalSGD(local_steps=4, step_size=0.02, pullback=0.6)
    values = {**VALUES, "gradient_noise": 0.0}
    found = on_two_quadratics(algorithm, values, first, second, up)
    assert found.problem.constants["initial_gap"].value == pytest.approx(0.7)
    assert found.problem.constants["smoothness"].value == 2.0
    run = simulate(found.algorithm, found.problem, num_rounds=30, seeds=(0,)).final_averages
    assert float(run["dissimilarity"]) == pytest.approx(0.25, rel=1e-9)
    assert float(run["squared_gradient_norm"]) == pytest.approx(found.attained, rel=1e-9)


def test_no_instance_where_the_heterogeneity_is_too_small_for_the_quadratics():
    values = {**VALUES, "heterogeneity": 0.01}
    algorithm = LocalSGD(local_steps=4, step_size=0.001)
    assert on_two_quadratics(algorithm, values, 2.0, -1.0) is None
    assert on_two_quadratics(algorithm, values, 1.0, -1.0) is None, "F is flat"


def test_a_corollary_runs_at_its_own_step_size():
    values = own("local_sgd.nonconvex.linear_speedup", num_rounds=64.0)
    made = algorithm_of(lookup("local_sgd.nonconvex.linear_speedup"), values)
    assert made.step_size == pytest.approx((6 / 256) ** 0.5 / 2)
    assert made.local_steps == 4


def test_bounds_on_a_method_are_the_catalogues_and_its_own():
    keys = [item.key for item in bounds_on(LocalSGD(local_steps=4, step_size=0.1))]
    assert {"local_sgd.nonconvex", "local_sgd.nonconvex.mixing"} <= set(keys)
    momentum = OverlapLocalSGD(local_steps=4, step_size=0.1, pullback=0.6, anchor_momentum=0.7)
    keys = [item.key for item in bounds_on(momentum)]
    assert "overlap_local_sgd.nonconvex.mixing" in keys
    assert "overlap_local_sgd.nonconvex" not in keys, "it holds without anchor momentum only"
    heavy = LocalSGD(local_steps=4, step_size=0.1, inner_rule=HeavyBall(0.9))
    assert bounds_on(heavy) == [], "its conserved average is not what it reports"


def test_the_setting_is_every_smooth_function():
    found = setting_of(VALUES)
    assert found.function_class.lowest == -2.0
    assert (found.initial_gap, found.heterogeneity) == (0.7, None)
    assert found.heterogeneity_on_average == 0.5, "bounds assume no more"
    assert setting_of({**VALUES, "heterogeneity": 0.0}).heterogeneity == 0


def test_what_cannot_be_set_beside_a_bound_is_said():
    values = own("local_sgd.nonconvex", step_size=5.0)
    with pytest.raises(ConditionError):
        tightness(lookup("local_sgd.nonconvex"), values)
    assert "condition" in beside(lookup("local_sgd.nonconvex"), values)["reason"]
    hidden = replace(lookup("local_sgd.nonconvex"), constants=Constants.ORDER)
    with pytest.raises(NoReading, match="hidden in an order"):
        tightness(hidden, values)


def test_what_no_instance_can_be_made_with_is_named():
    with pytest.raises(NoReading, match="its messages are rounded"):
        check_attackable(lookup("dq_sgd.nonconvex"))
    theorem = lookup("local_sgd.nonconvex")
    radius, gap = symbols("path_radius", "initial_gap")
    far = replace(theorem, terms=(*theorem.terms, Term("far", gap / radius)))
    with pytest.raises(NoReading, match="no exact reading knows its path_radius"):
        check_attackable(far)
    unmet = replace(theorem, assumptions=theorem.assumptions | {Assumption.ZERO_RESPECTING})
    with pytest.raises(NoReading, match="it is not known here what meets ZERO_RESPECTING"):
        check_attackable(unmet)


def test_plain_data_beside_a_bound():
    found = beside(lookup("local_sgd.nonconvex"), own("local_sgd.nonconvex"))
    assert found["reading"] == "at most, by exact moments of parabolas"
    assert found["tightness"] > 1
    assert np.isfinite(found["attained"])
    assert not isinstance(found["attained"], torch.Tensor)


def test_one_worker_has_a_worst_case_of_its_own():
    values = own("local_sgd.nonconvex", gradient_noise=0.0, num_rounds=2.0, step_size=0.05)
    two = tightness(lookup("local_sgd.nonconvex"), values)
    one = tightness(lookup("local_sgd.nonconvex"), {**values, "num_workers": 1.0})
    assert one.attained < two.attained


def test_heterogeneity_on_average_allows_more_than_at_every_point():
    """What the bounds assume, and what two rounds at a step size of 0.35 make of it."""
    method = LocalSGD(local_steps=2, step_size=0.35)
    everywhere = Setting(
        function_class=FunctionClass(lowest=-1.0), initial_gap=1.0, heterogeneity=3.0
    )
    average = replace(everywhere, heterogeneity=None, heterogeneity_on_average=3.0)
    values = [worst_case(method, setting, num_rounds=2).value for setting in (everywhere, average)]
    assert values[0] == pytest.approx(1.0128, abs=1e-4)
    assert values[1] == pytest.approx(1.0285, abs=1e-4)


def test_a_method_without_numbers_keeps_its_theorems():
    """A pull-back of 1e-5 forgets too slowly for certified numbers."""
    found = bounds_on(OverlapLocalSGD(local_steps=2, step_size=0.01, pullback=1e-5))
    keys = [item.key for item in found]
    assert "overlap_local_sgd.nonconvex" in keys
    assert "overlap_local_sgd.nonconvex.mixing" not in keys
