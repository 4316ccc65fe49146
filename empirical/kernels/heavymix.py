"""HEAVYMIX: the choice of k coordinates of a sketched vector, heavy ones and some at random."""

from __future__ import annotations

from math import sqrt

import numpy as np
import torch
from torch import Tensor

from empirical.kernels.largest_entries import largest


def heavymix(estimates: Tensor, norm: Tensor, kept: int, rng: np.random.Generator) -> Tensor:
    r"""Returns the k coordinates whose exact values are requested: (min(k, d),) int64, ascending.

    They are H = {i : |x^_i| >= l / sqrt(k)}; where H has more than k, the k largest estimates; and
    where it has fewer, H and as many of the rest as are missing, uniformly at random. With exact
    values there and zero elsewhere, E|x - x~|^2 <= (1 - k/d) |x|^2 for k <= d/2 if

        |x^_i - x_i| <= (sqrt(3) - sqrt(2)) / 2 |x| / sqrt(k) for all i,   l^2 >= (3/4) |x|^2:

    all of H then have x_i^2 >= |x|^2 / (2 k), and with h = |H| < k the mean energy left out is
    (d - k) / (d - h) (|x|^2 - |x_H|^2) <= (d - k) / (d - h) (1 - h / (2 k)) |x|^2.

    Args:
        estimates: x^, the estimates of x, finite, (d,).
        norm: l, an estimate of |x|.
        kept: k, >= 1.
        rng: source of raw bits, which are the same in every version of numpy; all ranks must use
            the same one, so that they request the same coordinates.

    Source: ivkin2019sketched, Algorithm 1, as read. Differs: magnitudes are compared, in units of
    x, not an estimate with l^2 / k. The cap at k and the two premises are added here, since with a
    norm within 1 +- 1/2 and squares within |x|^2 / (2 k) neither |H| <= k nor the bound on x_i
    follows.
    """
    size = len(estimates)
    if kept >= size:
        return torch.arange(size, device=estimates.device)
    heavy = estimates.abs() >= norm / sqrt(kept)
    found = heavy.nonzero().squeeze(-1)
    if len(found) >= kept:
        return largest(estimates, kept)
    missing = kept - len(found)
    others = _others(heavy.cpu().numpy(), missing, size - len(found), rng)
    return torch.cat([found, torch.from_numpy(others).to(found.device)]).sort().values


def _others(heavy: np.ndarray, count: int, light: int, rng: np.random.Generator) -> np.ndarray:
    """Returns a uniformly random subset of the places that are not heavy.

    There are `light` such places, and `count` of them are returned.
    """
    raw = rng.bit_generator.random_raw
    # Where half of the light places or more are wanted, rejection would draw many repeats.
    if 2 * count >= light:
        places = np.flatnonzero(~heavy)
        return places[np.argsort(raw(light), kind="stable")[:count]]
    drawn = np.empty(0, np.int64)
    while True:
        more = (raw(2 * count + 16) % np.uint64(len(heavy))).astype(np.int64)
        drawn = np.concatenate([drawn, more[~heavy[more]]])
        distinct, first = np.unique(drawn, return_index=True)
        if len(distinct) >= count:
            return distinct[np.argsort(first)[:count]]
