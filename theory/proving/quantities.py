"""The quantities that the lemmas share, each a symbol whose name says what it is.

In the names, y_t is the virtual sequence that a theorem is about, h_t = mean_m grad f_m(x_m,t) is
the mean of the workers' exact gradients, and n_m,t is the noise of worker m. "mean" is over workers
and "avg" over all steps t < T of the run; a quantity with an index t is that of one step.
Expectations are understood. Letters that the names do not explain:

- a_s is a vector of step s, and u_s what is left of it once a weight has acted on it, its modulus
  taken out (proofs/theorem_g/lagged_weights.py); among noises, u_s is that of step s.
- c_s is the modulus of a weight of step s, w_ts and m_ts are the weights of step s in the deviation
  and in the lag of step t.
- f and q are norms of two families of weights, x and y the weighted sums of the a_s that they give.
- e_m is the memory of error feedback, q̄_r the error of rounding, averaged over workers.
"""

import sympy as sp

from theory.bounds.theorem_g import MixingNumbers
from theory.measures import Measure
from theory.notation import symbols
from theory.proving.certificates import scalar, vector

(alpha,) = symbols("pullback")

GENERIC = MixingNumbers(
    sp.Symbol("c", positive=True), *(scalar(name) for name in ("C_w", "N_w", "C_m", "N_m"))
)
"""c = eta_hat/eta and the four numbers of the weights as symbols; Theorem G is proved for these."""

GRADIENT = scalar("avg |grad F(y)|^2")
DIRECTION = scalar("avg |h|^2")
DISTANCE = scalar("avg mean |x_m - y|^2")
DEVIATION = scalar("avg mean |x_m - x̄|^2")
LAG = scalar("avg |x̄ - y|^2")
DISPERSION = scalar("avg mean |grad f_m(x_m) - h|^2")
SPREAD = scalar("avg mean |grad f_m(y) - grad F(y)|^2")

VALUE_T, VALUE_NEXT = sp.symbols("F(y_t) F(y_t+1)", real=True)
GRADIENT_T = scalar("|grad F(y_t)|^2")
DIRECTION_T = scalar("|h_t|^2")
DISTANCE_T = scalar("mean |x_m,t - y_t|^2")

SAMPLES = sp.Symbol("N", integer=True, positive=True)
NOISE_OF_MEAN = scalar("|n̄_t|^2")
NOISE_OF_DEVIATION = scalar("mean |n_m,t - n̄_t|^2")
ROUNDING_OF_MEAN = scalar("|q̄_r|^2")
SQUARED_SPACING = scalar("mean |g_m|^2/s^2")
RESIDUAL = scalar("avg mean |e_m|^2")

INCREMENT, INCREMENT_LIMIT = scalar("|u_s|^2"), scalar("v")
SQUARED_SUM, SUM_OF_SQUARES = scalar("|sum_s c_s u_s|^2"), scalar("sum_s c_s^2")

ENERGY = scalar("avg |a|^2")
MIXED_ENERGY = scalar("avg |sum_s w_ts a_s|^2")
SQUARED_WEIGHTS = scalar("avg sum_s w_ts^2")
FIRST_NORM, SECOND_NORM = scalar("f"), scalar("q")
FIRST_ENERGY, SECOND_ENERGY = scalar("avg |x|^2"), scalar("avg |y|^2")

WEIGHED, MIXED_STEP = vector("a_s"), vector("u_s")
LOST = scalar("c_0")
LATER, LATER_LIMIT = scalar("c_1 + ... + c_r"), scalar("S_1")
LATER_SQUARES, LATER_SQUARES_LIMIT = scalar("c_1^2 + ... + c_r^2"), scalar("S_2")
POWERS, SQUARED_POWERS = scalar("sum_{n<r} b^n"), scalar("sum_{n<r} b^{2n}")

STEPS = sp.Symbol("S", integer=True, positive=True)
EXCESS = scalar("F - inf F, averaged over steps or at the last")
EXCESS_T = scalar("F(x̄_t) - F(x*)")
OFFSET_T, OFFSET_NEXT = scalar("|x̄_t - x*|^2"), scalar("|x̄_t+1 - x*|^2")
DISTANCE_NEXT = scalar("mean |x_m,t+1 - x̄_t+1|^2 before any averaging")
CONTRACTED = scalar("mean |u_m - ū|^2")

MIXED_DISPERSION = scalar("avg mean |sum_s w_ts (grad f_m(x_m,s) - h_s)|^2")
MIXED_DIRECTION = scalar("avg |sum_s m_ts h_s|^2")
SQUARED_LAG_WEIGHTS = scalar("avg sum_s m_ts^2")

NORM, LAG_NORM = scalar("C_w^(1/2)"), scalar("C_m^(1/2)")
KEPT = sp.Symbol("p", positive=True)
SHARP = MixingNumbers(GENERIC.effective_step, NORM**2, GENERIC.N_w, LAG_NORM**2, GENERIC.N_m)
"""The numbers for which Theorem G* is proved, with KEPT in the place of 1 - q."""

SOURCES, GAIN, FED_BACK = scalar("a"), scalar("b"), scalar("h")

CAP = sp.Symbol("cap", positive=True)
FALLING, LINEAR, QUADRATIC, QUADRATIC_TOO = (scalar(name) for name in ("A", "B", "C", "C'"))


def measured(measure: Measure) -> sp.Symbol:
    """Returns the symbol of what a theorem bounds: the quantity of a measure at its report point.

    Proofs share it by name, so that a theorem can cite what a lemma shows of the same measure.
    """
    average = "avg " if measure.averaged else ""
    return scalar(f"{average}{measure.quantity.value} at {measure.report_point.name}")
