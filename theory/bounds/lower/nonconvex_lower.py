r"""Lower bounds for first-order methods on smooth non-convex functions, up to constants.

Setting: every f_m L-smooth, F(x_0) - inf F <= Delta; unbiased gradients with variance sigma^2. Or
    the gradients of a sample L_bar-Lipschitz in the mean square, where a machine may evaluate one
    sample at two points. Workers are homogeneous, heterogeneous without any bound, or heterogeneous
    and connected by a graph.
Method: any whose iterates stay in the span of the gradients it received; M workers, K gradients on
    each in a round, R rounds of communication among all workers, or among neighbours in a graph.
Bounds: lower, orders; E |grad F|^2 at the point that is returned, for some functions of the class.
    None exceeds L Delta, since E |grad F|^2 <= 2 L Delta at x_0: hence the minima, which express
    the condition of the theorems on the accuracy.
Source: arjevani2023lower, Theorems 1 and 2, recalled with confidence, with N = M K R gradients, of
    which K R are in sequence; they bound E |grad F|, whose square is at most E |grad F|^2. That
    heterogeneous workers pay L Delta/R follows from splitting the hard function over two of them.
    lu2021optimal over a graph, with one gradient in a round.
Limits: sigma = 0 gives L Delta / (K R) and L Delta / R, the rates of gradient descent. Minibatch
    SGD attains the bound for heterogeneous workers; over a graph of diameter 1 the bound is the
    same at K = 1.
"""

from collections.abc import Mapping
from dataclasses import replace

import sympy as sp
from sympy.core.relational import Relational

from theory.assumptions import Assumption
from theory.bound import Bound, Constants, Provenance, Side, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.letters import Delta, L, M, R, T, sigma

mean_squared, diameter = symbols("mean_squared_smoothness", "graph_diameter")

_ANY = frozenset(
    {
        Assumption.BOUNDED_BELOW,
        Assumption.UNBIASED,
        Assumption.BOUNDED_VARIANCE,
        Assumption.INDEPENDENT_WORKERS,
        Assumption.ZERO_RESPECTING,
    }
)
_SMOOTH = _ANY | {Assumption.WORKERS_SMOOTH}


def _lower(
    key: str,
    title: str,
    terms: Mapping[str, sp.Expr],
    *,
    assumptions: frozenset[Assumption],
    source: tuple[str, str, str],
    conditions: tuple[Relational, ...] = (),
) -> Bound:
    """Returns a lower bound, recalled and in orders, that holds for every method.

    Args:
        key: the key of the bound.
        title: what the bound says, in one line.
        terms: the summands by name.
        assumptions: assumptions about the problem, the gradients and the method.
        source: the entry of the bibliography, the locator and a note.
        conditions: relations left <= right.
    """
    where, locator, note = source
    return Bound(
        key=key,
        title=title,
        algorithm="any",
        terms=tuple(Term(name, expression) for name, expression in terms.items()),
        conditions=conditions,
        assumptions=assumptions,
        measure=Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.OUTPUT),
        source=Source(
            key=where,
            locator=locator,
            provenance=Provenance.RECALLED,
            note=f"recalled with confidence; {note}",
        ),
        standing=Standing.TRANSCRIBED,
        side=Side.LOWER,
        constants=Constants.ORDER,
        increasing=(
            "smoothness",
            "mean_squared_smoothness",
            "gradient_noise",
            "initial_gap",
            "graph_diameter",
        ),
        decreasing=("num_rounds", "num_workers", "local_steps"),
    )


def _statistical(gradients: sp.Expr) -> sp.Expr:
    """Returns the error that the noise of a number of gradients causes, L Delta at most."""
    return sp.Min(L * Delta, sp.sqrt(L * Delta * sigma**2 / gradients))


HOMOGENEOUS = _lower(
    "any.nonconvex_homogeneous.lower",
    "No method is better, smooth non-convex, homogeneous, intermittent communication",
    {"optimisation": L * Delta / T, "statistical": _statistical(M * T)},
    assumptions=_SMOOTH | {Assumption.HOMOGENEOUS},
    source=(
        "arjevani2023lower",
        "Theorem 1, consequence",
        "N = M K R gradients, K R of them in sequence",
    ),
)

HETEROGENEOUS = _lower(
    "any.nonconvex.lower",
    "No method is better, smooth non-convex, heterogeneous without bound",
    {"optimisation": L * Delta / R, "statistical": _statistical(M * T)},
    assumptions=_SMOOTH,
    source=("arjevani2023lower", "Theorem 1, consequence", "chain split over two workers"),
    conditions=(sp.Le(2, M),),
)

_OVER_GRAPH = _lower(
    "any.nonconvex.graph_lower",
    "No method is better, smooth non-convex, over a graph, one gradient a round",
    {
        "optimisation": L * Delta * sp.Min(1, diameter / R),
        "statistical": _statistical(M * R),
    },
    assumptions=_SMOOTH,
    source=("lu2021optimal", "lower bound", "K = 1: neighbours meet after every gradient"),
    conditions=(diameter + 1 <= M,),
)
GRAPH = replace(_OVER_GRAPH, fixes=(("local_steps", 1),))


def _capped(expression: sp.Expr) -> sp.Expr:
    return sp.Min(mean_squared * Delta, expression)


MEAN_SQUARED_SMOOTH = _lower(
    "any.nonconvex_mean_squared_smooth.lower",
    "No method is better, mean-squared-smooth non-convex, homogeneous",
    {
        "optimisation": mean_squared * Delta / (M * T),
        "reduced noise": _capped((mean_squared * Delta * sigma / (M * T)) ** sp.Rational(2, 3)),
        "statistical": _capped(sigma**2 / (M * T)),
    },
    assumptions=_ANY | {Assumption.MEAN_SQUARED_SMOOTH, Assumption.HOMOGENEOUS},
    source=(
        "arjevani2023lower",
        "Theorem 2",
        "N = M K R gradients in any order; L_bar for L in the first term, as L <= L_bar",
    ),
)

BOUNDS = (HOMOGENEOUS, HETEROGENEOUS, GRAPH, MEAN_SQUARED_SMOOTH)
