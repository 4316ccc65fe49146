"""The weights w_ts = rho^(r(t)-r(s)) for s in a round r(s) before r(t), and 0 elsewhere.

Here rho = 1 - alpha, and each round has K steps. A row for round r has total weight K g_r with
g_r = rho + ... + rho^r; a column for round q is met in K steps of each later round.
"""

import sympy as sp

from theory.letters import K
from theory.proving.certificates import scalar, vector
from theory.proving.inferences import Averaged, Combination
from theory.proving.proof import Proof
from theory.proving.quantities import ENERGY, MIXED_ENERGY, SQUARED_WEIGHTS, alpha
from theory.proving.steps import Square, Summation

rho = 1 - alpha
n, stop = sp.symbols("n r", integer=True, nonnegative=True)
first, second = vector("a_s"), vector("a_s'")
WEIGHT, SQUARED_WEIGHT = scalar("g_r"), scalar("sum_{n=1}^r rho^{2n}")
ROUND, WEIGHTED = scalar("sum_{s in q} |a_s|^2"), scalar("sum_s w_ts |a_s|^2")
MIXED, AVERAGE_WEIGHTED = scalar("|sum_s w_ts a_s|^2"), scalar("avg sum_s w_ts |a_s|^2")

GEOMETRIC = Summation(
    "geometric sum",
    "g_r = rho + ... + rho^r in closed form",
    WEIGHT,
    rho ** (n + 1),
    n,
    0,
    stop,
    (rho - rho ** (stop + 1)) / alpha,
)
TOTAL = Combination(
    "total weight", "g_r is at most rho/alpha", rho / alpha - WEIGHT, ((-1, GEOMETRIC),)
)
SQUARE = Square(
    "square",
    "for any two steps",
    (first**2 + second**2) / 2 - first * second,
    (first - second) ** 2 / 2,
)
CAUCHY_SCHWARZ = Averaged(
    "Cauchy-Schwarz",
    "added up over pairs of steps of earlier rounds, weighted by w_ts w_ts', each of total K g_r",
    SQUARE,
    (
        (first**2, K * WEIGHT * WEIGHTED),
        (second**2, K * WEIGHT * WEIGHTED),
        (first * second, MIXED),
    ),
)
ROW = Combination(
    "row",
    "so |sum_s w_ts a_s|^2 <= (K rho/alpha) sum_s w_ts |a_s|^2",
    K * rho / alpha * WEIGHTED - MIXED,
    ((1, CAUCHY_SCHWARZ), (K * WEIGHTED, TOTAL)),
)
ROWS = Averaged(
    "rows", "averaged over t < T", ROW, ((WEIGHTED, AVERAGE_WEIGHTED), (MIXED, MIXED_ENERGY))
)
COLUMN = Combination(
    "column",
    "round q is met with total weight at most rho/alpha per step number of the later rounds",
    rho / alpha * ROUND - WEIGHT * ROUND,
    ((ROUND, TOTAL),),
)
COLUMNS = Averaged(
    "columns",
    "added up over q, K/T times: sums over rows and columns exchanged, g_r for the rounds after q",
    COLUMN,
    ((ROUND, K * ENERGY), (WEIGHT * ROUND, AVERAGE_WEIGHTED)),
)
NORM = Combination(
    "norm",
    "together: the operator norm is at most K rho/alpha",
    (K * rho / alpha) ** 2 * ENERGY - MIXED_ENERGY,
    ((1, ROWS), (K * rho / alpha, COLUMNS)),
)
SQUARED = Summation(
    "squared geometric sum",
    "rho^2 + ... + rho^{2r} in closed form",
    SQUARED_WEIGHT,
    rho ** (2 * n + 2),
    n,
    0,
    stop,
    (rho**2 - rho ** (2 * stop + 2)) / (1 - rho**2),
)
LIMIT = Combination(
    "squares of a row",
    "a row's squares, K of each power, add up to at most K rho^2/(1 - rho^2)",
    K * rho**2 / (1 - rho**2) - K * SQUARED_WEIGHT,
    ((-K, SQUARED),),
)
SQUARES = Averaged(
    "squares", "averaged over t < T", LIMIT, ((SQUARED_WEIGHT, SQUARED_WEIGHTS / K),)
)

PROOF = Proof(
    name="across_rounds",
    title="norm and squares of weights that fall geometrically from round to round",
    steps=(
        GEOMETRIC,
        TOTAL,
        SQUARE,
        CAUCHY_SCHWARZ,
        ROW,
        ROWS,
        COLUMN,
        COLUMNS,
        NORM,
        SQUARED,
        LIMIT,
        SQUARES,
    ),
    proves=(NORM, SQUARES),
)
