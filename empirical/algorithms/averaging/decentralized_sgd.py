"""Decentralized SGD: workers step on their own and average with their neighbours every K steps.

Update:
    x_m <- x_m - eta g_m                      between communications, K times
    x_m <- sum_j W_mj x_j                     at a communication

With K = 1 this is D-PSGD in its adapt-then-combine form, which mixes the iterates after the step;
the printed form of D-PSGD mixes them while the step is taken, which is OLDSGD with K = 1. On the
complete graph the method is Local SGD. With any K and any symmetric matrix, set by
topology=Given(...), it is Cooperative SGD without auxiliary variables; EASGD is the instance with
one auxiliary variable. Mixing matrices over workers and auxiliary variables in general are not
offered, since a method here does not know M. Of the instances in that paper only generalised
elastic averaging, which combines gossip with elastic pulls, is covered by neither file.

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
    """Decentralized SGD: K local steps, then an average of the iterates over the neighbours.

    Reduces to Local SGD on the complete graph.

    Shapes:
        state.x (*batch, workers, d); message (*batch, workers, d).

    Source: lian2017dpsgd, Algorithm 1; wang2021cooperative, Algorithm 1; the update rule stands at
    the top of this file.
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
