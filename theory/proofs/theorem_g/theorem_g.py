"""Theorem G (bounds/theorem_g.py): the lemmas put together.

Method: any method of the linear-mixing class, with numbers that dominate its weights.
Bounds: the average over t < T of E|grad F(y_t)|^2, under conditions (i) and (ii).
"""

import sympy as sp

from theory.bounds.theorem_g import theorem_g
from theory.notation.letters import L, eta
from theory.proving.citations import Lemma
from theory.proving.inferences import Combination
from theory.proving.proof import Proof
from theory.proving.quantities import DIRECTION, GENERIC, GRADIENT
from theory.proving.steps import Identity
from theory.proving.templates.conclusions import CONDITIONS, NUMBERS

eta_hat = GENERIC.effective_step * eta
C_m = GENERIC.C_m

TELESCOPED = Lemma("telescoping", "the descents, averaged over time", "telescoping")
ABSORBED = Lemma(
    "absorption",
    "drift is at most noise, heterogeneity and |h|^2",
    "absorption",
    given=(*NUMBERS, CONDITIONS[0]),
)
RESIDUAL = Identity(
    "residual",
    "2/eta_hat times the descents plus L^2 times the drift leave |h|^2 with minus what (ii) leaves",
    -(1 - L * eta_hat) + 4 * L**2 * eta**2 * C_m,
    -CONDITIONS[1].gap,
)
THEOREM = Combination(
    "theorem_g",
    "so the sum of the terms of Theorem G is at least the time average of E|grad F(y)|^2",
    sp.Add(*(term.expression for term in theorem_g(GENERIC)[0])) - GRADIENT,
    ((2 / eta_hat, TELESCOPED), (L**2, ABSORBED), (DIRECTION, CONDITIONS[1])),
)

PROOF = Proof(
    name="theorem_g",
    title="Theorem G: the bound of every linear-mixing method by its four numbers",
    steps=(*NUMBERS, *CONDITIONS, TELESCOPED, ABSORBED, RESIDUAL, THEOREM),
    proves=(THEOREM,),
)
