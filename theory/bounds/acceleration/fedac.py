r"""FedAc, a stable local acceleration, and Local SGD as its paper bounds it: convex rates.

Setting: all workers minimise one function F, convex and L-smooth, mu-strongly convex where a rate
    has mu, with a Q-Lipschitz Hessian where a rate has Q; unbiased gradients with variance sigma^2,
    independent.
Method: fedac with either coupling of its two sequences (first, second); local_sgd for the rates of
    FedAvg that the paper proves with Q.
Bounds: upper, up to constants and logarithms; E F - inf F, started from x_0, at the mean aggregate
    after the last round; for Local SGD at an average over time.
Source: yuan2020fedac. Those with Q are restated by woodworth2021minmax (equation 15) and
    patel2024limits (Table 2), the others recalled with confidence; its text was not read.
Limits: with the first coupling drift falls faster than that of Local SGD by a factor R^(1/3), since
    (drift)^3 = (L B^2/R^2) (sigma^2 B^2/(K R)). With Q = 0 Local SGD has no drift beyond the
    statistical term, as on quadratics.
"""

import sympy as sp

from theory.assumptions import Assumption
from theory.bound import Bound, Provenance, Source
from theory.bounds.rates import (
    ALL_CONVEX,
    PLAIN_CONVEX,
    THIRD,
    rate,
    statistical,
    statistical_curved,
)
from theory.measures import ReportPoint
from theory.notation import symbols
from theory.notation.letters import B, K, L, M, R, T, mu, sigma

(Q,) = symbols("hessian_smoothness")

_HIDDEN = "logarithms are hidden"
_EXPONENT = "a constant in the exponent is hidden and written as 1"
_RECALLED = f"recalled with confidence; {_HIDDEN}"
_REGULARISED = "run on F + (lambda/2)|x - x_0|^2 with lambda tuned, as recalled"
_MOMENTS = "as recalled the fourth central moment of the noise is at most sigma^4 as well"

_SAME = ALL_CONVEX | {Assumption.HOMOGENEOUS}
_SAME_PLAIN = PLAIN_CONVEX | {Assumption.HOMOGENEOUS}
_CURVED = frozenset({Assumption.STRONGLY_CONVEX})
_THIRD_ORDER = frozenset({Assumption.HESSIAN_LIPSCHITZ})

# Two rates of decay hold, of which the faster one counts.
_decay = L * B**2 * sp.Min(sp.exp(-mu * T / L), sp.exp(-sp.sqrt(mu * K / L) * R))
_convex = {"optimisation": L * B**2 / (K * R**2), "statistical": statistical}
_curved = {"optimisation": _decay, "statistical": statistical_curved}


def _paper(locator: str, provenance: Provenance, note: str) -> Source:
    return Source("yuan2020fedac", locator, provenance, note)


def _fedac(
    setting: str,
    title: str,
    terms: dict[str, sp.Expr],
    source: Source,
    assumptions: frozenset[Assumption] = frozenset(),
) -> Bound:
    return rate(
        f"fedac.{setting}",
        f"FedAc, {title}, homogeneous, rate",
        terms,
        assumptions=_SAME | assumptions,
        at=ReportPoint.LAST_AGGREGATE,
        source=source,
    )


FIRST = _fedac(
    "convex_homogeneous.first",
    "first coupling, smooth convex",
    {**_convex, "noise drift": (L * sigma**2 * B**4 / (K * R**3)) ** THIRD},
    _paper("FedAc-I, convex", Provenance.RECALLED, f"{_RECALLED}; {_REGULARISED}"),
)

FIRST_STRONGLY_CONVEX = _fedac(
    "strongly_convex_homogeneous.first",
    "first coupling, smooth and strongly convex",
    {**_curved, "noise drift": L * sigma**2 / (mu**2 * K * R**3)},
    _paper("FedAc-I, strongly convex", Provenance.RECALLED, f"{_RECALLED}; {_EXPONENT}"),
    _CURVED,
)

SECOND = _fedac(
    "convex_homogeneous.second",
    "second coupling, smooth convex",
    {**_convex, "noise drift": sp.sqrt(L * sigma * B**3 / R**2) / K ** sp.Rational(1, 4)},
    _paper(
        "FedAc-II, convex",
        Provenance.RESTATED,
        f"exponents of R, K and M from a poster of its authors; {_HIDDEN}; {_REGULARISED}",
    ),
)

SECOND_STRONGLY_CONVEX = _fedac(
    "strongly_convex_homogeneous.second",
    "second coupling, smooth and strongly convex",
    {**_curved, "noise drift": L**2 * sigma**2 / (mu**3 * K * R**4)},
    _paper(
        "FedAc-II, strongly convex",
        Provenance.RESTATED,
        f"the drift from a poster of its authors, its first term recalled as FedAc-I's; {_HIDDEN}; "
        f"{_EXPONENT}",
    ),
    _CURVED,
)

SECOND_THIRD_ORDER = _fedac(
    "convex_third_order.second",
    "second coupling, Lipschitz Hessian, convex",
    {
        **_convex,
        "averaged noise drift": (L * sigma**2 * B**4 / (M * K * R**3)) ** THIRD,
        "third order drift": (Q * sigma**2 * B**5 / (K * R**4)) ** THIRD,
    },
    _paper(
        "FedAc-II, third-order smooth, convex",
        Provenance.RESTATED,
        f"restated in woodworth2021minmax, equation 15; {_HIDDEN}; {_REGULARISED}; {_MOMENTS}",
    ),
    _THIRD_ORDER,
)

SECOND_THIRD_ORDER_STRONGLY_CONVEX = _fedac(
    "strongly_convex_third_order.second",
    "second coupling, Lipschitz Hessian, strongly convex",
    {
        **_curved,
        "averaged noise drift": L * sigma**2 / (mu**2 * M * K * R**3),
        "third order drift": Q**2 * sigma**4 / (mu**5 * K**2 * R**8),
    },
    _paper(
        "FedAc-II, third-order smooth, strongly convex",
        Provenance.RESTATED,
        f"drifts restated by others, the first term recalled as FedAc-I's; {_HIDDEN}; "
        f"{_EXPONENT}; {_MOMENTS}",
    ),
    _CURVED | _THIRD_ORDER,
)

LOCAL_SGD = rate(
    "local_sgd.convex_third_order.order",
    "Local SGD, Lipschitz Hessian, convex, homogeneous, rate",
    {
        "optimisation": L * B**2 / T,
        "statistical": statistical,
        "third order drift": (Q * sigma**2 * B**5 / (K * R**2)) ** THIRD,
    },
    assumptions=_SAME_PLAIN | _THIRD_ORDER,
    at=ReportPoint.AVERAGE_ITERATE,
    source=_paper(
        "FedAvg, third-order smooth, convex",
        Provenance.RESTATED,
        f"restated in patel2024limits, Table 2; {_HIDDEN}; {_MOMENTS}",
    ),
)

LOCAL_SGD_STRONGLY_CONVEX = rate(
    "local_sgd.strongly_convex_third_order.order",
    "Local SGD, Lipschitz Hessian, strongly convex, homogeneous, rate",
    {
        "optimisation": L * B**2 * sp.exp(-mu * T / L),
        "statistical": statistical_curved,
        "third order drift": Q**2 * sigma**4 / (mu**5 * K**2 * R**4),
    },
    assumptions=_SAME_PLAIN | _CURVED | _THIRD_ORDER,
    at=ReportPoint.WEIGHTED_AVERAGE,
    source=_paper(
        "FedAvg, third-order smooth, strongly convex",
        Provenance.RESTATED,
        f"restated in patel2024limits, Table 2; {_HIDDEN}; {_EXPONENT}; {_MOMENTS}",
    ),
)

BOUNDS = (
    FIRST,
    FIRST_STRONGLY_CONVEX,
    SECOND,
    SECOND_STRONGLY_CONVEX,
    SECOND_THIRD_ORDER,
    SECOND_THIRD_ORDER_STRONGLY_CONVEX,
    LOCAL_SGD,
    LOCAL_SGD_STRONGLY_CONVEX,
)
