"""A walk whose gradients always lie half way between two levels.

F(x) = |x|^2/2 on R^4 from its minimum. The oracle gives each coordinate of the gradient as 1 or
-1, of mean x_j: its variance is 4 - |x|^2 <= 4. So |g|_2 = 2 whatever comes, and with s = 1 every
|g_j| is half way between the levels 0 and 2. With eta = 1/10 a coordinate moves by 1/5 or not at
all, and not away from 0 once it is at 1 or -1: a walk on eleven points, its law followed exactly.
"""

from fractions import Fraction

from theory.counterexamples.counterexample import Refutation

_ROUNDS, _DIMENSION, _STEP_SIZE = 100, 4, Fraction(1, 10)


def _attained() -> float:
    """The mean over rounds of E|grad F(x_r)|^2 = 4 E x_j^2."""
    law = {Fraction(0): Fraction(1)}
    total = Fraction(0)
    for _ in range(_ROUNDS):
        total += _DIMENSION * sum(chance * point**2 for point, chance in law.items())
        law = _moved(law)
    return float(total / _ROUNDS)


def _moved(law: dict[Fraction, Fraction]) -> dict[Fraction, Fraction]:
    """The law of a coordinate one round later."""
    after: dict[Fraction, Fraction] = {}
    for point, chance in law.items():
        up = (1 + point) / 2  # that the gradient is 1; it is read as 2 or as 0, evenly
        for read, share in ((2, up / 2), (-2, (1 - up) / 2), (0, Fraction(1, 2))):
            goal = point - _STEP_SIZE * read
            after[goal] = after.get(goal, Fraction(0)) + chance * share
    return {point: chance for point, chance in after.items() if chance}


REFUTATION = Refutation(
    title="100 rounds on |x|^2/2 in R^4 from its minimum, gradients of +-1, s = 1, p = 2, eta = .1",
    values={
        "num_workers": 1,
        "local_steps": 1,
        "num_rounds": _ROUNDS,
        "dimension": _DIMENSION,
        "smoothness": 1.0,
        "step_size": float(_STEP_SIZE),
        "gradient_noise": 2.0,
        "initial_gap": 0.0,
        "level_spacing": 2.0,
    },
    attained=_attained,
)
