r"""The numbers that Theorem G needs, for every method that is known to be in its class.

A gradient acts with weight 1 on the later steps of its own round: a strictly lower triangular K x K
matrix of ones, whose Frobenius norm F = sqrt(K(K-1)/2) bounds its operator norm. Weights of size
c_n on all steps n >= 1 rounds later add K sum_n c_n to the norm and K sum_n c_n^2 to mean squares.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import sympy as sp

from theory.assumptions import Assumption
from theory.bound import Bound, Provenance, Source, Standing
from theory.bounds.theorem_g import ASSUMPTIONS, MixingNumbers, bound_from
from theory.measures import ReportPoint
from theory.notation import symbols
from theory.notation.letters import K, L

alpha, beta, rate, slow_step, slow_momentum, outer_step, outer_momentum = symbols(
    "pullback",
    "anchor_momentum",
    "mixing_rate",
    "slow_step_size",
    "slow_momentum",
    "outer_step_size",
    "outer_momentum",
)
_ZERO, _ONE = sp.Integer(0), sp.Integer(1)

WITHIN = sp.sqrt(K * (K - 1) / 2)
"""F, an upper bound on the norm of the weights 1 within a round."""

WITHIN_SQUARES = (K - 1) / 2
"""The mean over the steps of a round of the sum of these squared weights: (0 + ... + K-1) / K."""


@dataclass(frozen=True)
class MixingMethod:
    """A linear-mixing method with the numbers by which it enters Theorem G: a row of TABLE.

    Attributes:
        name: the name of the row, with which the keys of its bounds begin.
        title: the name of the method, as the titles of bounds write it.
        algorithm: file name of the algorithm.
        report_point: the virtual sequence y of the method.
        numbers: the numbers for Theorem G, valid for every M, K and R.
        cap: a step size up to which both conditions of Theorem G hold.
        fixes: fields of the algorithm that the numbers hold at one value, as (name, value).
        extra: assumptions beside those of Theorem G.
    """

    name: str
    title: str
    algorithm: str
    report_point: ReportPoint
    numbers: MixingNumbers
    cap: sp.Expr
    fixes: tuple[tuple[str, object], ...] = ()
    extra: frozenset[Assumption] = frozenset()

    def at(self, name: str, title: str, field: sp.Symbol, value: int) -> "MixingMethod":
        """Returns the special case of this method with one field of the algorithm at a value."""
        numbers = MixingNumbers(*(item.subs(field, value) for item in vars(self.numbers).values()))
        return replace(
            self,
            name=name,
            title=title,
            numbers=numbers,
            cap=self.cap.subs(field, value),
            fixes=(*self.fixes, (field.name, float(value))),
        )

    def bound(
        self,
        key: str,
        *,
        source: str,
        locator: str,
        note: str,
        proof: str | None = None,
        sharp: bool = False,
    ) -> Bound:
        """Returns the bound of Theorem G, or G*, for this method; PROVED if a proof is named."""
        return bound_from(
            self.numbers,
            key=key,
            title=f"{self.title}, smooth non-convex, heterogeneous{', sharp' if sharp else ''}",
            algorithm=self.algorithm,
            report_point=self.report_point,
            source=Source(source, locator, Provenance.DERIVED, note),
            standing=Standing.PROVED if proof else Standing.TRANSCRIBED,
            proof=proof,
            fixes=self.fixes,
            assumptions=ASSUMPTIONS | self.extra,
            sharp=sharp,
        )


def lagging(step: sp.Expr, lost: sp.Expr, norm: sp.Expr, squares: sp.Expr) -> MixingNumbers:
    """Returns the numbers of a method whose workers all start a round from one point.

    Its mean iterate lags behind the virtual sequence.

    Args:
        step: eta_hat / eta.
        lost: |1 - eta_hat/eta|, the lag weight within a round.
        norm: sum_n c_n over the lag weights of earlier rounds.
        squares: sum_n c_n^2.
    """
    return MixingNumbers(
        effective_step=step,
        C_w=K * (K - 1) / 2,
        N_w=WITHIN_SQUARES,
        C_m=(K * norm + lost * WITHIN) ** 2,
        N_m=K * squares + lost**2 * WITHIN_SQUARES,
    )


def deviating(norm: sp.Expr, squares: sp.Expr) -> MixingNumbers:
    """Returns the numbers of a method whose workers still differ at the start of a round.

    Its mean iterate moves as in Local SGD, and is the virtual sequence itself.

    Args:
        norm: sum_n c_n over the weights of earlier rounds.
        squares: sum_n c_n^2.
    """
    return MixingNumbers(
        effective_step=_ONE,
        C_w=(WITHIN + K * norm) ** 2,
        N_w=K * squares + WITHIN_SQUARES,
        C_m=_ZERO,
        N_m=_ZERO,
    )


LOCAL_SGD = MixingMethod(
    name="local_sgd",
    title="Local SGD",
    algorithm="local_sgd",
    report_point=ReportPoint.MEAN_ITERATE,
    numbers=MixingNumbers(_ONE, K * (K - 1) / 2, WITHIN_SQUARES, _ZERO, _ZERO),
    cap=1 / (2 * L * K),
)

_rho = 1 - alpha
# A deviation keeps the share rho = 1 - alpha at each pull-back: c_n = rho^n, summed over n >= 1.
_persisting = deviating(_rho / alpha, _rho**2 / (alpha * (2 - alpha)))
OVERLAP_LOCAL_SGD = MixingMethod(
    name="overlap_local_sgd",
    title="Overlap-Local-SGD",
    algorithm="overlap_local_sgd",
    report_point=ReportPoint.ANCHORED_MEAN,
    numbers=MixingNumbers(
        effective_step=_rho,
        C_w=_persisting.C_w,
        N_w=_persisting.N_w,
        C_m=alpha**2 * K * (K - 1) / 2,
        N_m=alpha**2 * WITHIN_SQUARES,
    ),
    cap=alpha / (3 * L * K),
    fixes=(("anchor_momentum", 0.0),),
)

KAPPA = _rho / (1 - alpha * beta)
"""eta_hat / eta of Overlap-Local-SGD with anchor momentum."""

MOMENTUM_LOST = alpha * (1 - beta) / (1 - alpha * beta)
"""1 - kappa, the lag weight of Overlap-Local-SGD with anchor momentum within a round."""

_fading = (1 - beta) * ((2 - alpha) ** 2 - beta)
MOMENTUM_NORM = KAPPA * sp.sqrt(alpha * beta * (2 - alpha + alpha * beta * (1 - beta)) / _fading)
r"""An upper bound on sum_n |delta_n|, with delta_n the lag weight n rounds later.

delta_n = (B^n)_11 - kappa, B the round map of (x̄, z, v), obeys delta_{n+2} = beta delta_{n+1} -
beta (1-alpha) delta_n. By Cauchy and Schwarz (sum |delta_n|)^2 <= sum beta^n sum beta^-n delta_n^2,
and both sums have a closed form. At alpha = 0.6, beta = 0.7 it exceeds the sum itself by 16%.
"""

MOMENTUM_SQUARES = (
    (KAPPA * alpha * beta) ** 2
    * (2 * (1 - alpha * beta) + beta * (2 - beta) * (1 - beta + alpha * beta))
    / ((1 - alpha * beta) * (1 + (2 - alpha) * beta) * (1 - (1 - alpha) * beta))
)
"""The exact value of sum_n delta_n^2, the squared lag weights of all later rounds."""

# Only the numbers of its lag are used: here deviations outlive a round, as without momentum.
_momentum = lagging(KAPPA, MOMENTUM_LOST, MOMENTUM_NORM, MOMENTUM_SQUARES)
OVERLAP_MOMENTUM = MixingMethod(
    name="overlap_local_sgd.momentum",
    title="Overlap-Local-SGD with anchor momentum",
    algorithm="overlap_local_sgd",
    report_point=ReportPoint.MOMENTUM_MEAN,
    numbers=MixingNumbers(
        KAPPA, _persisting.C_w, _persisting.N_w, C_m=_momentum.C_m, N_m=_momentum.N_m
    ),
    cap=alpha / (3 * L * K * (1 + alpha * MOMENTUM_NORM)),
)

COCOD_SGD = MixingMethod(
    name="cocod_sgd",
    title="CoCoD-SGD",
    algorithm="cocod_sgd",
    report_point=ReportPoint.MEAN_ITERATE,
    numbers=deviating(_ONE, _ONE),
    cap=1 / (5 * L * K),
)

# OLDSGD mixes what is a round old, c_n = zeta_W^(n-1); decentralized_sgd mixes at once, zeta_W^n.
_other = (1 - rate) * (1 + rate)
OLDSGD = MixingMethod(
    name="oldsgd",
    title="OLDSGD",
    algorithm="oldsgd",
    report_point=ReportPoint.MEAN_ITERATE,
    numbers=deviating(1 / (1 - rate), 1 / _other),
    cap=(1 - rate) / (5 * L * K),
    extra=frozenset({Assumption.SYMMETRIC_MIXING}),
)
DECENTRALIZED_SGD = MixingMethod(
    name="decentralized_sgd",
    title="Decentralized SGD",
    algorithm="decentralized_sgd",
    report_point=ReportPoint.MEAN_ITERATE,
    numbers=deviating(rate / (1 - rate), rate**2 / _other),
    cap=(1 - rate) / (3 * L * K),
    extra=frozenset({Assumption.SYMMETRIC_MIXING}),
)


def outer_momentum_method(
    name: str, title: str, step: sp.Expr, momentum: sp.Expr, first: sp.Expr
) -> MixingMethod:
    """Returns the row of a method that wraps Local SGD in an outer step with momentum.

    Args:
        name: the name of the row and of the algorithm.
        title: the name of the method, as the titles of bounds write it.
        step: the outer step size; with c = step / (1 - momentum), eta_hat = c eta.
        momentum: beta.
        first: the lag weight one round later, over c; n rounds later it is c first beta^(n-1).
    """
    effective = step / (1 - momentum)
    lost = sp.Abs(1 - momentum - step) / (1 - momentum)  # |1 - c|, with a real number inside
    norm = effective * first / (1 - momentum)
    squares = (effective * first) ** 2 / ((1 - momentum) * (1 + momentum))
    return MixingMethod(
        name=name,
        title=title,
        algorithm=name,
        report_point=ReportPoint.CONSERVED_MEAN,
        numbers=lagging(effective, lost, norm, squares),
        cap=1 / (2 * L * K * (effective + lost + norm)),
    )


SLOWMO = replace(
    outer_momentum_method(
        "slowmo", "SlowMo around Local SGD", slow_step, slow_momentum, slow_momentum
    ),
    fixes=(("exact_average", True),),
)
BMUF = SLOWMO.at("slowmo.bmuf", "BMUF", slow_step, 1)
LOOKAHEAD = SLOWMO.at("slowmo.lookahead", "Lookahead", slow_momentum, 0)
DILOCO = outer_momentum_method(
    "diloco", "DiLoCo with SGD steps inside", outer_step, outer_momentum, outer_momentum**2
)

TABLE: Mapping[str, MixingMethod] = MappingProxyType(
    {
        row.name: row
        for row in (
            LOCAL_SGD,
            OVERLAP_LOCAL_SGD,
            OVERLAP_MOMENTUM,
            COCOD_SGD,
            OLDSGD,
            DECENTRALIZED_SGD,
            SLOWMO,
            BMUF,
            LOOKAHEAD,
            DILOCO,
        )
    }
)
"""Every linear-mixing method by the name of its row."""
