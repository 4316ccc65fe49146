from contextlib import suppress

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical import catalogue
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.components.inner_rule import Plain, WeightDecay
from empirical.problems.synthetic.tilted import Tilted
from empirical.testing import algorithm_laws, rank_laws
from empirical.testing.algorithm_strategies import algorithms, bent_gradient, inner_rules
from empirical.testing.running import NotApplicable

ANY = algorithms(st.floats(0.01, 0.2), inner_rules())
STEPS = st.integers(1, 20)


def applied(law, *arguments):
    """Calls a law; hypothesis draws another subject where it does not apply."""
    with suppress(NotApplicable):
        law(*arguments)


@given(algorithm=ANY, seed=st.integers(0, 99), order=st.permutations(range(4)), steps=STEPS)
def test_workers_are_exchangeable(algorithm, seed, order, steps):
    applied(algorithm_laws.workers_are_exchangeable, algorithm, *bent_gradient(seed), order, steps)


@given(algorithm=ANY, seed=st.integers(0, 99), order=st.permutations(range(5)), steps=STEPS)
def test_coordinates_are_exchangeable(algorithm, seed, order, steps):
    applied(
        algorithm_laws.coordinates_are_exchangeable, algorithm, *bent_gradient(seed), order, steps
    )


@given(algorithm=ANY, seed=st.integers(0, 99), steps=STEPS)
def test_shifting_the_problem_shifts_the_iterates(algorithm, seed, steps):
    gradient, start = bent_gradient(seed)
    shift = torch.linspace(-3, 2, 5, dtype=torch.float64)
    law = algorithm_laws.shifting_the_problem_shifts_the_iterates
    applied(law, algorithm, gradient, start, shift, steps)


@given(algorithm=ANY, seed=st.integers(0, 99), scale=st.floats(0.01, 100), steps=STEPS)
def test_rescaling_units_rescales_nothing(algorithm, seed, scale, steps):
    gradient, start = bent_gradient(seed)
    applied(
        algorithm_laws.rescaling_units_rescales_nothing, algorithm, gradient, start, scale, steps
    )


@given(algorithm=ANY, seed=st.integers(0, 99), steps=STEPS)
def test_the_optimum_is_a_fixed_point(algorithm, seed, steps):
    applied(algorithm_laws.the_optimum_is_a_fixed_point, algorithm, bent_gradient(seed)[1], steps)


@given(algorithm=ANY, seed=st.integers(0, 99), steps=STEPS)
def test_a_batch_is_its_members(algorithm, seed, steps):
    algorithm_laws.a_batch_is_its_members(algorithm, *bent_gradient(seed), steps)


@given(algorithm=ANY, seed=st.integers(0, 99), steps=STEPS)
def test_state_is_never_mutated(algorithm, seed, steps):
    algorithm_laws.state_is_never_mutated(algorithm, *bent_gradient(seed), steps)


@given(algorithm=ANY, seed=st.integers(0, 99), steps=STEPS)
def test_messages_leave_every_k_steps(algorithm, seed, steps):
    applied(algorithm_laws.messages_leave_every_k_steps, algorithm, *bent_gradient(seed), steps)


@pytest.mark.ranks
@pytest.mark.parametrize(("num_ranks", "num_workers"), [(2, 6), (3, 3)])
@pytest.mark.parametrize("method", catalogue.algorithms())
def test_the_layout_does_not_matter(method, num_ranks, num_workers):
    """Three workers a rank, and one; more layouts of graphs are in test_decentralized_sgd."""
    examples = catalogue.algorithms()[method]
    problem = Tilted(num_workers=num_workers, size=7, heterogeneity=1.0, gradient_noise=0.5)
    rank_laws.the_layout_does_not_matter(examples, problem, num_ranks, num_rounds=8)
    rank_laws.order_makes_layouts_equal_to_the_bit(examples, problem, num_ranks, num_rounds=8)


@pytest.mark.ranks
@pytest.mark.parametrize("method", catalogue.algorithms())
def test_resuming_changes_nothing(method):
    """Stopped within a round and, where there is one, with a message in flight."""
    problem = Tilted(num_workers=4, size=7, heterogeneity=1.0, gradient_noise=0.5)
    rank_laws.resuming_changes_nothing(catalogue.algorithms()[method], problem, 2)


def test_a_law_that_does_not_apply_says_why():
    algorithm = LocalSGD(local_steps=1, step_size=0.1, inner_rule=WeightDecay(0.1, Plain()))
    with pytest.raises(NotApplicable, match="weight decay pulls to the origin"):
        algorithm_laws.shifting_the_problem_shifts_the_iterates(
            algorithm, *bent_gradient(0), torch.zeros(5, dtype=torch.float64), 3
        )
