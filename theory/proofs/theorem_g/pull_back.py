"""The pull-back of Overlap-Local-SGD is in the linear-mixing class, and with which weights.

At a synchronisation x_m <- (1-alpha) x_m + alpha z, z the mean after the synchronisation before;
then z becomes the mean of the new x_m. All start at x_0. In between, plain local steps.
The virtual point is y = (1-alpha) x̄ + alpha z.
"""

import sympy as sp

from theory.notation.letters import eta
from theory.proving.axioms import Rule
from theory.proving.certificates import vector
from theory.proving.inferences import Mean
from theory.proving.proof import Proof, Step
from theory.proving.quantities import alpha
from theory.proving.steps import Identity
from theory.proving.templates.symbolic_run import Rehearsal

rho = 1 - alpha
x, g, z, mean, mean_gradient = (vector(name) for name in ("x_m", "g_m", "z", "x̄", "ḡ"))
together = rho * mean + alpha * z
exponent = sp.Symbol("n", integer=True, nonnegative=True)

MEAN_SYNC = Mean(
    "mean after a pull-back",
    "a pull-back moves the mean to (1-alpha) x̄ + alpha z, and that is the next anchor",
    vector("x̄ after"),
    rho * x + alpha * z,
    ((x, mean),),
    by=(Rule.UNIFORM_WEIGHTS,),
)
VIRTUAL_SYNC = Identity(
    "virtual point after a pull-back",
    "there x̄ = z = y, and y = (1-alpha) x̄ + alpha z is what it was before",
    rho * together + alpha * together,
    together,
)
VIRTUAL_STEP = Identity(
    "virtual point in a local step",
    "z rests and x̄ moves by -eta ḡ, so y moves by -(1-alpha) eta ḡ: eta_hat = (1-alpha) eta",
    rho * (mean - eta * mean_gradient) + alpha * z,
    together - rho * eta * mean_gradient,
    by=(Rule.PLAIN_STEPS, Rule.UNIFORM_WEIGHTS),
)
LAG = Identity(
    "lag",
    "x̄ - y = alpha (x̄ - z): 0 at the start of a round, where x̄ = z, and then -alpha eta times the "
    "sum of ḡ over the round so far; so m_ts = alpha for s < t in the round of t, else 0",
    mean - together,
    alpha * (mean - z),
)
DEVIATION_STEP = Identity(
    "deviation in a local step",
    "x_m - x̄ moves by -eta (g_m - ḡ), which enters with weight 1 = rho^0",
    (x - eta * g) - (mean - eta * mean_gradient),
    (x - mean) - eta * (g - mean_gradient),
)
DEVIATION_SYNC = Identity(
    "deviation in a pull-back",
    "a pull-back shrinks x_m - x̄ by rho = 1 - alpha",
    (rho * x + alpha * z) - together,
    rho * (x - mean),
)
WEIGHTS = Identity(
    "weights",
    "so a weight rho^n becomes rho^(n+1) at every pull-back: w_ts = rho^(r(t)-r(s)) for s < t",
    rho * rho**exponent,
    rho ** (exponent + 1),
)


def _matrix(M: int) -> tuple[Step, ...]:
    """The pull-back as X -> X W on X = (x_1, ..., x_M, z), for one number of workers."""
    W = sp.ImmutableMatrix(
        M + 1,
        M + 1,
        lambda i, j: alpha if i == M else rho / M if j == M else rho * int(i == j),
    )
    v = sp.ImmutableMatrix([rho / M] * M + [alpha])
    ones = sp.ones(1, M + 1)
    centring = sp.diag(sp.eye(M) - sp.ones(M, M) / M, sp.zeros(1, 1))
    return (
        Identity(
            f"fixed vector, M={M}",
            f"W is column-stochastic and fixes v = ((1-alpha)/{M}, ..., alpha)",
            sp.ImmutableMatrix(ones * W).col_join((W * v).T),
            sp.ImmutableMatrix(ones).col_join(v.T),
        ),
        Identity(
            f"spectrum, M={M}",
            "W - v 1^T is 1 - alpha times the centring of the workers, and 0 on the anchor",
            sp.ImmutableMatrix(W - v * ones),
            sp.ImmutableMatrix(rho * centring),
        ),
    )


def _pull_back(workers: list[sp.Expr], anchor: sp.Expr) -> tuple[list[sp.Expr], sp.Expr]:
    workers = [rho * worker + alpha * anchor for worker in workers]
    return workers, sp.Add(*workers) / len(workers)


RUN = Rehearsal(_pull_back, virtual=lambda mean, anchor: rho * mean + alpha * anchor)
REHEARSED = RUN.agrees(
    "run on symbols",
    effective_step=rho,
    weights=lambda t, s: rho ** RUN.rounds_between(t, s),
    lag_weights=lambda t, s: alpha * int(RUN.rounds_between(t, s) == 0),
)
STEPS = (
    MEAN_SYNC,
    VIRTUAL_SYNC,
    VIRTUAL_STEP,
    LAG,
    DEVIATION_STEP,
    DEVIATION_SYNC,
    WEIGHTS,
    *_matrix(2),
    *_matrix(3),
    *_matrix(4),
    REHEARSED,
)

PROOF = Proof(
    name="pull_back",
    title="the pull-back of Overlap-Local-SGD as mixing weights",
    steps=STEPS,
    proves=(VIRTUAL_STEP, LAG, WEIGHTS),
)
