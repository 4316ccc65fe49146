"""The convex rates, wherever they stand: powers typed from the catalogue, and one by another."""

import numpy as np
import pytest
import sympy as sp

from theory.assumptions import Assumption
from theory.bound import ConditionError, Constants
from theory.bounds.rates import rate
from theory.catalogue import bounds, lookup
from theory.discovery import modules
from theory.measures import ReportPoint
from theory.notation import symbols
from theory.notation.letters import B, K, L, M, R, mu, sigma

LETTERS = {
    "M": "num_workers",
    "K": "local_steps",
    "R": "num_rounds",
    "N": "num_steps",
    "L": "smoothness",
    "mu": "strong_convexity",
    "B": "initial_distance",
    "Delta": "initial_gap",
    "sigma": "gradient_noise",
    "sigma_s": "noise_at_optimum",
    "zeta": "greatest_heterogeneity",
    "zeta_s": "heterogeneity_at_optimum",
    "zeta_o": "heterogeneity_of_optima",
    "tau": "hessian_spread",
    "Q": "hessian_smoothness",
    "D": "path_radius",
}

POWERS = {
    "one": "L:1 B:2 K:-1 R:-1",
    "one_accelerated": "L:1 B:2 K:-2 R:-2",
    "one_fedac": "L:1 B:2 K:-1 R:-2",
    "round": "L:1 B:2 R:-1",
    "round_accelerated": "L:1 B:2 R:-2",
    "start": "L:1 B:2",
    "gap": "Delta:1",
    "stat": "sigma:1 B:1 M:-1/2 K:-1/2 R:-1/2",
    "stat_s": "sigma_s:1 B:1 M:-1/2 K:-1/2 R:-1/2",
    "stat_twiddling": "sigma:1 B:1 M:-1/2 R:-1/2",
    "stat_one": "sigma:1 B:1 K:-1/2 R:-1/2",
    "stat_N": "sigma:1 B:1 N:-1/2",
    "lan": "L:1 B:2 N:-2",
    "drift": "L:1/3 sigma:2/3 B:4/3 K:-1/3 R:-2/3",
    "drift_old": "L:1/3 sigma:2/3 B:4/3 K:-2/3 R:-2/3",
    "drift_zeta": "L:1/3 zeta:2/3 B:4/3 R:-2/3",
    "drift_zeta_s": "L:1/3 zeta_s:2/3 B:4/3 R:-2/3",
    "zs2_L": "zeta_s:2 L:-1",
    "zs2_LR2": "zeta_s:2 L:-1 R:-2",
    "zsB_R": "zeta_s:1 B:1 R:-1",
    "drift_Q": "Q:1/3 sigma:2/3 B:5/3 K:-1/3 R:-2/3",
    "Q_zeta": "Q:1/3 zeta:2/3 B:5/3 R:-2/3",
    "Q_zeta_s": "Q:1/3 zeta_s:2/3 B:5/3 R:-2/3",
    "Q_D": "Q:1/3 tau:2/3 D:2/3 B:5/3 R:-2/3",
    "tau_sigma": "tau:1/2 sigma:1/2 B:3/2 K:-1/4 R:-1/2",
    "tau_zeta": "tau:1/2 zeta:1/2 B:3/2 R:-1/2",
    "tau_zeta_s": "tau:1/2 zeta_s:1/2 B:3/2 R:-1/2",
    "tau_D": "tau:1 D:1/2 B:3/2 R:-1/2",
    "first": "L:1/3 sigma:2/3 B:4/3 K:-1/3 R:-1",
    "second": "L:1/2 sigma:1/2 B:3/2 K:-1/4 R:-1",
    "second_Q_a": "L:1/3 sigma:2/3 B:4/3 M:-1/3 K:-1/3 R:-1",
    "second_Q_b": "Q:1/3 sigma:2/3 B:5/3 K:-1/3 R:-4/3",
    "slowcal_zeta": "L:1/2 zeta_s:1/2 B:3/2 R:-1",
    "minmax_Q": "Q:1/2 sigma:1/2 B:2 K:-1/4 R:-2",
    "sc_stat": "sigma:2 mu:-1 M:-1 K:-1 R:-1",
    "sc_stat_s": "sigma_s:2 mu:-1 M:-1 K:-1 R:-1",
    "sc_stat_one": "sigma:2 mu:-1 K:-1 R:-1",
    "sc_stat_N": "sigma:2 mu:-1 N:-1",
    "sc_drift": "L:1 sigma:2 mu:-2 K:-1 R:-2",
    "sc_drift_old": "L:1 sigma:2 mu:-2 K:-2 R:-2",
    "sc_zeta": "L:1 zeta:2 mu:-2 R:-2",
    "sc_zeta_s": "L:1 zeta_s:2 mu:-2 R:-2",
    "sc_Q_sigma": "Q:2 sigma:4 mu:-5 K:-2 R:-4",
    "sc_Q_zeta": "Q:2 zeta:4 mu:-5 R:-4",
    "sc_tau_sigma": "tau:2 sigma:2 mu:-3 K:-1 R:-2",
    "sc_tau_zeta": "tau:2 zeta:2 mu:-3 R:-2",
    "sc_first": "L:1 sigma:2 mu:-2 K:-1 R:-3",
    "sc_second": "L:2 sigma:2 mu:-3 K:-1 R:-4",
    "sc_second_Q_a": "L:1 sigma:2 mu:-2 M:-1 K:-1 R:-3",
    "sc_second_Q_b": "Q:2 sigma:4 mu:-5 K:-2 R:-8",
    "sc_apart": "zeta_o:2 tau:2 L:-2 mu:-2",
}
"""Powers of each letter, constants and logarithms left out."""

_SECOND = "one stat tau_sigma drift_Q"
_AT_OPTIMUM = "tau_zeta_s+Q_zeta_s+tau_D+Q_D"
RATES = {
    "minibatch_sgd.convex.order": "round stat",
    "minibatch_sgd.strongly_convex.order": "exp sc_stat",
    "minibatch_sgd.convex_at_optimum.order": "round stat_s",
    "minibatch_sgd.strongly_convex_at_optimum.order": "exp sc_stat_s",
    "thumb_twiddling_sgd.convex.order": "round stat_twiddling",
    "single_machine_sgd.convex.order": "one stat_one",
    "single_machine_sgd.strongly_convex.order": "exp sc_stat_one",
    "ac_sa.convex.order": "lan stat_N",
    "ac_sa.strongly_convex.multistage": "exp sc_stat_N",
    "accelerated_minibatch_sgd.convex.order": "round_accelerated stat",
    "accelerated_minibatch_sgd.strongly_convex.order": "exp sc_stat",
    "single_machine_ac_sa.convex.order": "one_accelerated stat_one",
    "minimax_ac_sa.convex_homogeneous.order": "round_accelerated+stat|one_accelerated+stat_one",
    "local_accelerated_sgd.quadratic.order": "one_accelerated stat",
    "local_accelerated_sgd.strongly_convex_quadratic.order": "exp sc_stat",
    "local_sgd.quadratic.order": "one stat",
    "local_sgd.strongly_convex_quadratic.order": "exp sc_stat",
    "local_sgd.convex_homogeneous.order": "one stat+drift|stat_one",
    "local_sgd.strongly_convex_homogeneous.order": "exp sc_stat+sc_drift|sc_stat_one",
    "local_sgd.convex_heterogeneous.order": "one stat drift drift_zeta",
    "local_sgd.strongly_convex_heterogeneous.order": "rational sc_stat sc_drift sc_zeta",
    "local_sgd.convex_at_optimum.order": "round stat drift drift_zeta_s",
    "local_sgd.strongly_convex_at_optimum.order": "exp sc_stat sc_drift sc_zeta_s",
    "any.convex_homogeneous.lower": "one_accelerated stat|start round_accelerated|stat_one",
    "any.strongly_convex_homogeneous.lower": "exp sc_stat exp",
    "any.convex_homogeneous_hessian_lipschitz.lower": (
        "one_accelerated stat|start round_accelerated|minmax_Q|stat_one"
    ),
    "any.convex_at_optimum.lower": "round_accelerated stat",
    "any.convex_at_optimum.lower_woodworth2020": "round_accelerated|zs2_LR2|zsB_R stat",
    "local_sgd.convex_homogeneous.lower": "one stat drift|stat_one",
    "local_sgd.convex_at_optimum.lower": "one stat drift|stat_one drift_zeta_s|zs2_L",
    "local_sgd.convex_at_optimum.lower_patel2024": "round stat drift drift_zeta_s",
    "local_sgd.convex_homogeneous.lower_woodworth2020": "stat drift_old|stat_one|start",
    "local_sgd.strongly_convex_homogeneous.lower_woodworth2020": "sc_stat sc_drift_old|gap",
    "local_sgd.convex_at_optimum.lower_woodworth2020": (
        "stat drift_old|stat_one drift_zeta_s|zs2_L"
    ),
    "local_sgd.strongly_convex_at_optimum.lower_woodworth2020": (
        "sc_stat sc_drift_old|gap sc_zeta_s|gap"
    ),
    "inner_outer_local_sgd.convex_at_optimum.lower": "round",
    "fedac.convex_homogeneous.first": "one_fedac stat first",
    "fedac.strongly_convex_homogeneous.first": "exp sc_stat sc_first",
    "fedac.convex_homogeneous.second": "one_fedac stat second",
    "fedac.strongly_convex_homogeneous.second": "exp sc_stat sc_second",
    "fedac.convex_third_order.second": "one_fedac stat second_Q_a second_Q_b",
    "fedac.strongly_convex_third_order.second": "exp sc_stat sc_second_Q_a sc_second_Q_b",
    "local_sgd.convex_third_order.order": "one stat drift_Q",
    "local_sgd.strongly_convex_third_order.order": "exp sc_stat sc_Q_sigma",
    "local_sgd.convex_second_order.order": f"{_SECOND} tau_zeta+Q_zeta|{_AT_OPTIMUM}",
    "local_sgd.convex_second_order.at_optimum": f"{_SECOND} {_AT_OPTIMUM}",
    "local_sgd.strongly_convex_second_order.order": (
        "exp sc_stat sc_tau_sigma sc_tau_zeta sc_Q_sigma sc_Q_zeta"
    ),
    "local_sgd.heterogeneous_quadratics.order": "exp sc_apart",
    "scaffold.convex.order": "round stat",
    "slowcal_sgd.convex_at_optimum.order": "one stat second slowcal_zeta",
}
"""Terms of each bound: alternatives of a minimum stand between bars; exp is any exponential."""


_MARKS = ("exp", "rational")


def typed(name):
    if name in _MARKS:
        return name
    pairs = (item.split(":") for item in POWERS[name].split())
    return frozenset((LETTERS[letter], sp.Rational(power)) for letter, power in pairs)


def powers(product):
    """Powers of the symbols of a product, which has no constant factor; logarithms left out."""
    if product.has(sp.exp):
        return "exp"
    found = product.as_powers_dict()
    plain = {base: power for base, power in found.items() if not base.has(sp.log)}
    if any(base.is_Add for base in plain):
        return "rational"
    assert all(base.is_Symbol for base in plain), product
    return frozenset((base.name, power) for base, power in plain.items())


def alternatives(expression):
    """A term as a set of alternatives, each a set of products."""
    if expression.has(sp.exp):
        return frozenset({frozenset({"exp"})})
    branches = expression.args if isinstance(expression, sp.Min) else (expression,)
    return frozenset(frozenset(map(powers, sp.Add.make_args(branch))) for branch in branches)


@pytest.mark.parametrize("key", RATES)
def test_the_powers_are_those_of_the_catalogue(key):
    assert lookup(key).constants is Constants.ORDER
    expected = [
        frozenset(frozenset(map(typed, branch.split("+"))) for branch in term.split("|"))
        for term in RATES[key].split()
    ]
    assert [alternatives(term.expression) for term in lookup(key).terms] == expected


def test_every_rate_is_in_the_table():
    """But for the one with a free step size, whose constants are read off in its own test."""
    files = modules("theory.bounds", "BOUNDS").values()
    files = [module for module in files if getattr(module, "rate", None) is rate]
    orders = {
        item.key for module in files for item in module.BOUNDS if item.constants is Constants.ORDER
    }
    assert set(RATES) == orders - {"inner_outer_local_sgd.convex_homogeneous.order"}


FADING = {
    "minibatch_sgd.strongly_convex.order": "L*B**2*exp(-mu*R/(4*L))",
    "minibatch_sgd.strongly_convex_at_optimum.order": "L*B**2*exp(-mu*R/L)",
    "single_machine_sgd.strongly_convex.order": "L*B**2*exp(-mu*K*R/(4*L))",
    "ac_sa.strongly_convex.multistage": "Delta*exp(-sqrt(mu/L)*N)",
    "accelerated_minibatch_sgd.strongly_convex.order": "Delta*exp(-sqrt(mu/L)*R)",
    "local_accelerated_sgd.strongly_convex_quadratic.order": "Delta*exp(-sqrt(mu/L)*K*R)",
    "local_sgd.strongly_convex_homogeneous.order": "L*B**2*exp(-mu*K*R/(4*L))",
    "local_sgd.strongly_convex_quadratic.order": "L*B**2*exp(-mu*K*R/L)",
    "local_sgd.strongly_convex_heterogeneous.order": "L**2*B**2/(L*K*R + mu*K**2*R**2)",
    "local_sgd.strongly_convex_at_optimum.order": "L*K*B**2*exp(-mu*R/L)",
    "any.strongly_convex_homogeneous.lower": "Delta*exp(-sqrt(mu/L)*K*R)/(K*R)**2",
    "fedac.strongly_convex_homogeneous.first": "L*B**2*exp(-Max(mu*K*R/L, sqrt(mu*K/L)*R))",
    "fedac.strongly_convex_homogeneous.second": "L*B**2*exp(-Max(mu*K*R/L, sqrt(mu*K/L)*R))",
    "fedac.strongly_convex_third_order.second": "L*B**2*exp(-Max(mu*K*R/L, sqrt(mu*K/L)*R))",
    "local_sgd.strongly_convex_third_order.order": "L*B**2*exp(-mu*K*R/L)",
    "local_sgd.strongly_convex_second_order.order": "L*B**2*exp(-mu*K*R/(4*L))",
    "local_sgd.heterogeneous_quadratics.order": "B**2*exp(-2*mu*K*R/L)",
}
"""What the start still costs under strong convexity: always the first term."""


@pytest.mark.parametrize("key", FADING)
def test_the_start_fades_as_in_the_catalogue(key):
    letters = dict(zip(LETTERS, symbols(*LETTERS.values()), strict=True))
    expected = sp.sympify(FADING[key], locals=letters)
    point = {symbol: sp.Rational(3 + index, 5) for index, symbol in enumerate(letters.values())}
    for scale in (1, 7):  # on both sides of a maximum
        here = {**point, letters["mu"]: scale * point[letters["mu"]]}
        ratio = lookup(key).terms[0].expression.subs(here) / expected.subs(here)
        assert float(ratio) == pytest.approx(1, rel=1e-12)


def test_every_start_that_fades_is_in_that_table():
    assert set(FADING) == {key for key, row in RATES.items() if row.split()[0] in _MARKS}


def term(key, name):
    return next(item.expression for item in lookup(key).terms if item.name == name)


def same(left, right):
    return sp.simplify(left / right) == 1


MINIBATCH = term("minibatch_sgd.convex.order", "optimisation")
ONE_WORKER = term("single_machine_sgd.convex.order", "statistical")
DRIFT = term("local_sgd.convex_heterogeneous.order", "noise drift")


def test_drift_is_a_weighted_mean_of_minibatch_sgds_and_one_workers_bounds():
    """So local SGD's guarantee on one function is never below the lesser of the two."""
    assert same(DRIFT**3, MINIBATCH * ONE_WORKER**2)
    fedac = term("fedac.convex_homogeneous.first", "noise drift")
    accelerated = term("accelerated_minibatch_sgd.convex.order", "optimisation")
    assert same(fedac**3, accelerated * ONE_WORKER**2)


def crossing(left, right, symbol):
    """Where two powers of a symbol meet."""
    (found,) = sp.solve(sp.Eq(sp.expand_log(sp.log(left / right), force=True), 0), symbol)
    return found


def test_where_two_rates_meet():
    (Q,) = symbols("hessian_smoothness")
    large = term("accelerated_minibatch_sgd.convex.order", "optimisation")
    one = term("single_machine_ac_sa.convex.order", "statistical")
    third = term("local_sgd.convex_third_order.order", "third order drift")
    first = term("fedac.convex_homogeneous.first", "noise drift")
    zeta = term("local_sgd.convex_heterogeneous.order", "heterogeneity drift")
    (zeta_max,) = symbols("greatest_heterogeneity")
    assert same(crossing(large, one, K), sigma**2 * R**3 / (L * B) ** 2)
    assert same(crossing(large, first, K), sigma**2 * R**3 / (L * B) ** 2)
    assert same(crossing(DRIFT, MINIBATCH, K), sigma**2 * R / (L * B) ** 2)
    assert same(crossing(third, MINIBATCH, K), Q * sigma**2 * R / (L**3 * B))
    assert same(crossing(third, ONE_WORKER, K), sigma**2 * R / (Q**2 * B**4))
    assert same(crossing(zeta, MINIBATCH, R), L**2 * B**2 / zeta_max**2)


@pytest.mark.parametrize(
    ("key", "drift", "power", "rounds"),
    [
        ("local_sgd.strongly_convex_heterogeneous.order", "noise drift", 1, M * L / mu),
        ("fedac.strongly_convex_homogeneous.first", "noise drift", 2, M * L / mu),
        ("fedac.strongly_convex_homogeneous.second", "noise drift", 3, M * (L / mu) ** 2),
    ],
)
def test_rounds_from_which_workers_speed_up_linearly(key, drift, power, rounds):
    assert same(crossing(term(key, drift), term(key, "statistical"), R) ** power, rounds)


RNG = np.random.default_rng(7)
NUMBERS = {
    "num_workers": RNG.integers(2, 10**4, 2000),
    "local_steps": RNG.integers(2, 10**4, 2000),
    "num_rounds": RNG.integers(1, 10**4, 2000),
    **{
        name: np.exp(RNG.uniform(-5, 5, 2000))
        for name in ("smoothness", "gradient_noise", "initial_distance", "hessian_smoothness")
    },
}
NUMBERS["heterogeneity_at_optimum"] = NUMBERS["greatest_heterogeneity"] = np.exp(
    RNG.uniform(-5, 5, 2000)
)


def values(key):
    return lookup(key).value(**{name: NUMBERS[name] for name in lookup(key).parameters})


SLACK = 1 + 1e-12


@pytest.mark.parametrize(
    ("lower", "upper", "factor"),
    [
        ("local_sgd.convex_homogeneous.lower", "local_sgd.convex_homogeneous.order", 2),
        ("local_sgd.convex_homogeneous.lower", "local_sgd.convex_homogeneous.tuned", 2),
        (
            "local_sgd.convex_homogeneous.lower",
            "local_sgd.convex_homogeneous.single_machine.tuned",
            2,
        ),
        ("local_sgd.convex_at_optimum.lower_patel2024", "local_sgd.convex_at_optimum.tuned", 1),
        ("local_sgd.convex_at_optimum.lower", "local_sgd.convex_heterogeneous.order", 1),
        ("local_sgd.convex_at_optimum.lower", "local_sgd.convex_at_optimum.lower_patel2024", 1),
        ("local_sgd.convex_at_optimum.lower_patel2024", "local_sgd.convex_at_optimum.order", 1),
        (
            "local_sgd.convex_homogeneous.lower_woodworth2020",
            "local_sgd.convex_homogeneous.lower",
            1,
        ),
        (
            "local_sgd.convex_at_optimum.lower_woodworth2020",
            "local_sgd.convex_at_optimum.lower",
            1,
        ),
        (
            "inner_outer_local_sgd.convex_at_optimum.lower",
            "local_sgd.convex_at_optimum.lower_patel2024",
            1,
        ),
        ("any.convex_homogeneous.lower", "minimax_ac_sa.convex_homogeneous.order", 2),
        ("any.convex_homogeneous.lower", "local_sgd.convex_homogeneous.order", 2),
        ("any.convex_homogeneous.lower", "fedac.convex_homogeneous.first", 2),
        (
            "any.convex_homogeneous_hessian_lipschitz.lower",
            "any.convex_homogeneous.lower",
            1 + 1 / np.log(2) ** 2,
        ),
        (
            "any.convex_homogeneous_hessian_lipschitz.lower",
            "fedac.convex_third_order.second",
            2 / np.log(2) ** 2,
        ),
        ("any.convex_at_optimum.lower", "accelerated_minibatch_sgd.convex.order", 1),
        ("any.convex_at_optimum.lower_woodworth2020", "any.convex_at_optimum.lower", 1),
    ],
)
def test_no_lower_bound_is_above_an_upper_one_that_speaks_of_its_class(lower, upper, factor):
    assert (values(lower) <= factor * values(upper) * SLACK).all()


LOCAL_LOWER = [key for key in bounds() if key.startswith("local_sgd.") and ".lower" in key]


@pytest.mark.parametrize("key", LOCAL_LOWER)
def test_lower_bounds_of_local_steps_say_nothing_of_one_step(key):
    """One step a round is Minibatch SGD, which many workers bring far below the cost of drift."""
    numbers = {"num_workers": 10**8, "local_steps": 1, "num_rounds": 10**7, "gradient_noise": 7.0}
    numbers |= {"smoothness": 1.0, "initial_distance": 1.0, "heterogeneity_at_optimum": 10.0}
    numbers |= {"strong_convexity": 1e-4, "initial_gap": 1e-4}
    batch = lookup("minibatch_sgd.convex.tuned")
    upper = batch.value(**{name: numbers[name] for name in batch.parameters})
    numbers = {name: numbers[name] for name in lookup(key).parameters}
    assert lookup(key).evaluate(**numbers).value > 100 * upper
    with pytest.raises(ConditionError, match="local_steps"):
        lookup(key).value(**numbers)


def test_where_workers_differ_lower_bounds_ask_for_two():
    for key in [*LOCAL_LOWER, "inner_outer_local_sgd.convex_at_optimum.lower"]:
        asked = sp.Le(2, M) in lookup(key).conditions
        assert asked == (Assumption.HETEROGENEITY_AT_OPTIMUM in lookup(key).assumptions)


def test_the_bounds_that_are_tight():
    upper, lower = (values(f"local_sgd.convex_homogeneous.{name}") for name in ("order", "lower"))
    assert (upper <= lower * SLACK).all()
    upper, lower = (
        values(f"local_sgd.convex_at_optimum.{name}") for name in ("order", "lower_patel2024")
    )
    np.testing.assert_allclose(upper, lower, rtol=1e-12)


def test_the_better_of_two_is_optimal_up_to_the_square_of_a_logarithm():
    """Where noise does not hide L B^2, from which no method need move."""
    upper = values("minimax_ac_sa.convex_homogeneous.order")
    lower = values("any.convex_homogeneous.lower")
    spread = NUMBERS["gradient_noise"] / np.sqrt(
        NUMBERS["num_workers"] * NUMBERS["local_steps"] * NUMBERS["num_rounds"]
    )
    quiet = spread <= NUMBERS["smoothness"] * NUMBERS["initial_distance"]
    assert quiet.sum() > 1000
    assert (upper <= (1 + np.log(NUMBERS["num_workers"]) ** 2) * lower * SLACK)[quiet].all()


def test_the_first_lower_bound_of_local_sgd_is_too_small_by_a_power_of_its_steps():
    numbers = {"num_workers": 10**9, "local_steps": 1000, "num_rounds": 10**6}
    numbers |= {"smoothness": 1.0, "gradient_noise": 1.0, "initial_distance": 1.0}
    first, tight = (
        float(
            lookup(f"local_sgd.convex_homogeneous.{name}").evaluate(**numbers).terms["noise drift"]
        )
        for name in ("lower_woodworth2020", "lower")
    )
    assert tight / first == pytest.approx(10.0)


def test_the_tuned_step_sizes_balance_the_terms():
    """Put into the certified bound, the rate's own step size gives the rate but for constants."""
    for setting in ("convex_homogeneous", "convex_heterogeneous"):
        ours = lookup(f"local_sgd.{setting}.order")
        theorem = lookup(f"local_sgd.{setting}")
        found = sp.lambdify(symbols(*ours.parameters), ours.step_size)(
            *(NUMBERS[name].astype(float) for name in ours.parameters)
        )
        known = {name: NUMBERS[name] for name in theorem.parameters if name != "step_size"}
        if setting == "convex_homogeneous":
            plain = values("local_sgd.convex_heterogeneous.order")  # no minimum with one worker's
            plain = plain - term_at("local_sgd.convex_heterogeneous.order", "heterogeneity drift")
        else:
            plain = values(ours.key)
        promised = theorem.value(**known, step_size=found)
        assert (promised <= 3 * plain * SLACK).all()


def term_at(key, name):
    given = {name: NUMBERS[name] for name in lookup(key).parameters}
    return lookup(key).evaluate(**given).terms[name]


def test_two_step_sizes_lie_between_local_and_minibatch_sgd():
    """Terms at gamma = 1 are those that local SGD tunes; at 1/(eta L K) Minibatch SGD's."""
    theorem = lookup("inner_outer_local_sgd.convex_homogeneous.order")
    numbers = {"num_workers": 8, "local_steps": 16, "num_rounds": 50, "smoothness": 2.0}
    numbers |= {"gradient_noise": 1.5, "initial_distance": 0.7}
    local = theorem.value(**numbers, step_size=0.01, outer_step_size=1.0)
    assert local == pytest.approx(
        0.49 / (0.01 * 800) + 0.01 * 2.25 / 8 + 2.0 * 1e-4 * 2.25 * 16, rel=1e-12
    )
    small = 1e-6
    terms = theorem.evaluate(
        **numbers, step_size=small, outer_step_size=0.2 / (small * 2.0 * 16)
    ).terms
    assert terms["optimisation"] == pytest.approx(5 * 2.0 * 0.49 / 50)
    assert terms["statistical"] == pytest.approx(0.2 * 2.25 / (2.0 * 8 * 16))
    assert terms["noise drift"] < 1e-9


def test_a_rate_leaves_out_what_is_not_monotone():
    source = lookup("minibatch_sgd.convex.order").source
    made = rate(
        "some_method.convex.order",
        "a rate",
        {"only": L * B**2 * K / R},
        assumptions=frozenset(),
        at=ReportPoint.OUTPUT,
        source=source,
        unordered=("local_steps",),
    )
    assert made.algorithm == "some_method"
    assert "local_steps" not in made.decreasing
    assert "num_rounds" in made.decreasing
