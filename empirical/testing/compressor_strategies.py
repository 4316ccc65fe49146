"""Hypothesis strategies for tests of compressors: vectors of every kind."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from theory.discovery import extra

with extra("testing"):
    from hypothesis import strategies as st

_KINDS = ("normal", "few values", "sparse", "one spike", "equal magnitudes")


def vector(kind: str, size: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    """Returns one vector (d,) of a kind; its entries are 0 or of magnitude 2^-4 to 2^4."""
    rng = np.random.default_rng((seed, size))
    normal = rng.standard_normal(size)
    sign = np.where(normal < 0, -1.0, 1.0)
    moderate = sign * np.clip(np.abs(normal), 2.0**-4, 4)
    drawn = {
        "normal": moderate,
        "few values": np.round(2 * normal) / 2,
        "sparse": np.where(rng.random(size) < 0.2, moderate, 0.0),
        "one spike": np.where(np.arange(size) == rng.integers(max(size, 1)), 3.0, 0.0),
        "equal magnitudes": 1.5 * sign,
    }
    return torch.from_numpy(drawn[kind]).to(dtype)


@st.composite
def vectors(
    draw: st.DrawFn,
    dtype: torch.dtype = torch.float64,
    max_size: int = 40,
    kinds: tuple[str, ...] = _KINDS,
) -> Tensor:
    """Draws vectors (seeds, workers, d), each of a kind drawn from those given."""
    seeds, workers = draw(st.integers(1, 2)), draw(st.integers(1, 3))
    size, first = draw(st.integers(1, max_size)), draw(st.integers(0, 10**6))
    rows = [
        vector(draw(st.sampled_from(kinds)), size, first + place, dtype)
        for place in range(seeds * workers)
    ]
    return torch.stack(rows).reshape(seeds, workers, size)
