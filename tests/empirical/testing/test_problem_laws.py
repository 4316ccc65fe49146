import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical import catalogue
from empirical.problem import ExactProblem
from empirical.testing import problem_laws as laws
from empirical.testing.algorithm_strategies import exact_problems

EXACT = [
    item
    for examples in catalogue.problems().values()
    for item in examples
    if isinstance(item, ExactProblem)
]


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
