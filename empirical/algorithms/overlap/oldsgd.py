"""OLDSGD: gossip whose messages travel for a whole round, behind the next K steps.

Update:
    x_m <- x_m - eta g_m                          within a round, K times
    x_m <- sum_j W_mj s_j + (x_m - s_m)           at its end; then s_m <- x_m is sent

s_m is the iterate that worker m had when the round began. x̄_t moves as in Local SGD. On the
complete graph the method is CoCoD-SGD; with K = 1 it is D-PSGD as printed, where mixing runs at
the same time as the step.

Source: zhou2026oldsgd, its update rule; lian2017dpsgd, Algorithm 1, for K = 1.
"""

from dataclasses import dataclass

from empirical.algorithms.averaging.gossip import Gossip
from empirical.algorithms.overlap.delayed_averaging import (
    DelayedAveraging,
    DelayedByARound,
    DelayedState,
)
from empirical.components.inner_rule import HeavyBall
from empirical.components.topology import Complete, Exponential


@dataclass(frozen=True, kw_only=True)
class OLDSGD(DelayedByARound, Gossip[DelayedState], DelayedAveraging):
    """OLDSGD: gossip whose messages travel for a whole round, behind the next K steps.

    Reduces to CoCoD-SGD on the complete graph.

    Shapes:
        state.x, state.sent (*batch, workers, d); message (*batch, workers, d).

    Source: zhou2026oldsgd, its update rule, which stands at the top of this file.
    """


EXAMPLES = (
    OLDSGD(local_steps=3, step_size=0.05),
    OLDSGD(local_steps=2, step_size=0.05, topology=Exponential()),
    OLDSGD(local_steps=1, step_size=0.1, topology=Exponential(one_peer=False)),
    OLDSGD(local_steps=2, step_size=0.04, topology=Complete(), inner_rule=HeavyBall(0.5)),
)
