"""Theorem G's terms, and the numbers of Local and Overlap-Local-SGD against their weights."""

import numpy as np
import pytest
import sympy as sp

from theory.measures import Measure, Quantity, ReportPoint
from theory.mixing import MixingNumbers, theorem_g
from theory.notation import symbols
from theory.proofs.local_sgd_nonconvex import NUMBERS as LOCAL
from theory.proofs.overlap_local_sgd_nonconvex import NUMBERS as OVERLAP
from theory.proving.quantities import GENERIC
from theory.units import check_relation, unit_of

K, alpha, eta, L = symbols("local_steps", "pullback", "step_size", "smoothness")
SIZES = [(1, 1, 0.5), (1, 6, 0.1), (2, 5, 0.3), (5, 4, 0.6), (7, 9, 0.05), (4, 6, 0.95)]


def local_weights(steps: int, rounds: int, _: float) -> tuple[np.ndarray, np.ndarray]:
    count = steps * rounds
    t, s = np.indices((count, count))
    weights = ((s < t) & (s // steps == t // steps)).astype(float)
    return weights, np.zeros_like(weights)


def overlap_weights(steps: int, rounds: int, pull: float) -> tuple[np.ndarray, np.ndarray]:
    count = steps * rounds
    t, s = np.indices((count, count))
    within, _ = local_weights(steps, rounds, pull)
    return np.where(s < t, (1 - pull) ** np.maximum(t // steps - s // steps, 0), 0.0), pull * within


def test_theorem_g_names_four_terms_and_two_conditions() -> None:
    terms, conditions = theorem_g(GENERIC)
    names = ["optimisation", "statistical", "noise drift", "heterogeneity drift"]
    assert [term.name for term in terms] == names
    assert len(conditions) == 2


@pytest.mark.parametrize("numbers", [LOCAL, OVERLAP], ids=["local", "overlap"])
def test_its_units_balance(numbers: MixingNumbers) -> None:
    terms, conditions = theorem_g(numbers)
    measure = Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.MEAN_ITERATE)
    assert {unit_of(term.expression) for term in terms} == {measure.unit}
    for relation in conditions:
        check_relation(relation)


def test_without_mixing_it_is_minibatch_sgd_with_one_local_step() -> None:
    zero = sp.Integer(0)
    terms, conditions = theorem_g(MixingNumbers(sp.Integer(1), zero, zero, zero, zero))
    assert [term.expression for term in terms[2:]] == [0, 0]
    assert conditions == (sp.true, eta * L <= 1)


@pytest.mark.parametrize(("steps", "rounds", "pull"), SIZES)
@pytest.mark.parametrize(
    ("numbers", "weights_of"),
    [(LOCAL, local_weights), (OVERLAP, overlap_weights)],
    ids=["local", "overlap"],
)
def test_the_numbers_dominate_the_weights(numbers, weights_of, steps, rounds, pull) -> None:
    weights, lag = weights_of(steps, rounds, pull)
    values = {K: steps, alpha: sp.Float(pull)}
    C_w, N_w, C_m, N_m = (
        float(item.subs(values)) for item in (numbers.C_w, numbers.N_w, numbers.C_m, numbers.N_m)
    )
    slack = 1 + 1e-12
    assert np.linalg.norm(weights, 2) ** 2 <= C_w * slack
    assert np.linalg.norm(lag, 2) ** 2 <= C_m * slack
    assert (weights**2).sum() / len(weights) <= N_w * slack
    assert (lag**2).sum() / len(lag) <= N_m * slack
