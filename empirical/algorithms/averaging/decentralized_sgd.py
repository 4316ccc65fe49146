"""Decentralized SGD: workers step on their own and average with their neighbours every K steps.

Between communications:   x_m <- x_m - eta g_m                       (K times)
At a communication:       x_m <- sum_j W_mj x_j

With K = 1 this is D-PSGD in its adapt-then-combine form (OLDSGD with K = 1 is the printed one,
which mixes beside the step); on the complete graph it is Local SGD. With any K and any given
symmetric matrix it is Cooperative SGD without auxiliary variables; EASGD is the instance with
one. A general matrix over workers and auxiliary variables would have to know M; of the paper's
instances only generalised elastic averaging, gossip beside elastic pulls, is neither.

Source: lian2017dpsgd, Algorithm 1; wang2021cooperative, Algorithm 1. Differs from the former
in mixing after the step, not beside it.
"""

from dataclasses import dataclass

from empirical.algorithm import WorkerState
from empirical.algorithms.averaging.gossip import Gossip
from empirical.algorithms.averaging.local_averaging import LocalAveraging
from empirical.components.inner_rule import HeavyBall
from empirical.components.topology import Exponential


@dataclass(frozen=True, kw_only=True)
class DecentralizedSGD(Gossip[WorkerState], LocalAveraging):
    """Workers step on their own and average with their neighbours every K steps.

    Shapes:
        state.x (*batch, workers, d); message (*batch, workers, d).

    Source: lian2017dpsgd, Algorithm 1; the update rule stands at the top of this file.
    """


EXAMPLES = (
    DecentralizedSGD(local_steps=1, step_size=0.1),
    DecentralizedSGD(local_steps=3, step_size=0.05, topology=Exponential()),
    DecentralizedSGD(
        local_steps=2,
        step_size=0.05,
        topology=Exponential(one_peer=False),
        inner_rule=HeavyBall(0.5),
    ),
)
