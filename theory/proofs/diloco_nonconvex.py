"""DiLoCo with SGD steps inside: Theorem G with lag weights that fade from round to round.

Method: K local steps from the common point z, d = z - mean_m x_m, v <- beta v + d and
z <- z - lambda (d + beta v), a Nesterov step; then all start from z.
Bounds: the average over all steps of E|grad F(ŷ_t)|^2 at ŷ = c x̄ + (1-c) z - c beta^2 v, where
c = lambda/(1-beta).
"""

import sympy as sp

from theory.bound import Bound
from theory.bounds.diloco_nonconvex import NONCONVEX, TUNED
from theory.letters import eta
from theory.measures import Measure, Quantity, ReportPoint
from theory.mixing import theorem_g
from theory.mixing_table import DILOCO, outer_step
from theory.mixing_table import outer_momentum as momentum
from theory.proving.certificates import vector
from theory.proving.derivation import by_theorem_g, by_tuning
from theory.proving.inferences import Combination, Root
from theory.proving.lags import below_the_lagging_cap, geometric, outer_momentum
from theory.proving.proof import Proof, Step
from theory.proving.rehearsal import Rehearsal, State
from theory.proving.rules import Rule
from theory.proving.steps import Identity, Inequality

NUMBERS, cap = DILOCO.numbers, DILOCO.cap
step, beta = outer_step, momentum
c = NUMBERS.effective_step
x, g, z, v, mean, mean_gradient = (vector(name) for name in ("x_m", "g_m", "z", "v", "x̄", "ḡ"))


def point(mean: sp.Expr, anchor: sp.Expr, memory: sp.Expr) -> sp.Expr:
    """The virtual point ŷ."""
    return c * mean + (1 - c) * anchor - c * beta**2 * memory


def _outer(mean: sp.Expr, anchor: sp.Expr, memory: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Anchor and memory after the outer step."""
    memory = beta * memory + (anchor - mean)
    return anchor - step * (anchor - mean + beta * memory), memory


STEP = Identity(
    "virtual point in a local step",
    "z and v rest and x̄ moves by -eta ḡ, so ŷ moves by -c eta ḡ: eta_hat = c eta",
    point(mean - eta * mean_gradient, z, v),
    point(mean, z, v) - c * eta * mean_gradient,
    by=(Rule.PLAIN_STEPS, Rule.UNIFORM_WEIGHTS),
)
SYNC = Identity(
    "virtual point in an outer step",
    "after it x̄ = z, and ŷ is what it was before",
    point(_outer(mean, z, v)[0], *_outer(mean, z, v)),
    point(mean, z, v),
)
LAG = Identity(
    "lag",
    "x̄ - ŷ = (1-c)(x̄ - z) + c beta^2 v: m_ts = 1 - c for s < t in the round of t, and "
    "-c beta^(n+1) n rounds later, since v adds up the d of earlier rounds with weights beta^(n-1)",
    mean - point(mean, z, v),
    (1 - c) * (mean - z) + c * beta**2 * v,
)
DEVIATION = Identity(
    "deviation",
    "x_m - x̄ moves by -eta (g_m - ḡ), and an outer step sets it to 0: w_ts = 1 within a round",
    (x - eta * g) - (mean - eta * mean_gradient),
    (x - mean) - eta * (g - mean_gradient),
)


def _synchronise(workers: list[sp.Expr], memory: tuple[sp.Expr, sp.Expr]) -> State:
    anchor, summed = _outer(sp.Add(*workers) / len(workers), *memory)
    return [anchor] * len(workers), (anchor, summed)


RUN = Rehearsal(
    _synchronise,
    virtual=lambda mean, memory: point(mean, *memory),
    memory=(sp.Integer(0), sp.Integer(0)),
    num_workers=2,
)


def _lag(t: int, s: int) -> sp.Expr:
    later = t // RUN.local_steps - s // RUN.local_steps
    return -c * beta ** (later + 1) if later else 1 - c


REHEARSED = RUN.agrees(
    "run on symbols",
    effective_step=c,
    weights=lambda t, s: int(t // RUN.local_steps == s // RUN.local_steps),
    lag_weights=_lag,
)
distance = sp.Abs(1 - beta - step)
SQUARED = Inequality(
    "modulus squared", "a modulus has the same square", (1 - beta - step) ** 2, distance**2
)
MODULUS = Root(
    "modulus", "so |1 - beta - lambda| is no less", SQUARED, 1 - beta - step, distance, 2
)
LEAST = Combination(
    "lost",
    "so c_0 = |1 - c| is at least 1 - c",
    distance / (1 - beta) - (1 - c),
    ((1 / (1 - beta), MODULUS),),
)
EARLIER = geometric("DiLoCo", beta, c * beta**2)
lost = distance / (1 - beta)
FACTS = outer_momentum("DiLoCo", lost, EARLIER)
COMMON = (STEP, SYNC, LAG, DEVIATION, REHEARSED, *FACTS)


def _admissible(below: Step) -> tuple[Step, ...]:
    """Both conditions up to 1/(2 L K (c + |1-c| + c beta^2/(1-beta)))."""
    return below_the_lagging_cap(below, c, lost, EARLIER, (SQUARED, MODULUS, LEAST))


def proof_of(bound: Bound, tuned: Bound) -> Proof:
    """The derivation of a bound and of its tuned corollary."""
    measure = Measure(Quantity.SQUARED_GRADIENT_NORM, ReportPoint.CONSERVED_MEAN)
    steps = by_theorem_g(bound, measure, NUMBERS, (), FACTS[-4:])
    terms, _ = theorem_g(NUMBERS)
    corollary = by_tuning(steps[-1], tuned, terms, cap=cap, admissible=_admissible)
    return Proof(
        name="diloco_nonconvex",
        title="DiLoCo with SGD steps inside, smooth non-convex, and its best step size",
        steps=(*COMMON, *steps, *corollary),
        proves=(steps[-1], corollary[-1]),
    )


PROOF = proof_of(NONCONVEX, TUNED)
