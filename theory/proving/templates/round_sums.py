"""Sums over the steps j < K of a round in closed form: that of j and that of j^2."""

import sympy as sp

from theory.notation.letters import K
from theory.proving.certificates import scalar
from theory.proving.steps import Summation

j = sp.Symbol("j", integer=True, nonnegative=True)
COUNT, SQUARES = scalar("sum_{j<K} j"), scalar("sum_{j<K} j^2")
COUNTED = Summation("count", "0 + 1 + ... + (K-1) = K(K-1)/2", COUNT, j, j, 0, K, K * (K - 1) / 2)
SQUARED = Summation(
    "squares",
    "0 + 1 + ... + (K-1)^2 = K(K-1)(2K-1)/6",
    SQUARES,
    j**2,
    j,
    0,
    K,
    K * (K - 1) * (2 * K - 1) / 6,
)
