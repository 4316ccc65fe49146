"""One step of quantised gradient descent at a point where every fraction is 1/2.

F(x) = |x|^2/2 on R^4, x_0 = (1, 1, 1, 1), exact gradients, s = 1, p = 2, eta = 1/5: the gradient
has norm 2, so each coordinate becomes 2 or 0, evenly. All sixteen outcomes are enumerated.
"""

from fractions import Fraction
from itertools import product

from theory.counterexamples.counterexample import Refutation

_START, _STEP_SIZE = (Fraction(1),) * 4, Fraction(1, 5)


def _attained() -> float:
    """E F(x_1) - inf F."""
    norm = 2
    assert norm**2 == sum(entry**2 for entry in _START)
    total = Fraction(0)
    for code in product((0, 1), repeat=len(_START)):
        chance, point = Fraction(1), []
        for entry, level in zip(_START, code, strict=True):
            share = entry / norm
            chance *= share if level else 1 - share
            point.append(entry - _STEP_SIZE * norm * level)
        total += chance * sum(entry**2 for entry in point) / 2
    return float(total)


REFUTATION = Refutation(
    title="one step on |x|^2/2 from (1, 1, 1, 1) with s = 1, p = 2 and eta = 1/5",
    values={
        "num_workers": 1,
        "local_steps": 1,
        "num_rounds": 1,
        "dimension": len(_START),
        "smoothness": 1.0,
        "strong_convexity": 1.0,
        "step_size": float(_STEP_SIZE),
        "gradient_noise": 0.0,
        "initial_gap": 2.0,
        "level_spacing": 2.0,
    },
    attained=_attained,
)
