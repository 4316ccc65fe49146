import pytest
import sympy as sp

from theory.notation import symbols, unit
from theory.notation.units import UnitError, check_relation, unit_of

eta, L, sigma, K, gap = symbols(
    "step_size", "smoothness", "gradient_noise", "local_steps", "initial_gap"
)


def test_products_powers_and_sums():
    assert unit_of(eta * L) == unit()
    assert unit_of(eta * L * sigma**2) == unit(2, -2)
    assert unit_of(sp.sqrt(gap / L)) == unit(0, 1)
    assert unit_of(gap + sigma**2 / L) == unit(1)
    assert unit_of(sp.Min(1 / L, eta)) == unit(-1, 2)
    assert unit_of(2**K + sp.exp(-eta * L)) == unit()


@pytest.mark.parametrize(
    "mixed", [gap + sigma, 1 + eta, sp.Min(eta, L), sp.exp(eta), K**eta, eta**K]
)
def test_mixed_units_are_refused(mixed):
    with pytest.raises(UnitError):
        unit_of(mixed)


def test_a_planted_sigma_for_sigma_squared_is_named():
    with pytest.raises(UnitError, match=r"has unit f\^2/x\^2.*has unit f/x|has unit f/x.*f\^2/x"):
        unit_of(eta * L * sigma + 2 * gap / eta)


def test_relations_compare_like_with_like():
    check_relation(eta * L <= 1)
    with pytest.raises(UnitError):
        check_relation(eta <= 1)
