import numpy as np
import pytest

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.readings.performance_estimation.extremal_functions import Extremal
from empirical.readings.performance_estimation.gram import full_frame, symmetric_frame
from empirical.readings.performance_estimation.iterate_coefficients import trace
from empirical.readings.performance_estimation.program import Estimation, program, schedule
from empirical.readings.performance_estimation.semidefinite import maximise, triangle
from empirical.readings.performance_estimation.setting import FunctionClass, Setting, Summary

BENT = Setting(function_class=FunctionClass(lowest=-0.7), initial_gap=1, heterogeneity=1)
LOCAL = LocalSGD(local_steps=2, step_size=0.3)


def solved(num_workers):
    """Frame, plan, and solution of the symmetric (None) or full program."""
    counts = (2, 3) if num_workers is None else (num_workers,)
    traces = [trace(LOCAL, num_workers=count, num_rounds=2) for count in counts]
    plans = [schedule(item, BENT.summary) for item in traces]
    options = {"smoothness": 1, "optimum": False, "merged": False, "agreed": False}
    if num_workers is None:
        frame = symmetric_frame(traces, **options)
    else:
        frame = full_frame(traces[0], **options)
    return frame, plans[0], maximise(program(frame, plans[0], BENT))


def test_which_points_are_measured():
    run = trace(LOCAL, num_workers=2, num_rounds=2)
    plans = {summary: schedule(run, summary) for summary in Summary}
    assert {plan.start for plan in plans.values()} == {0}
    average = plans[Summary.TIME_AVERAGE].measured
    assert len(average) == 4
    assert average == plans[Summary.BEST].measured
    assert plans[Summary.LAST].measured[0] not in average
    [mean] = plans[Summary.AVERAGED_ITERATE].measured
    np.testing.assert_allclose(run.visited[mean][0], run.reports[:4].mean(0))


@pytest.mark.parametrize(("frame_workers", "num_workers"), [(None, 2), (None, 3), (3, 3)])
def test_a_cut_is_the_least_mean_of_its_parabolas(frame_workers, num_workers):
    """Weights of their own for every worker: the linear form equals the numbers in coordinates."""
    frame, plan, optimum = solved(frame_workers)
    estimation = Estimation(frame, plan, BENT)
    values = estimation.values @ optimum.scalars
    found = Extremal.of(frame, optimum.matrices, values, num_workers, estimation.lowest)
    rng = np.random.default_rng(0)
    weights = rng.dirichlet(np.ones(frame.points.shape[1]), num_workers)
    functions = found.interpolants()
    centres = np.stack([w @ item.vertices for w, item in zip(weights, functions, strict=True)])
    least = np.mean([w @ item.least for w, item in zip(weights, functions, strict=True)])
    x = (1 - estimation.lowest) * centres.mean(0)  # where the mean of the parabolas is least
    expected = least + estimation.lowest / 2 * x @ x
    expected += (1 - estimation.lowest) / 2 * ((x - centres) ** 2).sum(-1).mean()
    unknowns = [triangle(matrix) for matrix in optimum.matrices] + [optimum.scalars]
    row, bound = estimation.cut(weights)
    assert -row @ np.concatenate(unknowns) == pytest.approx(expected, abs=1e-6)
    assert bound == 0
