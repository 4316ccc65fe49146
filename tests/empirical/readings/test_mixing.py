"""The four numbers of Theorem G, read off the weights of methods known and invented."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest
import torch

from empirical.algorithm import Algorithm
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.components.inner_rule import HeavyBall, Plain, WeightDecay
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.readings.linear.block_toeplitz import NoDecay
from empirical.readings.mixing import NotInClass, mixing
from empirical.readings.moments import moments
from theory.bound import Standing
from theory.catalogue import lookup, proofs
from theory.measures import ReportPoint
from theory.proving.proof import replay
from theory.testing.bound_laws import units_balance

SIZES = [(1, 0.5), (4, 0.6), (7, 0.05), (3, 0.95)]
CONSTANTS = {"num_workers": 8, "num_rounds": 200, "smoothness": 1.0, "gradient_noise": 1.0}
CONSTANTS |= {"heterogeneity": 0.5, "initial_gap": 1.0, "step_size": 0.005}


class TwoAnchors(NamedTuple):
    x: torch.Tensor
    z: torch.Tensor
    older: torch.Tensor


@dataclass(frozen=True, kw_only=True)
class TwoRoundsAgo(Algorithm[TwoAnchors]):
    """Pulls back to the anchor of two rounds ago; nobody has analysed it."""

    pull: float = 0.5
    comm_delay = property(lambda self: self.local_steps)
    report_point = ReportPoint.ANCHORED_MEAN

    def init(self, x):
        return TwoAnchors(x, x[..., :1, :], x[..., :1, :])

    def gradient_point(self, state):
        return state.x

    def local_step(self, state, gradient):
        return state._replace(x=state.x - self.step_size * gradient)

    def post(self, state):
        x = (1 - self.pull) * state.x + self.pull * state.older
        return x, state._replace(x=x)

    def absorb(self, state, mean):
        return state._replace(z=mean, older=state.z)

    def report(self, state):
        return state.x


def number(found, name):
    return float(getattr(found.numbers, name))


@pytest.mark.parametrize(("steps", "alpha"), SIZES)
def test_overlaps_numbers_are_the_known_ones_or_better(steps, alpha):
    """N_w and N_m exactly; C_w and C_m at most the closed form, which adds two norms."""
    found = mixing(OverlapLocalSGD(local_steps=steps, step_size=0.1, pullback=alpha))
    rho, within = 1 - alpha, np.sqrt(steps * (steps - 1) / 2)
    assert number(found, "effective_step") == pytest.approx(rho, rel=1e-12)
    closed = steps * rho**2 / (1 - rho**2) + (steps - 1) / 2
    assert number(found, "N_w") == pytest.approx(closed, rel=1e-7)
    assert number(found, "N_m") == pytest.approx(alpha**2 * (steps - 1) / 2, rel=1e-7)
    assert number(found, "C_w") <= (within + steps * rho / alpha) ** 2 * (1 + 1e-7)
    assert number(found, "C_m") <= (alpha * within) ** 2 * (1 + 1e-7)
    assert found.average.reported


@pytest.mark.parametrize("steps", [1, 2, 5, 9])
def test_local_sgds_operator_norm_is_the_known_one(steps):
    """|w|^2 = 1 / (4 sin^2(pi / (2 (2K - 1)))), N_w = (K - 1) / 2, no lag."""
    found = mixing(LocalSGD(local_steps=steps, step_size=0.1))
    exact = 0 if steps == 1 else 1 / (4 * np.sin(np.pi / (2 * (2 * steps - 1))) ** 2)
    assert number(found, "C_w") == pytest.approx(exact, rel=1e-7)
    assert number(found, "N_w") == pytest.approx((steps - 1) / 2, rel=1e-7)
    assert number(found, "C_m") == number(found, "N_m") == 0


METHODS = [
    LocalSGD(local_steps=3, step_size=0.1, inner_rule=HeavyBall(0.6)),
    MinibatchSGD(local_steps=4, step_size=0.1),
    OverlapLocalSGD(local_steps=3, step_size=0.1, pullback=0.3, anchor_momentum=0.7),
    TwoRoundsAgo(local_steps=3, step_size=0.1, pull=0.4),
]


@pytest.mark.parametrize("algorithm", METHODS, ids=repr)
def test_certified_numbers_are_above_every_finite_run(algorithm):
    found = mixing(algorithm)
    for rounds in (1, 2, 9, 60):
        for name, exact in found.exact_numbers(rounds).items():
            assert exact <= number(found, name)
    near = found.exact_numbers(150)
    for name in near:
        assert number(found, name) <= 1.03 * near[name] + 1e-12


def test_weights_are_what_is_left_of_gradients():
    """A unit gradient at step s, run through the loop, against column s of w and m."""
    algorithm = METHODS[3]
    found, rounds = mixing(algorithm), 5
    w, m = found.weights(rounds)
    total = rounds * algorithm.local_steps
    for s in (0, 4, 7):
        gradients = np.zeros((total, 3, 1))
        gradients[s] = [[1.0], [0.0], [0.0]]
        deviation, lag = _run(algorithm, found, gradients)
        np.testing.assert_allclose(deviation, -0.1 * w[:, s] * (2 / 3), atol=1e-14)
        np.testing.assert_allclose(lag, -0.1 * m[:, s] / 3, atol=1e-14)


def _run(algorithm, found, gradients):
    """Of the first worker: its deviation from the mean, and the mean's from the average."""
    from empirical.readings.linear.linear_form import LinearForm

    form, rows, seen = LinearForm(algorithm, 3), None, []
    rows = form.start @ np.zeros((1, 1))
    for index, gradient in enumerate(gradients):
        step = form.at(index)
        points = (step.points @ rows)[:, 0]
        average = (found.point(3, index) @ rows).item()
        seen.append((points[0] - points.mean(), points.mean() - average))
        rows = step.keep @ rows + step.take @ gradient
    return np.array(seen).T


def test_an_invented_method_gets_its_numbers_and_a_bound_that_holds():
    """Only the twelve lines above; the bound against exact moments at its conserved average."""
    algorithm = TwoRoundsAgo(local_steps=3, step_size=0.02, pull=0.4)
    found = mixing(algorithm)
    assert number(found, "effective_step") == pytest.approx(0.6 / 1.4, rel=1e-12)
    assert not found.average.reported
    theorem = found.bound
    assert theorem.measure.report_point is ReportPoint.CONSERVED_MEAN
    problem = Quadratic(num_workers=4, size=3, lowest=0.1, heterogeneity=1.0, gradient_noise=0.5)
    run = moments(algorithm, problem, num_rounds=40, point=lambda step: found.point(4, step))
    average = {name: float(value) for name, value in run.trajectory.final_averages.items()}
    values = {name: item.value for name, item in problem.constants.items()}
    values |= {"num_workers": 4, "num_rounds": 40, "step_size": 0.02}
    values["heterogeneity"] = average["dissimilarity"] ** 0.5
    promised = float(theorem.value(**{name: values[name] for name in theorem.parameters}))
    assert 1 < promised / average["squared_gradient_norm"] < 10


def test_the_bound_is_the_catalogues_where_there_is_one():
    """Local SGD: the same first two terms and noise drift, a smaller C_w."""
    mine = mixing(LocalSGD(local_steps=6, step_size=0.1)).bound
    theirs = lookup("local_sgd.nonconvex").evaluate(local_steps=6, **CONSTANTS)
    found = mine.evaluate(**CONSTANTS)
    for name in ("optimisation", "statistical", "noise drift"):
        assert found.terms[name] == pytest.approx(theirs.terms[name], rel=1e-7)
    ratio = found.terms["heterogeneity drift"] / theirs.terms["heterogeneity drift"]
    assert 0.6 < ratio < 1
    assert mine.standing is Standing.PROVED
    assert all(outcome.holds for outcome in replay(proofs()[mine.proof]))
    units_balance(mine)


def test_the_bound_says_what_it_was_read_at():
    fixes = dict(mixing(OverlapLocalSGD(local_steps=3, step_size=0.1, pullback=0.3)).bound.fixes)
    assert fixes.pop("inner_rule") == Plain()
    assert fixes.pop("blocking") is False
    assert fixes == {"local_steps": 3, "pullback": 0.3, "anchor_momentum": 0.0}


def test_what_is_outside_the_class_is_refused():
    with pytest.raises(
        NotInClass, match="local_sgd is outside the linear-mixing class: no average"
    ):
        mixing(LocalSGD(local_steps=2, step_size=0.1, inner_rule=WeightDecay(0.1)))


@dataclass(frozen=True, kw_only=True)
class ForgetsByStepSize(LocalSGD):
    """Deviations shrink by 1/2 + eta a round: a small difference, where eta is small."""

    def absorb(self, state, mean):
        return state._replace(x=mean + (0.5 + self.step_size) * (state.x - mean))


@pytest.mark.parametrize("step_size", [1e-7, 1e-2])
def test_weights_that_depend_on_the_step_size_are_refused(step_size):
    with pytest.raises(NotInClass, match="weights depend on the step size"):
        mixing(ForgetsByStepSize(local_steps=2, step_size=step_size))


class Account(NamedTuple):
    x: torch.Tensor
    inner: tuple
    total: torch.Tensor


@dataclass(frozen=True, kw_only=True)
class KeepsAccounts(LocalSGD):
    """Local SGD that adds up its gradients, which nothing depends on."""

    def init(self, x):
        return Account(x, (), torch.zeros_like(x))

    def local_step(self, state, gradient):
        x = state.x - self.step_size * gradient
        return state._replace(x=x, total=state.total + gradient)


def test_accounts_change_no_number():
    plain = mixing(LocalSGD(local_steps=3, step_size=0.1))
    kept = mixing(KeepsAccounts(local_steps=3, step_size=0.1))
    for name in ("effective_step", "C_w", "N_w", "C_m", "N_m"):
        assert number(kept, name) == pytest.approx(number(plain, name), rel=1e-9)
    assert kept.average.reported


def test_deviations_that_stay_have_no_bound():
    @dataclass(frozen=True, kw_only=True)
    class NeverMeets(LocalSGD):
        def absorb(self, state, mean):
            return state

    with pytest.raises(NoDecay, match="does not die out"):
        _ = mixing(NeverMeets(local_steps=2, step_size=0.1)).numbers
