"""A smooth convex function lies above its tangents by more than convexity says.

Bounds: f(y) >= f(x) + <grad f(x), y - x> + |grad f(y) - grad f(x)|^2/(2L), for f = F or f_m.
    From x to y and from y to x, it makes gradients cocoercive.
Source: the co-coercivity lemma of smooth convex functions; one gradient step from y shows it.
"""

import sympy as sp

from theory.notation.letters import L
from theory.proving.axioms import Rule
from theory.proving.certificates import vector
from theory.proving.inferences import Combination
from theory.proving.proof import Proof, Step
from theory.proving.steps import Instance

VALUE_X, VALUE_Y, value_z = sp.symbols("f(x) f(y) f(z)", real=True)
SLOPE_X, SLOPE_Y, MOVE = vector("grad f(x)"), vector("grad f(y)"), vector("y - x")
difference = SLOPE_Y - SLOPE_X


def _steps(name: str, convex: Rule, smooth: Rule) -> tuple[Step, ...]:
    tangent = Instance(
        f"tangent, {name}",
        "f at z = y - (grad f(y) - grad f(x))/L is above its tangent at x",
        convex,
        (value_z, VALUE_X, SLOPE_X, MOVE - difference / L),
    )
    parabola = Instance(
        f"parabola, {name}",
        "and below its parabola at y",
        smooth,
        (VALUE_Y, value_z, SLOPE_Y, -difference / L, L),
    )
    return (
        tangent,
        parabola,
        Combination(
            name,
            "so f(y) is above the tangent at x by |grad f(y) - grad f(x)|^2/(2L)",
            VALUE_Y - VALUE_X - SLOPE_X * MOVE - difference**2 / (2 * L),
            ((1, tangent), (1, parabola)),
        ),
    )


OF_MEAN = _steps("of F", Rule.CONVEX, Rule.SMOOTHNESS)
OF_WORKER = _steps("of f_m", Rule.WORKERS_CONVEX, Rule.WORKERS_SMOOTHNESS)

PROOF = Proof(
    name="interpolation",
    title="smooth convex functions above their tangents",
    steps=(*OF_MEAN, *OF_WORKER),
    proves=(OF_MEAN[-1], OF_WORKER[-1]),
)
