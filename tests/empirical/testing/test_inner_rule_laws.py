"""Every method of the catalogue heeds a rule that looks, and reports, elsewhere than at x."""

from contextlib import suppress
from dataclasses import dataclass, replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical import catalogue
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.averaging.scaffold import Scaffold
from empirical.algorithms.overlap.easgd import EASGD
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.components.inner_rule import Plain
from empirical.testing import inner_rule_laws
from empirical.testing.algorithm_strategies import algorithms, bent_gradient, inner_rules
from empirical.testing.inner_rule_laws import Displaced
from empirical.testing.running import NotApplicable

EXAMPLES = [item for examples in catalogue.algorithms().values() for item in examples]
ANY = algorithms(st.floats(0.01, 0.2), inner_rules())
STEPS = st.integers(1, 12)
SETTINGS = {"local_steps": 2, "step_size": 0.1}


@pytest.mark.parametrize("algorithm", EXAMPLES, ids=repr)
def test_every_method_heeds_its_inner_rule(algorithm):
    gradient, start = bent_gradient(3)
    for law in (
        inner_rule_laws.gradients_are_taken_where_the_inner_rule_says,
        inner_rule_laws.the_inner_rule_says_what_is_reported,
    ):
        with suppress(NotApplicable):
            law(algorithm, gradient, start, 0.5, 3 * algorithm.local_steps + 1)


@given(algorithm=ANY, seed=st.integers(0, 99), by=st.floats(0.1, 2), steps=STEPS)
def test_gradients_are_taken_where_the_inner_rule_says(algorithm, seed, by, steps):
    law = inner_rule_laws.gradients_are_taken_where_the_inner_rule_says
    with suppress(NotApplicable):
        law(algorithm, *bent_gradient(seed), by, steps)


@given(algorithm=ANY, seed=st.integers(0, 99), by=st.floats(0.1, 2), steps=STEPS)
def test_the_inner_rule_says_what_is_reported(algorithm, seed, by, steps):
    with suppress(NotApplicable):
        law = inner_rule_laws.the_inner_rule_says_what_is_reported
        law(algorithm, *bent_gradient(seed), by, steps)


@pytest.mark.parametrize("kind", [LocalSGD, EASGD, OverlapLocalSGD])
def test_a_gradient_is_taken_at_x_plus_1(kind):
    own = {"pullback": 0.6} if kind is not LocalSGD else {}
    own |= {"anchor_rate": 0.4} if kind is EASGD else {}
    rule = Displaced(Plain(), gradient_by=1.0)
    method = kind(local_steps=1, step_size=0.1, inner_rule=rule, **own)
    state = method.init(torch.zeros(2, 1, dtype=torch.float64))
    assert method.gradient_point(state).tolist() == [[1.0], [1.0]]


def test_overlap_reports_the_sequence_of_its_rule():
    """y_t = (1 - alpha) x + alpha z, with x as the rule reports it."""
    rule = Displaced(Plain(), report_by=1.0)
    method = OverlapLocalSGD(local_steps=1, step_size=0.1, pullback=0.25, inner_rule=rule)
    state = method.init(torch.zeros(2, 1, dtype=torch.float64))
    assert method.report(state).tolist() == [[0.75], [0.75]]


def test_a_method_with_a_report_of_its_own_is_out_of_scope():
    with pytest.raises(NotApplicable, match="another iterate than its workers'"):
        inner_rule_laws.the_inner_rule_says_what_is_reported(
            Scaffold(**SETTINGS), *bent_gradient(0), 0.5, 3
        )


@dataclass(frozen=True, kw_only=True)
class LooksAtX(LocalSGD):
    def gradient_point(self, state):
        return state.x


@dataclass(frozen=True, kw_only=True)
class ReportsX(LocalSGD):
    def report(self, state):
        return state.x


@dataclass(frozen=True, kw_only=True)
class ReportsTwice(LocalSGD):
    def report(self, state):
        return 2 * super().report(state) - state.x


def test_both_laws_see_red():
    gradient, start = bent_gradient(0)
    with pytest.raises(AssertionError, match="points of the gradients"):
        inner_rule_laws.gradients_are_taken_where_the_inner_rule_says(
            LooksAtX(**SETTINGS), gradient, start, 0.5, 3
        )
    law = inner_rule_laws.the_inner_rule_says_what_is_reported
    with pytest.raises(AssertionError, match="ignores that of the inner rule"):
        law(ReportsX(**SETTINGS), gradient, start, 0.5, 3)
    with pytest.raises(AssertionError, match="moves by 2 times c"):
        law(ReportsTwice(**SETTINGS), gradient, start, 0.5, 3)
    law(replace(LocalSGD(**SETTINGS), local_steps=3), gradient, start, 0.5, 3)
