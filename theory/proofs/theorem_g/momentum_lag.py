"""How the lag of Overlap-Local-SGD with anchor momentum fades: sums of |delta_n| and delta_n^2.

delta_n is the lag weight n rounds later: delta_1 = delta_2 = -alpha beta kappa and
delta_{n+2} = beta delta_{n+1} - beta (1-alpha) delta_n. With b = beta^(1/2) and delta_n = b^n g_n,
g_1 = -alpha b kappa, g_2 = -alpha kappa and g_{n+2} = b g_{n+1} - (1-alpha) g_n, which divides by
nothing. Along either sequence a quadratic form of two neighbours falls by the square of the first.
"""

from dataclasses import dataclass

import sympy as sp

from theory.bounds.mixing_methods import KAPPA, MOMENTUM_NORM, MOMENTUM_SQUARES, alpha, beta
from theory.notation import symbols
from theory.proofs.inequalities.cauchy_schwarz import PRODUCT
from theory.proving.certificates import scalar
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination, Root
from theory.proving.proof import Proof, Step
from theory.proving.quantities import FIRST_ENERGY, LATER, LATER_SQUARES, POWERS, SECOND_ENERGY
from theory.proving.steps import Definition, Identity, Inequality

(rate,) = symbols("mixing_rate")
b = sp.sqrt(beta)
n = sp.Symbol("n", integer=True, nonnegative=True)
x, y = sp.symbols("x y", real=True)
SCALED_SQUARES, WEIGHTS = scalar("sum_{n<=r} g_n^2"), scalar("sum_{n<=r} b^{2n}")


@dataclass(frozen=True)
class Form:
    """The form (p x^2 + 2 q x y + r y^2) / over of two neighbours in a sequence."""

    p: sp.Expr
    q: sp.Expr
    r: sp.Expr
    over: sp.Expr

    def __call__(self, first: sp.Expr, second: sp.Expr) -> sp.Expr:
        """Returns the form at two neighbours of the sequence."""
        return self.of(first**2, first * second, second**2)

    def of(self, squared: sp.Expr, product: sp.Expr, squared_next: sp.Expr) -> sp.Expr:
        """The value of the form, from squares and product of the two neighbours."""
        return (self.p * squared + 2 * self.q * product + self.r * squared_next) / self.over


_SPREAD = (2 - alpha) ** 2 - beta
SCALED = Form(2 - alpha - alpha * beta, -b * (1 - alpha), 2 - alpha, alpha * _SPREAD)
PLAIN = Form(
    1 + beta - beta**2 + beta**3 - alpha * beta - alpha * beta**3,
    -(beta**2) * (1 - alpha),
    1 + beta - alpha * beta,
    (1 - alpha * beta) * (1 + (2 - alpha) * beta) * (1 - (1 - alpha) * beta),
)


def _sign(name: str, form: Form) -> tuple[Step, Step]:
    """That the form is never negative, whatever its arguments."""
    squares = Inequality(
        f"squares in the form of {name}",
        "r (p x^2 + 2 q x y + r y^2) = (r y + q x)^2 + (p r - q^2) x^2",
        sp.Integer(0),
        (form.r * y + form.q * x) ** 2 + sp.factor(form.p * form.r - form.q**2) * x**2,
    )
    positive = Combination(
        f"sign of the form of {name}",
        "so it is never negative",
        form(x, y),
        ((1 / (form.r * form.over), squares),),
    )
    return squares, positive


def _falling(
    name: str, form: Form, onwards: sp.Expr, start: tuple[sp.Expr, sp.Expr], total: sp.Symbol
) -> tuple[Step, ...]:
    """Bounds a sum of squares along a sequence by the form at its start, in the last step.

    Args:
        name: of the sequence.
        form: falls along it.
        onwards: the element that follows x and y.
        start: the first two elements.
        total: name of the sum of squares.
    """
    before, after = scalar(f"form of {name} at n"), scalar(f"form of {name} at n + 1")
    every = scalar(f"sum of the forms of {name}")
    last = (
        scalar(f"{name}_{{r+1}}^2"),
        sp.Symbol(f"{name}_{{r+1}} {name}_{{r+2}}", real=True),
        scalar(f"{name}_{{r+2}}^2"),
    )
    here = Definition(f"form of {name}", "of elements n and n + 1", before, form(x, y))
    there = Definition(f"next form of {name}", "of n + 1 and n + 2", after, form(y, onwards))
    fall = Combination(
        f"fall of {name}",
        "it falls by the square of element n",
        before - after - x**2,
        ((1, here), (-1, there)),
    )
    squares, positive = _sign(name, form)
    end = Averaged(
        f"end of {name}",
        "not after r steps either",
        positive,
        ((x**2, last[0]), (x * y, last[1]), (y**2, last[2])),
    )
    summed = Averaged(
        f"falls of {name}",
        "added up over n = 1, ..., r",
        fall,
        ((x**2, total), (before, every), (after, every - form(*start) + form.of(*last))),
    )
    result = Combination(
        f"squares of {name}",
        "so the squares add up to at most the form of the first two elements",
        form(*start) - total,
        ((1, summed), (1, end)),
    )
    return here, there, fall, squares, positive, end, summed, result


PLAIN_STEPS = _falling(
    "delta",
    PLAIN,
    beta * y - beta * (1 - alpha) * x,
    (-alpha * beta * KAPPA, -alpha * beta * KAPPA),
    LATER_SQUARES,
)
SCALED_STEPS = _falling(
    "g", SCALED, b * y - (1 - alpha) * x, (-alpha * b * KAPPA, -alpha * KAPPA), SCALED_SQUARES
)
_START = SCALED(-alpha * b * KAPPA, -alpha * KAPPA)
SQUARES = Combination(
    "momentum squares",
    "in closed form",
    MOMENTUM_SQUARES - LATER_SQUARES,
    ((1, PLAIN_STEPS[-1]),),
)
RESCALED = Identity(
    "scaling",
    "delta_n = b^n g_n obeys the same recursion",
    b ** (n + 2) * (b * y - (1 - alpha) * x),
    beta * (b ** (n + 1) * y) - beta * (1 - alpha) * (b**n * x),
)
CAUCHY_SCHWARZ = Lemma(
    "Cauchy-Schwarz",
    "of sums over n: (sum b^n |g_n|)^2 <= sum b^{2n} sum g_n^2",
    "cauchy_schwarz",
    ((FIRST_ENERGY, WEIGHTS), (SECOND_ENERGY, SCALED_SQUARES), (PRODUCT, LATER)),
)
GEOMETRIC = Lemma("powers of beta", "their sum", "geometric_sums", ((rate, beta),), of="powers")
FROM_ONE = Definition("from 1", "the first power is beta", WEIGHTS, beta * POWERS)
SQUARED = Combination(
    "total, squared",
    "so (sum |delta_n|)^2 is at most beta/(1-beta) times the form of g",
    MOMENTUM_NORM**2 - LATER**2,
    (
        (1, CAUCHY_SCHWARZ),
        (WEIGHTS, SCALED_STEPS[-1]),
        (beta * _START, GEOMETRIC),
        (-_START, FROM_ONE),
    ),
)
TOTAL = Root("momentum total", "the root of what was shown", SQUARED, LATER, MOMENTUM_NORM, 2)

PROOF = Proof(
    name="momentum_lag",
    title="how the lag of anchor momentum fades",
    steps=(
        *PLAIN_STEPS,
        SQUARES,
        RESCALED,
        *SCALED_STEPS,
        GEOMETRIC,
        FROM_ONE,
        CAUCHY_SCHWARZ,
        SQUARED,
        TOTAL,
    ),
    proves=(SQUARES, TOTAL),
)
