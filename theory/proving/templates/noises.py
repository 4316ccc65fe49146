"""Steps that bound the noise of one gradient, of a mean of gradients, and of weighted sums."""

import sympy as sp

from theory.notation.letters import M, sigma
from theory.notation.plain_formula import plain
from theory.proving.axioms import Rule
from theory.proving.citations import Lemma
from theory.proving.proof import Step
from theory.proving.quantities import (
    INCREMENT,
    INCREMENT_LIMIT,
    NOISE_OF_MEAN,
    SAMPLES,
    SQUARED_SUM,
    SUM_OF_SQUARES,
)
from theory.proving.steps import Instance

ONE_GRADIENT = Instance(
    "noise of one gradient",
    "it has variance at most sigma^2",
    Rule.VARIANCE,
    (NOISE_OF_MEAN, sigma),
)
OF_DEVIATIONS = Lemma(
    "noise of the deviation",
    "at a step the workers' noises spread by at most (1 - 1/M) sigma^2",
    "noise",
    ((SAMPLES, M),),
    of="deviations",
)


def of_mean(samples: sp.Expr) -> Step:
    """Returns the step that bounds the noise of the mean of several gradients, all at one point.

    Args:
        samples: the number of gradients.
    """
    claim = f"the mean of {plain(samples)} independent noises has variance at most sigma^2 over it"
    return Lemma("noise of the mean", claim, "noise", ((SAMPLES, samples),), of="mean")


def weighted(
    label: str, one: Step, increment: sp.Symbol, squares: sp.Symbol, total: sp.Symbol
) -> Step:
    """Returns the step that bounds the mean square of a weighted sum of noises.

    The bound is that of one noise, times the sum of the squared weights.

    Args:
        label: the label of the step.
        one: the earlier step that bounds the mean square of the noise of one step.
        increment: the symbol of that mean square.
        squares: the symbol of the sum of the squared weights, averaged over time.
        total: the symbol of the mean square of the weighted sum, averaged over time.
    """
    return Lemma(
        label,
        "noises of different steps are orthogonal; averaged over time",
        "noise",
        (
            (INCREMENT, increment),
            (INCREMENT_LIMIT, one.gap + increment),
            (SUM_OF_SQUARES, squares),
            (SQUARED_SUM, total),
        ),
        (one,),
        of="weighted",
    )
