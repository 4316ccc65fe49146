import sympy as sp

from theory.notation.letters import Delta, K, L, M, R, eta, sigma
from theory.notation.powers import growth, monomial, shown


def test_a_monomial_is_its_coefficient_and_powers():
    coefficient, powers = monomial(2 * sp.sqrt(2) * sp.sqrt(Delta * L / (M * K)))
    assert coefficient == 2 * sp.sqrt(2)
    assert shown(powers) == {
        "initial_gap": "1/2",
        "local_steps": "-1/2",
        "num_workers": "-1/2",
        "smoothness": "1/2",
    }
    assert monomial(sp.Integer(3)) == (3, {})
    assert monomial(L * (K - 1)) is None


def test_growth_is_the_power_for_large_numbers():
    expression = L**2 * eta**2 * (K - 1) * (1 - 1 / M) * sigma**2
    assert shown(growth(expression)) == {
        "gradient_noise": "2",
        "local_steps": "1",
        "smoothness": "2",
        "step_size": "2",
    }
    assert shown(growth(1 / sp.sqrt(K + R**2))) == {"local_steps": "-1/2", "num_rounds": "-1"}


def test_what_has_no_power_says_so():
    assert growth(sp.exp(-R * L)) is None
    assert growth(sp.Min(L, R * sigma)) is None
