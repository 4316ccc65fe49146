"""The table of reductions: pairs of theorems of the catalogue that are equal or ordered.

reductions.py defines a reduction; orderings.py holds those in which one bound is at most another.
"""

from theory.comparison.orderings import ORDERINGS
from theory.comparison.reductions import Reduction, at
from theory.notation import symbols
from theory.notation.letters import K, M, R

_G, _kept, _dimension, _slow = symbols("gradient_bound", "kept", "dimension", "slow_step_size")
_ONE_STEP = at(local_steps=1)
_ALONE = at(num_workers=1)
_AS_ROUNDS = at(local_steps=1, num_rounds=K * R)
_NO_COMPRESSION = at(compression_variance=0, down_compression_variance=0)

_EQUALITIES = (
    (
        "one step a round",
        _ONE_STEP,
        (
            ("local_sgd.nonconvex", "minibatch_sgd.nonconvex"),
            ("local_sgd.convex_homogeneous", "minibatch_sgd.convex"),
            ("local_sgd.convex_heterogeneous", "minibatch_sgd.convex"),
            ("local_sgd.quadratic", "minibatch_sgd.convex"),
            ("local_sgd.nonconvex_homogeneous.wang2021", "minibatch_sgd.nonconvex"),
            ("local_accelerated_sgd.quadratic", "accelerated_minibatch_sgd.convex"),
            ("local_sgd.nonconvex.sharp", "minibatch_sgd.nonconvex"),
            ("local_sgd.quadratic.order", "minibatch_sgd.convex.order"),
            ("local_accelerated_sgd.quadratic.order", "accelerated_minibatch_sgd.convex.order"),
            ("local_accelerated_sgd.quadratic.tuned", "accelerated_minibatch_sgd.convex.tuned"),
            (
                "local_accelerated_sgd.strongly_convex_quadratic.order",
                "accelerated_minibatch_sgd.strongly_convex.order",
            ),
            ("local_sgd.quadratic.tuned", "minibatch_sgd.convex.tuned"),
            ("local_sgd.convex_homogeneous.tuned", "minibatch_sgd.convex.tuned"),
            ("local_sgd.convex_heterogeneous.tuned", "minibatch_sgd.convex.tuned"),
        ),
    ),
    (
        "a batch of one",
        _ONE_STEP,
        (
            ("thumb_twiddling_sgd.convex", "minibatch_sgd.convex"),
            ("thumb_twiddling_sgd.convex.tuned", "minibatch_sgd.convex.tuned"),
            ("thumb_twiddling_sgd.convex.order", "minibatch_sgd.convex.order"),
        ),
    ),
    (
        "one worker",
        _ALONE,
        (
            ("local_accelerated_sgd.quadratic", "single_machine_ac_sa.convex"),
            ("local_sgd.quadratic", "single_machine_sgd.convex"),
            ("local_sgd.convex_homogeneous", "single_machine_sgd.convex"),
            ("local_sgd.quadratic.order", "single_machine_sgd.convex.order"),
            ("local_accelerated_sgd.quadratic.order", "single_machine_ac_sa.convex.order"),
            ("local_accelerated_sgd.quadratic.tuned", "single_machine_ac_sa.convex.tuned"),
            ("local_sgd.quadratic.tuned", "single_machine_sgd.convex.tuned"),
            ("local_sgd.convex_homogeneous.tuned", "single_machine_sgd.convex.tuned"),
        ),
    ),
    (
        "W averages all",
        at(mixing_rate=0),
        (
            ("decentralized_sgd.nonconvex", "local_sgd.nonconvex"),
            ("decentralized_sgd.nonconvex.koloskova2020", "local_sgd.nonconvex.koloskova2020"),
            ("oldsgd.nonconvex.tuned", "cocod_sgd.nonconvex.tuned"),
            ("oldsgd.nonconvex", "cocod_sgd.nonconvex"),
        ),
    ),
    (
        "no anchor momentum",
        at(anchor_momentum=0),
        (
            ("overlap_local_sgd.nonconvex.momentum", "overlap_local_sgd.nonconvex"),
            ("overlap_local_sgd.nonconvex.momentum.tuned", "overlap_local_sgd.nonconvex.tuned"),
        ),
    ),
    (
        "an outer step of one and no momentum",
        at(slow_step_size=1, slow_momentum=0),
        (
            ("slowmo.nonconvex.tuned", "local_sgd.nonconvex.tuned"),
            ("slowmo.nonconvex", "local_sgd.nonconvex"),
        ),
    ),
    (
        "an outer step of one and no momentum",
        at(outer_step_size=1, outer_momentum=0),
        (
            ("diloco.nonconvex.tuned", "local_sgd.nonconvex.tuned"),
            ("diloco.nonconvex", "local_sgd.nonconvex"),
        ),
    ),
    (
        "no auxiliary variables, W averages all",
        at(auxiliary_variables=0, mixing_rate=0),
        (
            (
                "cooperative_sgd.nonconvex_homogeneous.linear_speedup",
                "local_sgd.nonconvex_homogeneous.wang2021_linear_speedup",
            ),
            ("cooperative_sgd.nonconvex_homogeneous", "local_sgd.nonconvex_homogeneous.wang2021"),
        ),
    ),
    (
        "no rounding",
        at(level_spacing=0),
        (
            ("dq_sgd.nonconvex.as_read", "dq_sgd.nonconvex"),
            ("dq_sgd.strongly_convex.as_read", "dq_sgd.strongly_convex"),
            ("dq_sgd.nonconvex.tuned", "minibatch_sgd.nonconvex.tuned"),
        ),
    ),
    (
        "no change",
        (),
        (
            ("scaffold.convex.order", "minibatch_sgd.convex.order"),
            ("local_sgd.convex_homogeneous.single_machine", "single_machine_sgd.convex"),
        ),
    ),
    (
        "an outer step of one",
        at(slow_step_size=1),
        (("slowmo.nonconvex", "slowmo.nonconvex.bmuf"),),
    ),
    (
        "no outer momentum",
        at(slow_momentum=0),
        (("slowmo.nonconvex", "slowmo.nonconvex.lookahead"),),
    ),
    (
        "no auxiliary variables, W after every step",
        at(auxiliary_variables=0, local_steps=1),
        (
            (
                "cooperative_sgd.nonconvex_homogeneous",
                "decentralized_sgd.nonconvex_homogeneous.wang2021",
            ),
        ),
    ),
    (
        "nothing is compressed",
        _NO_COMPRESSION,
        (("compressed.nonconvex.unbiased.tuned", "minibatch_sgd.nonconvex.tuned"),),
    ),
)
"""Rows of a reason, special values for both, and the pairs of theorems that are equal there."""

REDUCTIONS = (
    *(
        Reduction(first, second, why, at=values)
        for why, values, pairs in _EQUALITIES
        for first, second in pairs
    ),
    Reduction(
        "local_sgd.nonconvex",
        "minibatch_sgd.nonconvex",
        "one worker takes K R steps",
        at=at(num_workers=1, heterogeneity=0),
        second_at=_AS_ROUNDS,
    ),
    Reduction(
        "local_sgd.nonconvex",
        "minibatch_sgd.nonconvex",
        "without noise and heterogeneity, gradient descent",
        at=at(gradient_noise=0, heterogeneity=0),
        second_at=_AS_ROUNDS,
    ),
    Reduction(
        "single_machine_sgd.convex",
        "minibatch_sgd.convex",
        "K R steps with batches of one",
        second_at=at(num_workers=1, local_steps=1, num_rounds=K * R),
    ),
    Reduction(
        "single_machine_ac_sa.convex",
        "accelerated_minibatch_sgd.convex",
        "K R steps with batches of one",
        second_at=at(num_workers=1, local_steps=1, num_rounds=K * R),
    ),
    Reduction(
        "diloco.nonconvex",
        "slowmo.nonconvex",
        "without momentum both outer rules are one",
        first_at=at(outer_momentum=0, outer_step_size=_slow),
        second_at=at(slow_momentum=0),
    ),
    Reduction(
        "easgd.nonconvex_homogeneous",
        "cooperative_sgd.nonconvex_homogeneous",
        "one auxiliary variable and the best elasticity, 2/(M + 2)",
        second_at=at(auxiliary_variables=1, mixing_rate=M / (M + 2)),
    ),
    Reduction(
        "compressed.nonconvex.error_feedback",
        "minibatch_sgd.nonconvex",
        "nothing is left out; the second moment takes the place of the variance",
        first_at=at(contraction=1),
        second_at=at(num_workers=1, local_steps=1, gradient_noise=_G),
    ),
    Reduction(
        "compressed.nonconvex.ef21",
        "minibatch_sgd.nonconvex",
        "exact gradients, nothing is left out, first estimates exact",
        first_at=at(estimate_error=0, contraction=1),
        second_at=at(gradient_noise=0),
    ),
    Reduction(
        "sketched_sgd.nonconvex",
        "compressed.nonconvex.error_feedback",
        "an exact sketch keeps the k heaviest of d coordinates",
        second_at=at(contraction=_kept / _dimension),
    ),
    *ORDERINGS,
)
"""All reductions between theorems of the catalogue."""


def between(one: str, other: str) -> list[str]:
    """Returns what is known about the relation of two theorems, one sentence for each reduction.

    Args:
        one: the key of the one theorem.
        other: the key of the other theorem.
    """
    found = [item for item in REDUCTIONS if {item.first, item.second} == {one, other}]
    return [f"{item}: {item.because}" for item in found]
