import numpy as np
import pytest
import sympy as sp

from theory.bound import ConditionError
from theory.catalogue import lookup

LOCAL = {
    "num_workers": 16,
    "local_steps": 8,
    "num_rounds": 1000,
    "smoothness": 1,
    "gradient_noise": 1,
    "heterogeneity": 0.5,
    "initial_gap": 1,
    "step_size": 0.01,
}


def test_local_sgd_at_known_numbers():
    evaluation = lookup("local_sgd.nonconvex").evaluate(**LOCAL)
    expected = [0.025, 0.000625, 0.0013125, 0.0056]
    np.testing.assert_allclose(list(evaluation.terms.values()), expected, rtol=1e-12)
    assert evaluation.value == pytest.approx(0.0325375, rel=1e-12)
    assert evaluation.leading_term == "optimisation"
    assert evaluation.holds


def test_a_failed_condition_is_named_with_its_numbers():
    with pytest.raises(ConditionError, match=r"\(K - 1\) ≤ 1 fails: 8.96 > 1"):
        lookup("local_sgd.nonconvex").value(**{**LOCAL, "step_size": 0.2})


def test_a_step_size_on_the_limit_is_admissible():
    values = {"num_workers": 3, "local_steps": 1, "num_rounds": 7, "initial_gap": 1}
    for smoothness in (0.1, 3.0, 7.7, 49.0):
        limit = {"smoothness": smoothness, "step_size": 1 / smoothness, "gradient_noise": 1}
        lookup("minibatch_sgd.nonconvex").value(**values, **limit)


def test_overlap_tends_to_infinity_at_both_ends_of_the_pullback():
    values = {**LOCAL, "step_size": 0.01}
    theorem = lookup("overlap_local_sgd.nonconvex")
    middle, *ends = (
        theorem.evaluate(**values, pullback=pullback).value for pullback in (0.5, 0.001, 0.999)
    )
    assert all(end > 10 * middle for end in ends)


def test_local_sgd_with_one_step_is_minibatch_sgd():
    values = {**LOCAL, "local_steps": 1}
    ours = lookup("local_sgd.nonconvex").value(**values)
    del values["heterogeneity"]
    assert ours == pytest.approx(
        float(lookup("minibatch_sgd.nonconvex").value(**values)), rel=1e-14
    )


def test_values_broadcast():
    steps = np.array([0.001, 0.01])[:, None]
    noise = np.array([0.0, 1.0, 2.0])
    values = lookup("local_sgd.nonconvex").value(
        **{**LOCAL, "step_size": steps, "gradient_noise": noise}
    )
    assert values.shape == (2, 3)
    assert values[1, 1] == pytest.approx(0.0325375, rel=1e-12)


def test_elasticity_is_the_local_exponent():
    theorem = lookup("local_sgd.nonconvex")
    here, there = theorem.value(**LOCAL), theorem.value(**{**LOCAL, "step_size": 0.01 * 1.0001})
    slope = np.log(there / here) / np.log(1.0001)
    assert theorem.elasticity("step_size", **LOCAL) == pytest.approx(slope, rel=1e-3)


def test_what_a_bound_does_not_use_has_exponent_zero():
    theorem = lookup("minibatch_sgd.nonconvex")
    values = {name: LOCAL[name] for name in theorem.parameters}
    assert theorem.elasticity("heterogeneity", **values) == 0
    assert set(theorem.exponents("heterogeneity").values()) == {0}


def test_exponents_of_the_tuned_corollary_are_the_published_ones():
    exponents = lookup("local_sgd.nonconvex.tuned").exponents("num_rounds")
    third = sp.Rational(1, 3)
    assert list(exponents.values()) == [-1, -sp.Rational(1, 2), -2 * third, -2 * third]


def test_the_linear_speedup_corollary_is_the_substitution():
    corollary = lookup("local_sgd.nonconvex.linear_speedup")
    values = {name: value for name, value in LOCAL.items() if name != "step_size"}
    step_size = np.sqrt(16 / 8000)
    expected = lookup("local_sgd.nonconvex").evaluate(**{**LOCAL, "step_size": step_size}).value
    assert corollary.evaluate(**values).value == pytest.approx(float(expected), rel=1e-12)


def test_latex_is_a_statement():
    text = lookup("minibatch_sgd.nonconvex").latex
    assert text.startswith(r"\le \frac{2 \Delta}{R \eta}")


def test_what_is_beyond_floats_is_no_warning():
    values = dict.fromkeys(lookup("local_sgd.nonconvex").parameters, 1.0)
    found = lookup("local_sgd.nonconvex").evaluate(**{**values, "local_steps": 1e200})
    assert np.isinf(found.value)
    assert np.isinf(found.conditions[0].left)
