r"""MEM-SGD: sparsified SGD with memory and decreasing step sizes, on strongly convex functions.

Setting: F L-smooth and mu-strongly convex; unbiased gradients with E|g|^2 <= G^2; a compressor with
    E|C(v) - v|^2 <= (1 - delta) |v|^2, delta = k/d for the k largest or k random coordinates.
Method: one machine; p_r = eta_r g_r + e_r, x_{r+1} = x_r - C(p_r), e_{r+1} = p_r - C(p_r), e_0 = 0,
    with eta_r = 8/(mu (a + r)). The step size is part of what is compressed, unlike in compressed.
Bounds: upper, explicit; E F - inf F at the mean of x_r, r < R, with weights (a + r)^2.
Source: stich2018sparsified, Theorem 2.4, its d/k written 1/delta. The condition on the shift a is
    printed without brackets in the copy that was read; they are placed as in ivkin2019sketched.
Limits: for delta = 1 the condition holds from some a <= alpha + 1 on; alpha = 5, a = 7/delta always
    satisfies it. The memory has E|e_r|^2 <= eta_r^2 G^2 4 alpha/((alpha - 4) delta^2).
"""

from theory.assumptions import Assumption
from theory.bound import Bound, Provenance, Source, Standing, Term
from theory.measures import Measure, Quantity, ReportPoint
from theory.notation import symbols
from theory.notation.letters import B, L, R, mu

delta, G, a, alpha = symbols("contraction", "gradient_bound", "step_shift", "memory_growth")

weights = R * a**2 + a * R * (R - 1) + R * (R - 1) * (2 * R - 1) / 6
"""S_R = sum_{r<R} (a + r)^2, at least R^3/3 where a >= 1."""

rho = 4 * alpha / ((alpha - 4) * (alpha + 1) ** 2)

STRONGLY_CONVEX = Bound(
    key="mem_sgd.strongly_convex",
    title="MEM-SGD, smooth and strongly convex",
    algorithm="mem_sgd",
    terms=(
        Term("second moment", 4 * R * (R + 2 * a) * G**2 / (mu * weights)),
        Term("optimisation", mu * a**3 * B**2 / (8 * weights)),
        Term(
            "memory",
            64 * R * (1 + 2 * L / mu) / (mu * weights) * 4 * alpha / (alpha - 4) * G**2 / delta**2,
        ),
    ),
    conditions=(((alpha + 1) / delta + rho) / (rho + 1) <= a,),
    assumptions=frozenset(
        {
            Assumption.SMOOTH,
            Assumption.STRONGLY_CONVEX,
            Assumption.UNBIASED,
            Assumption.BOUNDED_GRADIENTS,
            Assumption.CONTRACTION,
        }
    ),
    measure=Measure(Quantity.SUBOPTIMALITY, ReportPoint.WEIGHTED_AVERAGE),
    source=Source(
        key="stich2018sparsified",
        locator="Theorem 2.4",
        provenance=Provenance.READ,
        note="d/k = 1/delta, R steps; the condition grouped as in ivkin2019sketched",
    ),
    standing=Standing.TRANSCRIBED,
    increasing=("smoothness", "gradient_bound", "initial_distance"),
    decreasing=("num_rounds", "contraction", "memory_growth"),
)

BOUNDS = (STRONGLY_CONVEX,)
