"""Inner rules with two coupled sequences: AC-SA, its multistage form, and the rule of FedAc.

All of them are one recursion with weights of their own. In the three sequences of the papers,

    md = w / b + (1 - 1/b) ag,   ag <- md - short g(md),   w <- (1 - 1/a) w + md / a - long g(md),

and without w, which is ag + b (md - ag), it is a step from md and a push along it:

    ag <- md - short g(md),   md <- ag + momentum (md - ag before) - push g(md).

The rules keep md as the iterate x, and ag, the aggregate, as their memory. A gradient is then taken
where every algorithm takes it, at x, though b may depend on the step size; and averaging x and ag
over workers averages w as well.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from empirical.components.inner_rule import InnerRule, InnerState, WeightDecay
from empirical.field_ranges import check_known, check_within
from theory.measures import ReportPoint


class Weights(NamedTuple):
    """What one step does with its gradient g at x and with x - ag.

    Attributes:
        short: step from x to the next aggregate, unit x^2/f.
        momentum: how much of x - ag the next x keeps, dimensionless.
        push: what the next x moves along -g beyond that aggregate, unit x^2/f.
    """

    short: float | Tensor
    momentum: float | Tensor
    push: float | Tensor


def coupled(
    *,
    pull: float | Tensor,
    here: float | Tensor,
    ahead: float | Tensor,
    long: float | Tensor,
    short: float | Tensor,
) -> Weights:
    """The weights of a step, from those of the three sequences.

    Args:
        pull: 1/a.
        here: b of this step, >= 1.
        ahead: b of the next step, >= 1.
        long: step of w, unit x^2/f.
        short: step from md to ag, unit x^2/f.
    """
    return Weights(short, (1 - pull) * (here - 1) / ahead, (long - short) / ahead)


class Accelerated(InnerRule):
    """A rule with an aggregate, which it reports; its memory is (ag, steps taken), or (ag,).

    The count is never restarted by an average, and all weights follow from it.
    """

    @property
    def steady(self) -> bool:
        """Whether all steps have the weights of the first; then none is counted."""
        return False

    @abstractmethod
    def weights(self, count: int, step_size: float | Tensor) -> Weights:
        """The weights of the count-th step, counted from 1."""

    def init(self, x: Tensor) -> InnerState:
        """The aggregate at x, and no step taken."""
        return (x,) if self.steady else (x, 0)

    def report(self, x: Tensor, inner: InnerState) -> Tensor:
        """Returns the aggregate sequence ag, of which the theorems speak."""
        aggregate = inner[0]
        assert isinstance(aggregate, Tensor)
        return aggregate

    def step(
        self, x: Tensor, gradient: Tensor, inner: InnerState, step_size: float | Tensor
    ) -> tuple[Tensor, InnerState]:
        """One step, with the gradient at x."""
        counted = [int(count) + 1 for count in inner[1:]]
        short, momentum, push = self.weights(counted[0] if counted else 1, step_size)
        aggregate = x - short * gradient
        return aggregate + momentum * (x - inner[0]) - push * gradient, (aggregate, *counted)


@dataclass(frozen=True)
class ACSA(Accelerated):
    r"""AC-SA without strong convexity, in Ghadimi and Lan's coding.

    With alpha_t = 2 / (t + 1) and gamma = 1 / step_size (unit f/x^2), t = 1, 2, ...:

        md = (1 - alpha_t) ag + alpha_t w,   w <- w - t/(2 gamma) g(md),
        ag <- alpha_t w + (1 - alpha_t) ag.

    The theorem wants gamma >= 2 L where there is noise, gamma >= L where there is none, and the
    number of steps known beforehand: the best gamma depends on it. Lan's own policy has
    (t + 1) in place of t in the step of w; no bound with these constants is known for it.

    Source: lan2012optimal and ghadimi2012optimal, as code and papers on them restate it.
    """

    def weights(self, count: int, step_size: float | Tensor) -> Weights:
        """Those of alpha_t and gamma_t = 4 gamma / (t (t + 1))."""
        return _plainly(count, step_size)


@dataclass(frozen=True)
class StronglyConvexACSA(Accelerated):
    r"""AC-SA of a strongly convex function in one stage, in Ghadimi and Lan's coding.

    With alpha_t = 2 / (t + 1), gamma_t = 4 / (t (t + 1) step_size), lambda the strong convexity,
    c_t = (1 - alpha_t)(lambda + gamma_t) / (gamma_t + (1 - alpha_t^2) lambda), and
    p_t = alpha_t lambda / (lambda + gamma_t):

        md = c_t ag + (1 - c_t) w,   w <- p_t md + (1 - p_t) w - alpha_t / (lambda + gamma_t) g(md),
        ag <- alpha_t w + (1 - alpha_t) ag.

    As strong_convexity tends to 0 it becomes ACSA.

    Attributes:
        strong_convexity: lambda, unit f/x^2, > 0.

    Raises:
        ValueError: the attribute is out of its range.

    Source: ghadimi2012optimal, as code restates it.
    """

    strong_convexity: float

    @property
    def keeps_to_scale(self) -> bool:
        """The strong convexity has a unit."""
        return False

    def __post_init__(self) -> None:
        check_known(self, "strong_convexity")

    def weights(self, count: int, step_size: float | Tensor) -> Weights:
        """Those of alpha_t, gamma_t and lambda."""
        alpha = 2 / (count + 1)
        curved = self.strong_convexity * step_size * count * (count + 1) / 4  # lambda / gamma_t
        long = step_size * count / 2 / (1 + curved)
        return coupled(
            pull=alpha * curved / (1 + curved),
            here=self._lead(count, step_size),
            ahead=self._lead(count + 1, step_size),
            long=long,
            short=alpha * long,
        )

    def _lead(self, count: int, step_size: float | Tensor) -> float | Tensor:
        """B of a step, 1 / (1 - c_t)."""
        alpha = 2 / (count + 1)
        curved = self.strong_convexity * step_size * count * (count + 1) / 4
        return (1 + (1 - alpha**2) * curved) / (alpha * (1 + (1 - alpha) * curved))


@dataclass(frozen=True)
class MultistageACSA(Accelerated):
    r"""AC-SA restarted in stages, each of which halves the gap of a strongly convex function.

    Stage k = 1, 2, ... runs ACSA from the aggregate that the one before it has left, for

        N_k = ceil(max{4 sqrt(2 L / mu), 64 s^2 / (3 mu Delta 2^-(k+1))}) steps with
        gamma_k = max{1 / step_size, sqrt(mu s^2 N_k (N_k + 1)(N_k + 2) / (12 Delta 2^-(k-1)))},

    and with step_size <= 1 / (2 L) it ends with E F - F* <= Delta 2^-k: the first term of

        2 gamma B^2 / (N (N + 1)) + (2 N + 1) s^2 / (6 gamma),   B^2 <= 2 Delta 2^-(k-1) / mu,

    and the terms of noise are a quarter of the gap before each.

    Attributes:
        strong_convexity: mu, unit f/x^2, > 0.
        smoothness: L, unit f/x^2, > 0.
        gradient_noise: s, of the gradient that a step is made with, unit f/x, >= 0: that of a mean
            over M K samples is sigma / sqrt(M K).
        initial_gap: Delta >= F(x_0) - F*, unit f, > 0.

    Raises:
        ValueError: an attribute is out of its range.

    Source: ghadimi2013optimal. Differs: the constants are those that the bound above asks for;
    theirs, as recalled, are 128 in place of 64 and 3 in place of 12.
    """

    strong_convexity: float
    smoothness: float
    gradient_noise: float
    initial_gap: float

    @property
    def keeps_to_scale(self) -> bool:
        """Whether the rule is free of units: it is not, since mu and L have units."""
        return False

    def __post_init__(self) -> None:
        check_known(self, "strong_convexity", "smoothness", "gradient_noise")
        check_within(self, "(0, inf)", "initial_gap")

    def length(self, stage: int) -> int:
        """N_k, steps of the k-th stage, counted from 1."""
        accelerated = 4 * math.sqrt(2 * self.smoothness / self.strong_convexity)
        goal = self.strong_convexity * self.initial_gap * 0.5 ** (stage + 1)
        return math.ceil(max(accelerated, 64 * self.gradient_noise**2 / (3 * goal)))

    def weights(self, count: int, step_size: float | Tensor) -> Weights:
        """Those of ACSA within a stage; its last step leaves x at the aggregate."""
        stage, place = self._place(count)
        step_size = _at_most(step_size, self._quiet_step_size(stage))
        within = _plainly(place, step_size)
        if place < self.length(stage):
            return within
        return Weights(within.short, 0.0, 0.0)

    def _place(self, count: int) -> tuple[int, int]:
        """The stage of a step and its place there, both counted from 1."""
        stage = 1
        while count > self.length(stage):
            count, stage = count - self.length(stage), stage + 1
        return stage, count

    def _quiet_step_size(self, stage: int) -> float:
        """The largest step size that the noise of a stage leaves."""
        if self.gradient_noise == 0:
            return math.inf
        steps, gap = self.length(stage), self.initial_gap * 0.5 ** (stage - 1)
        cubic = steps * (steps + 1) * (steps + 2)
        return math.sqrt(12 * gap / (self.strong_convexity * self.gradient_noise**2 * cubic))


def _plainly(count: int, step_size: float | Tensor) -> Weights:
    """AC-SA without strong convexity: 1/a = 0 and b = (t + 1) / 2."""
    lead, long = (count + 1) / 2, count / 2 * step_size
    return coupled(pull=0.0, here=lead, ahead=lead + 0.5, long=long, short=long / lead)


def _at_most(value: float | Tensor, bound: float) -> float | Tensor:
    return value.clamp(max=bound) if isinstance(value, Tensor) else min(value, bound)


def reported_by(rule: InnerRule, otherwise: ReportPoint) -> ReportPoint:
    """The report point of a method that reports what its rule does."""
    while isinstance(rule, WeightDecay):
        rule = rule.rule
    return ReportPoint.AGGREGATE if isinstance(rule, Accelerated) else otherwise
