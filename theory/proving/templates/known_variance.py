"""From what S steps with noise of variance v do, to the bounds of methods that take such steps."""

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
    """What a method makes of its gradients.

    Attributes:
        lemma: the derivation of what S steps do, eta L <= 1 and the variance v supposed.
        terms: what it bounds E F - inf F by, in STEPS and INCREMENT_LIMIT: A/eta and B eta.
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
"""Steps of SGD; E F - inf F is averaged over them."""

ACCELERATED = Stepping(
    "accelerated_convex",
    (
        Term("optimisation", 2 * B**2 / (eta * STEPS * (STEPS + 1))),
        Term("statistical", eta * (2 * STEPS + 1) * INCREMENT_LIMIT / 6),
    ),
)
"""Steps of AC-SA; E F - inf F is that of the aggregate after the last."""


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
    """The derivation of a bound and of its tuned corollary.

    Args:
        name: of the proof's file.
        bounds: the two to be derived.
        stepping: what the method makes of its gradients.
        measure: what the theorem bounds for this method.
        steps: how many it takes.
        noise: the step that limits the variance of its gradients.
        by: the facts by which its gradients have the mean grad F.
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
