from contextlib import suppress

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical import catalogue, laws
from empirical.algorithms.local_sgd import LocalSGD
from empirical.algorithms.minibatch_sgd import MinibatchSGD
from empirical.algorithms.overlap_local_sgd import OverlapLocalSGD
from empirical.inner_rule import Plain, WeightDecay
from empirical.laws import NotApplicable, drive, same
from empirical.problems.tilted import Tilted
from empirical.strategies import algorithms, exact_problems, inner_rules

ANY = algorithms(st.floats(0.01, 0.2), inner_rules())
STEPS = st.integers(1, 20)
EXAMPLES = [item for examples in catalogue.algorithms().values() for item in examples]
EXACT = [
    item
    for examples in catalogue.problems().values()
    for item in examples
    if isinstance(item, laws.ExactProblem)
]


def bent(seed, workers=4, size=5, batch=2):
    """A non-linear gradient of each worker, and a start: (batch, workers, size)."""
    rng = torch.Generator().manual_seed(seed)
    matrix = torch.randn(workers, size, size, dtype=torch.float64, generator=rng)
    tilt = torch.randn(workers, size, dtype=torch.float64, generator=rng)
    start = torch.randn(batch, 1, size, dtype=torch.float64, generator=rng)

    def gradient(x):
        return torch.tanh((matrix @ x.unsqueeze(-1)).squeeze(-1)) + tilt

    return gradient, start.expand(batch, workers, size)


def applied(law, *arguments):
    """Calls a law; hypothesis draws another subject where it does not apply."""
    with suppress(NotApplicable):
        law(*arguments)


@given(algorithm=ANY, seed=st.integers(0, 99), order=st.permutations(range(4)), steps=STEPS)
def test_workers_are_exchangeable(algorithm, seed, order, steps):
    laws.workers_are_exchangeable(algorithm, *bent(seed), order, steps)


@given(algorithm=ANY, seed=st.integers(0, 99), order=st.permutations(range(5)), steps=STEPS)
def test_coordinates_are_exchangeable(algorithm, seed, order, steps):
    laws.coordinates_are_exchangeable(algorithm, *bent(seed), order, steps)


@given(algorithm=ANY, seed=st.integers(0, 99), steps=STEPS)
def test_shifting_the_problem_shifts_the_iterates(algorithm, seed, steps):
    gradient, start = bent(seed)
    shift = torch.linspace(-3, 2, 5, dtype=torch.float64)
    law = laws.shifting_the_problem_shifts_the_iterates
    applied(law, algorithm, gradient, start, shift, steps)


@given(algorithm=ANY, seed=st.integers(0, 99), scale=st.floats(0.01, 100), steps=STEPS)
def test_rescaling_units_rescales_nothing(algorithm, seed, scale, steps):
    gradient, start = bent(seed)
    applied(laws.rescaling_units_rescales_nothing, algorithm, gradient, start, scale, steps)


@given(algorithm=ANY, seed=st.integers(0, 99), steps=STEPS)
def test_the_optimum_is_a_fixed_point(algorithm, seed, steps):
    applied(laws.the_optimum_is_a_fixed_point, algorithm, bent(seed)[1], steps)


@given(algorithm=ANY, seed=st.integers(0, 99), steps=STEPS)
def test_a_batch_is_its_members(algorithm, seed, steps):
    laws.a_batch_is_its_members(algorithm, *bent(seed), steps)


@given(algorithm=ANY, seed=st.integers(0, 99), steps=STEPS)
def test_state_is_never_mutated(algorithm, seed, steps):
    laws.state_is_never_mutated(algorithm, *bent(seed), steps)


@given(algorithm=ANY, seed=st.integers(0, 99), steps=STEPS)
def test_messages_leave_every_k_steps(algorithm, seed, steps):
    laws.messages_leave_every_k_steps(algorithm, *bent(seed), steps)


@pytest.mark.ranks
@pytest.mark.parametrize("num_ranks", [2, 3])
@pytest.mark.parametrize("algorithm", EXAMPLES, ids=str)
def test_the_layout_does_not_matter(algorithm, num_ranks):
    problem = Tilted(num_workers=6, size=7, heterogeneity=1.0, gradient_noise=0.5)
    laws.the_layout_does_not_matter(algorithm, problem, num_ranks)
    laws.order_makes_layouts_equal_to_the_bit(algorithm, problem, num_ranks)


@pytest.mark.ranks
@pytest.mark.parametrize("algorithm", EXAMPLES, ids=str)
def test_one_worker_a_rank_is_the_same_run(algorithm):
    problem = Tilted(num_workers=3, size=7, heterogeneity=1.0, gradient_noise=0.5)
    laws.the_layout_does_not_matter(algorithm, problem, 3)


def test_local_sgd_with_one_step_is_minibatch_sgd():
    gradient, start = bent(0)
    local = drive(LocalSGD(local_steps=1, step_size=0.1), gradient, start, 20)
    same(local, drive(MinibatchSGD(local_steps=1, step_size=0.1), gradient, start, 20), 20, "K = 1")


def test_one_worker_runs_plain_sgd():
    gradient, start = bent(1, workers=1)
    found = drive(LocalSGD(local_steps=3, step_size=0.1), gradient, start, 9)
    x = start
    for point in found:
        same(point, x, 9, "one worker")
        x = x - 0.1 * gradient(x)


def test_overlap_hardly_pulled_back_is_independent_workers():
    gradient, start = bent(2)
    algorithm = OverlapLocalSGD(local_steps=2, step_size=0.1, pullback=1e-300)
    found = drive(algorithm, gradient, start, 12)[-1]
    x = start
    for _ in range(12):
        x = x - 0.1 * gradient(x)
    same(found, x.mean(-2, keepdim=True), 12, "pull-back 0")


def test_blocking_overlap_runs_through_the_same_points():
    gradient, start = bent(3)
    settings = {"local_steps": 3, "step_size": 0.1, "pullback": 0.6, "anchor_momentum": 0.7}
    delayed = drive(OverlapLocalSGD(**settings), gradient, start, 20)
    blocking = drive(OverlapLocalSGD(**settings, blocking=True), gradient, start, 20)
    same(delayed, blocking, 20, "blocking")


def test_the_report_point_of_overlap_takes_the_effective_step():
    """y_t moves by (1 - alpha) eta, with momentum by (1 - alpha) / (1 - alpha beta) eta."""
    constant = torch.tensor([[1.0, -2.0, 0.5]], dtype=torch.float64)
    start = torch.zeros(4, 3, dtype=torch.float64)
    for beta in (0.0, 0.7):
        algorithm = OverlapLocalSGD(
            local_steps=3, step_size=0.1, pullback=0.6, anchor_momentum=beta
        )
        points = drive(algorithm, constant.expand_as, start, 14)
        effective = 0.1 * 0.4 / (1 - 0.6 * beta)
        expected = -effective * constant * torch.arange(15)[:, None, None]
        same(points, expected, 14, f"effective step at beta={beta}")


def test_overlap_agrees_with_its_matrix_form():
    """X <- (X - eta G) W with W = [[(1-a) I, (1-a) 1/M], [a 1', a]] at a communication."""
    gradient, start = bent(4, batch=1)
    alpha, eta, K, M = 0.3, 0.1, 3, 4
    one = torch.ones(M, dtype=torch.float64)
    W = torch.zeros(M + 1, M + 1, dtype=torch.float64)
    W[:M, :M] = (1 - alpha) * torch.eye(M, dtype=torch.float64)
    W[:M, M], W[M, :M], W[M, M] = (1 - alpha) * one / M, alpha * one, alpha
    X = torch.cat([start[0], start[0, :1]]).T
    expected = []
    for t in range(13):
        expected.append((1 - alpha) * X[:, :M].mean(1) + alpha * X[:, M])
        G = torch.cat([gradient(X[:, :M].T), torch.zeros(1, 5)]).T
        X = X - eta * G
        X = X @ W if (t + 1) % K == 0 else X
    algorithm = OverlapLocalSGD(local_steps=K, step_size=eta, pullback=alpha)
    found = drive(algorithm, gradient, start, 12)[:, 0, 0]
    same(found, torch.stack(expected), 12, "matrix form")


@pytest.mark.parametrize("problem", EXACT, ids=lambda item: type(item).__name__)
@given(seed=st.integers(0, 99), far=st.floats(0.1, 30))
def test_gradient_is_the_autograd_of_the_objective(problem, seed, far):
    rng = torch.Generator().manual_seed(seed)
    x = far * torch.randn(problem.dimension, dtype=torch.float64, generator=rng)
    laws.gradient_is_the_autograd_of_the_objective(problem, x)


@pytest.mark.parametrize("problem", EXACT, ids=lambda item: type(item).__name__)
@given(seed=st.integers(0, 99), far=st.floats(0.1, 10), near=st.floats(1e-3, 10))
def test_declared_constants_hold(problem, seed, far, near):
    rng = torch.Generator().manual_seed(seed)
    x, step = torch.randn(2, problem.dimension, dtype=torch.float64, generator=rng)
    laws.declared_constants_hold(problem, far * x, far * x + near * step)


@given(problem=exact_problems(), seed=st.integers(0, 10**6), step=st.integers(0, 300))
def test_samples_depend_on_seed_worker_step_only(problem, seed, step):
    laws.samples_depend_on_seed_worker_step_only(problem, seed, step)


def test_a_law_that_does_not_apply_says_why():
    algorithm = LocalSGD(local_steps=1, step_size=0.1, inner_rule=WeightDecay(0.1, Plain()))
    with pytest.raises(NotApplicable, match="weight decay pulls to the origin"):
        laws.shifting_the_problem_shifts_the_iterates(
            algorithm, *bent(0), torch.zeros(5, dtype=torch.float64), 3
        )
