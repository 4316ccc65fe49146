"""Values are put in, and no minimum is decided that only sympy's guess about signs decides."""

import sympy as sp

from theory.notation import symbols
from theory.notation.substitution import substituted

M, K, R, eta, L = symbols("num_workers", "local_steps", "num_rounds", "step_size", "smoothness")


def test_a_minimum_over_whole_numbers_is_left_undecided():
    least = sp.Min(1, eta, evaluate=False)
    assert substituted(least, {eta: 1 / (K * R)}).xreplace({K: 2, R: 2}) == sp.Rational(1, 4)


def test_a_relation_between_symbols_is_left_undecided():
    relation = substituted(sp.Le(eta, 1), {eta: M / (K * R)})
    assert relation.lts == M / (K * R)
    assert relation.gts == 1


def test_numbers_are_compared():
    assert substituted(sp.Min(1, eta, evaluate=False), {eta: sp.Rational(1, 2)}) == 1 / sp.S(2)
    assert substituted(sp.Le(eta, 1), {eta: sp.Integer(2)}) == sp.false


def test_all_at_once():
    assert substituted(eta * L, {eta: L, L: eta}) == eta * L
    assert substituted(eta, {}) == eta
