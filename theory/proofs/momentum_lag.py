"""How the lag of Overlap-Local-SGD with anchor momentum fades: sums of |delta_n| and delta_n^2.

delta_n is the lag weight n rounds later: delta_1 = delta_2 = -alpha beta kappa and
delta_{n+2} = beta delta_{n+1} - beta (1-alpha) delta_n. With b = beta^(1/2) and delta_n = b^n g_n,
g_1 = -alpha b kappa, g_2 = -alpha kappa and g_{n+2} = b g_{n+1} - (1-alpha) g_n, which divides by
nothing. Along either sequence a quadratic form of two neighbours falls by the square of the first.
"""

import sympy as sp

from theory.mixing_table import KAPPA, MOMENTUM_NORM, MOMENTUM_SQUARES, alpha, beta
from theory.proving.certificates import scalar
from theory.proving.citations import Lemma
from theory.proving.inferences import Averaged, Combination, Root
from theory.proving.proof import Proof, Step
from theory.proving.quantities import LATER, LATER_SQUARES, POWERS
from theory.proving.steps import Identity, Inequality, Square
from theory.notation import symbols

(rate,) = symbols("mixing_rate")
b = sp.sqrt(beta)
x, y, power, size, power2, size2 = sp.symbols("x y b^n |g_n| b^n' |g_n'|", real=True)
SCALED_SQUARES, WEIGHTS = scalar("sum_{n<=r} g_n^2"), scalar("sum_{n<=r} b^{2n}")
spread = (2 - alpha) ** 2 - beta
scaled = (
    (2 - alpha - alpha * beta) / (alpha * spread),
    -b * (1 - alpha) / (alpha * spread),
    (2 - alpha) / (alpha * spread),
)
volume = (1 - alpha * beta) * (1 + (2 - alpha) * beta) * (1 - (1 - alpha) * beta)
plain = (
    (1 + beta - beta**2 + beta**3 - alpha * beta - alpha * beta**3) / volume,
    -(beta**2) * (1 - alpha) / volume,
    (1 + beta - alpha * beta) / volume,
)

Form = tuple[sp.Expr, sp.Expr, sp.Expr]


def _value(form: Form, first: sp.Expr, second: sp.Expr) -> sp.Expr:
    return form[0] * first**2 + 2 * form[1] * first * second + form[2] * second**2


def _falling(
    name: str, form: Form, onwards: sp.Expr, start: tuple[sp.Expr, sp.Expr], total: sp.Symbol
) -> tuple[Step, ...]:
    """Bounds a sum of squares along a sequence by the form at its start.

    Args:
        name: of the sequence.
        form: (p, q, r) of p x^2 + 2 q x y + r y^2.
        onwards: the element that follows x and y.
        start: the first two elements.
        total: name of the sum of squares.
    """
    before, after = scalar(f"form of {name} at n"), scalar(f"form of {name} at n + 1")
    every = scalar(f"sum of the form of {name}")
    squares = scalar(f"{name}_r+1^2"), scalar(f"{name}_r+2^2")
    product = sp.Symbol(f"{name}_r+1 {name}_r+2", real=True)
    moments = ((x**2, squares[0]), (x * y, product), (y**2, squares[1]))
    last = form[0] * squares[0] + 2 * form[1] * product + form[2] * squares[1]
    falls = Identity(
        f"fall of {name}",
        f"the form falls by {name}_n^2 from n to n + 1",
        _value(form, x, y) - _value(form, y, onwards) - x**2,
        sp.Integer(0),
    )
    positive = Inequality(
        f"form of {name}",
        "it is positive: r times the form is (r y + q x)^2 + (p r - q^2) x^2",
        sp.Integer(0),
        (form[2] * y + form[1] * x) ** 2 + sp.factor(form[0] * form[2] - form[1] ** 2) * x**2,
    )
    scaled_form = Combination(
        f"end of {name}",
        "so it is",
        _value(form, x, y),
        ((1 / form[2], positive),),
    )
    end = Averaged(f"last of {name}", "also after r steps", scaled_form, moments)
    fall = Combination(
        f"step of {name}",
        "with the form before and after a step as numbers of their own",
        before - after - x**2,
        ((1, falls),),
    )
    return falls, positive, scaled_form, end, fall
