"""Pairs of theorems of which the first bound is at most the second, some at special values only.

testing/relation_laws.py checks each pair.
"""

from theory.comparison.reductions import Reduction, Relation, at
from theory.notation import symbols
from theory.notation.letters import zeta

(_sigma_star,) = symbols("noise_at_optimum")
_ONE_STEP = at(local_steps=1)
_NO_COMPRESSION = at(compression_variance=0, down_compression_variance=0)

_NO_MORE = (
    (
        "no drift",
        (),
        (
            ("minibatch_sgd.nonconvex.tuned", "local_sgd.nonconvex.tuned"),
            ("minibatch_sgd.nonconvex.tuned", "overlap_local_sgd.nonconvex.tuned"),
            ("minibatch_sgd.nonconvex.tuned", "cocod_sgd.nonconvex.tuned"),
            ("local_sgd.quadratic", "local_sgd.convex_homogeneous"),
        ),
    ),
    (
        "no drift, even with one step a round",
        _ONE_STEP,
        (
            ("minibatch_sgd.nonconvex", "cocod_sgd.nonconvex"),
            ("minibatch_sgd.convex", "local_sgd.convex_at_optimum"),
        ),
    ),
    (
        "W averages all, at once",
        (),
        (
            ("local_sgd.nonconvex", "cocod_sgd.nonconvex"),
            ("local_sgd.nonconvex", "decentralized_sgd.nonconvex"),
            ("local_sgd.nonconvex.tuned", "decentralized_sgd.nonconvex.tuned"),
            ("cocod_sgd.nonconvex", "oldsgd.nonconvex"),
            ("cocod_sgd.nonconvex.tuned", "oldsgd.nonconvex.tuned"),
        ),
    ),
    (
        "workers agree",
        (),
        (
            ("local_sgd.convex_homogeneous", "local_sgd.convex_heterogeneous"),
            ("cooperative_sgd.nonconvex_homogeneous", "cooperative_sgd.nonconvex"),
            ("any.nonconvex_homogeneous.lower", "any.nonconvex.lower"),
        ),
    ),
    (
        "smaller constants, same powers",
        (),
        (
            ("local_sgd.convex_homogeneous", "local_sgd.convex_homogeneous.khaled2020"),
            ("easgd.nonconvex_homogeneous", "easgd.nonconvex_homogeneous.as_printed"),
        ),
    ),
    (
        "nothing is compressed",
        _NO_COMPRESSION,
        (("compressed.nonconvex.unbiased", "minibatch_sgd.nonconvex"),),
    ),
    ("no rounding", at(level_spacing=0), (("dq_sgd.nonconvex", "minibatch_sgd.nonconvex"),)),
)
"""Rows of a reason, special values for both, and pairs whose first bound is at most the second."""

ORDERINGS = (
    *(
        Reduction(first, second, why, at=values, relation=Relation.AT_MOST)
        for why, values, pairs in _NO_MORE
        for first, second in pairs
    ),
    Reduction(
        "local_sgd.convex_at_optimum",
        "local_sgd.convex_at_optimum.khaled2020",
        "smaller constants; noise taken everywhere as at the optimum",
        first_at=at(gradient_noise=_sigma_star),
        relation=Relation.AT_MOST,
    ),
    Reduction(
        "local_sgd.nonconvex",
        "fednova.nonconvex",
        "equal steps of plain SGD; B = 1 makes the dissimilarity zeta",
        second_at=at(dissimilarity=zeta, dissimilarity_factor=1),
        relation=Relation.AT_MOST,
    ),
    Reduction(
        "local_sgd.nonconvex",
        "local_momentum_sgd.nonconvex",
        "no momentum",
        second_at=at(momentum=0),
        relation=Relation.AT_MOST,
    ),
)
"""All orderings; in each the first bound is at most the second at the special values."""
