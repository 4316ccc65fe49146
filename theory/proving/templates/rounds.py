"""From the decrease of F in one round to a bound after R rounds.

The bound is on the squared gradient norm at the start of a round, averaged over rounds.
"""

import sympy as sp

from theory.bound import Bound, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation.letters import Delta, L, R, eta
from theory.notation.plain_formula import plain
from theory.proving.axioms import Rule
from theory.proving.citations import Theorem
from theory.proving.inferences import Averaged, Combination, Pairs
from theory.proving.least_and_greatest import Least, Quotient
from theory.proving.proof import Proof, Step
from theory.proving.quantities import measured
from theory.proving.steps import Definition, Instance
from theory.proving.templates.conclusions import by_tuning, conditions_of, same_terms

AVERAGE = measured(Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.ROUND_START))
VALUE, VALUE_AFTER = sp.symbols("F(x_r) F(x_r+1)", real=True)
_AVERAGE_VALUE = sp.Symbol("avg_F", real=True)
_FIRST, _LAST, _LOWEST = sp.symbols("F(x_0) F(x_R) inf_F", real=True)


def added_up(one_round: Step, moments: Pairs) -> tuple[Step, ...]:
    """Returns steps that average the inequality of one round over all R rounds.

    The last of them is the result, in which Delta/R bounds the average decrease of F.

    Args:
        one_round: the inequality of round r, in VALUE = F(x_r) and VALUE_AFTER = F(x_{r+1}).
        moments: the averages over rounds of the other quantities in it.
    """
    averaged = Averaged(
        "average over rounds",
        "averaged over r < R, so that F(x_{r+1}) averages to avg F - (F(x_0) - F(x_R))/R",
        one_round,
        (
            *moments,
            (VALUE, _AVERAGE_VALUE),
            (VALUE_AFTER, _AVERAGE_VALUE - (_FIRST - _LAST) / R),
        ),
    )
    lowest = Instance(
        "below", "F at the last point is at least its infimum", Rule.BELOW, (_LAST, _LOWEST)
    )
    start = Definition("start", "Delta = F(x_0) - inf F", Delta, _FIRST - _LOWEST)
    fallen = Combination(
        "all rounds",
        "the decreases cannot add up to more than Delta",
        sp.expand(averaged.gap + (lowest.gap + start.gap) / R),
        ((1, averaged), (1 / R, lowest), (1 / R, start)),
    )
    return averaged, lowest, start, fallen


def proof_by_rounds(
    name: str,
    title: str,
    bounds: tuple[Bound, Bound],
    terms: tuple[tuple[Term, ...], tuple[Term, ...]],
    *,
    growth: sp.Expr,
    given: tuple[Step, ...],
    parts: tuple[tuple[sp.Expr | int, Step], ...],
) -> Proof:
    """Returns the derivation of a bound with the factor 2 - growth L eta, and of its corollary.

    Args:
        name: the name of the proof, which is that of its file.
        title: the title of the proof.
        bounds: the bound, with the condition growth L eta <= 1, and its corollary for the best
            step size.
        terms: the terms of the bound times 2 - growth L eta, and those of the corollary before a
            step size is chosen.
        growth: the factor of the squared gradient in the second-order term of the descent.
        given: all steps that lead to the parts, in order.
        parts: pairs of a factor and an inequality; they add up to the terms of the corollary minus
            2 - growth L eta times the average squared gradient.
    """
    bound, tuned = bounds
    # The minimum keeps the divisor 2 - least at 1 or more for every eta; the condition of the bound
    # makes it the second number.
    least = sp.Min(1, growth * eta * L)
    slack = 2 - least
    factor = plain(2 - growth * eta * L)
    total = sp.Add(*(term.expression for term in terms[1]))
    supposed = conditions_of(bound)
    one, reached, scaled = _scaled(least, growth * eta * L, total, supposed, parts)
    shown = Quotient(
        f"{bound.key}, derived",
        f"divided by {factor}: the sum of the terms is at least the {bound.measure}",
        bound.expression - AVERAGE,
        slack,
        scaled,
        one,
        sp.Integer(1),
    )
    theorem = Theorem(bound.key, f"{bound.title}: what {bound.key} states", bound, shown)
    simpler = Combination(
        "without the factor",
        f"{factor} >= 1 is left out, so that every term is a power of eta",
        total - AVERAGE,
        ((1, scaled), (AVERAGE, one)),
    )
    same = same_terms(bound, tuple(Term(i.name, i.expression / slack) for i in terms[0]))
    steps = (*given, *supposed, one, reached, scaled, *same, shown, theorem, simpler)
    corollary = by_tuning(simpler, tuned, terms[1], cap=1 / (growth * L))
    return Proof(name, title, (*steps, *corollary), (theorem, corollary[-1]))


def _scaled(
    least: sp.Min,
    second: sp.Expr,
    total: sp.Expr,
    supposed: tuple[Step, ...],
    parts: tuple[tuple[sp.Expr | int, Step], ...],
) -> tuple[Step, Step, Step]:
    """Returns the steps min{1, second} <= 1, min{1, second} = second, and the sum of all rounds.

    The sum keeps the factor 2 - min{1, second} on the squared gradient.
    """
    one = Instance(
        "at most 1",
        f"{plain(least)} <= 1",
        Rule.BELOW_CHOICE,
        (least, least, sp.Tuple(1, 1, 1)),
    )
    claim = f"so {plain(least)} is its second"
    reached = Least("within the condition", claim, least, second, supposed)
    claim = "what all rounds do, with the factor on the squared gradient"
    total_less = total - (2 - least) * AVERAGE
    return one, reached, Combination("scaled", claim, total_less, (*parts, (AVERAGE, reached)))
