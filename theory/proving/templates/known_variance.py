"""From a lemma on S steps with noise of variance v to the bounds of methods that take such steps.

The methods are SGD and AC-SA with one or several gradients in a step, on convex functions.
"""

from dataclasses import dataclass

import sympy as sp

from theory.bound import Bound, Term
from theory.measures import Measure
from theory.notation.letters import B, L, eta
from theory.proving.axioms import Rule
from theory.proving.citations import Lemma
from theory.proving.proof import Proof, Step
from theory.proving.quantities import (
    EXCESS,
    INCREMENT_LIMIT,
    NOISE_OF_MEAN,
    STEPS,
    measured,
)
from theory.proving.templates.conclusions import concluding_tuned, conditions_of


@dataclass(frozen=True)
class Stepping:
    """The convergence of S steps of a method, as a lemma shows it.

    Attributes:
        lemma: the name of the lemma on S steps, which supposes eta L <= 1 and the variance v.
        terms: the two terms of its bound on E F - inf F, A/eta and B eta, in STEPS and
            INCREMENT_LIMIT, the symbols of S and v.
    """

    lemma: str
    terms: tuple[Term, Term]


PLAIN = Stepping(
    "batch_convex",
    (
        Term("optimisation", B**2 / (2 * eta * STEPS)),
        Term("statistical", eta * INCREMENT_LIMIT / 2),
    ),
)
"""Steps of SGD; the bound is on E F - inf F averaged over the steps."""

ACCELERATED = Stepping(
    "accelerated_convex",
    (
        Term("optimisation", 2 * B**2 / (eta * STEPS * (STEPS + 1))),
        Term("statistical", eta * (2 * STEPS + 1) * INCREMENT_LIMIT / 6),
    ),
)
"""Steps of AC-SA; the bound is on E F - inf F at the aggregate iterate after the last step."""


def by_known_variance(
    name: str,
    bounds: tuple[Bound, Bound],
    stepping: Stepping,
    measure: Measure,
    *,
    steps: sp.Expr,
    noise: Step,
    by: tuple[Rule, ...] = (),
) -> Proof:
    """Returns the derivation of a bound and of its corollary for the best step size.

    Args:
        name: the name of the proof, which is that of its file.
        bounds: the bound and its corollary.
        stepping: the lemma on the method's steps.
        measure: the measure that the bound is on.
        steps: the number of steps, S.
        noise: the step of the proof that bounds the variance of the method's gradients.
        by: the facts by which the gradients have the mean grad F.
    """
    bound, _ = bounds
    variance = noise.gap + NOISE_OF_MEAN
    supposed = conditions_of(bound)
    at = ((STEPS, steps), (INCREMENT_LIMIT, variance), (EXCESS, measured(measure)))
    claim = "what so many steps with noise of this variance do"
    theorem = Lemma("all steps", claim, stepping.lemma, at, (noise, *supposed), by=by)
    terms = tuple(
        Term(term.name, term.expression.subs(dict(at), simultaneous=True))
        for term in stepping.terms
    )
    return concluding_tuned(
        name,
        f"{bound.title}, and its best step size",
        bounds,
        terms,
        given=(noise, *supposed, theorem),
        parts=((1, theorem),),
        cap=1 / L,
    )
