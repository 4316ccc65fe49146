"""Laws that every compressor obeys.

A law is a plain function of a compressor and vectors (seeds, workers, d). It raises AssertionError
if the compressor breaks it, and NotApplicable, with the reason, if the law is not about such a
compressor or such vectors.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from empirical.compressor import Compressor, Draft
from empirical.kernels.random_streams import Noise
from empirical.testing.running import NotApplicable
from empirical.testing.wire_laws import encoded, noise_of, same_numbers
from theory.testing.requirement import require

_SURE = 6.0
"""Standard errors by which a mean over seeds may deviate: chance exceeds them almost never."""


def is_unbiased(compressor: Compressor, vector: Tensor, draws: int = 2000) -> None:
    """The mean of C(v) over many seeds is the vector (d,), within 6 standard errors.

    An entry may err so rarely that a sample of that size does not show it; the mean is given as
    much more leeway as such errors could amount to.
    """
    if not compressor.unbiased:
        raise NotApplicable("it does not claim to be unbiased")
    errors = _errors(compressor, vector, draws)
    spread = errors.std(0) * _SURE / draws**0.5
    unseen = errors.abs().max() * _SURE**2 / draws
    bias = errors.mean(0).abs()
    excess = float((bias - spread - unseen - _rounding(vector)).max())
    require(excess <= 0, f"the mean is off by {float(bias.max()):.3g}")


def variance_within_omega(compressor: Compressor, vector: Tensor, draws: int = 2000) -> None:
    """E|C(v) - v|^2 <= omega |v|^2 over many seeds, within 6 standard errors."""
    omega = compressor.compression_variance(len(vector))
    if omega is None:
        raise NotApplicable("it declares no variance")
    _at_most(_squared(_errors(compressor, vector, draws)), omega, vector)


def contracts_by_delta(compressor: Compressor, vector: Tensor, draws: int = 2000) -> None:
    """E|C(v) - v|^2 <= (1 - delta) |v|^2 over many seeds, within 6 standard errors."""
    delta = compressor.contraction(len(vector))
    if delta is None:
        raise NotApplicable("it declares no contraction")
    require(0 < delta <= 1, f"delta={delta} must lie in (0, 1]")
    count = draws if compressor.random else 2
    _at_most(_squared(_errors(compressor, vector, count)), 1 - delta, vector)


def errors_of_workers_average_out(
    compressor: Compressor, vector: Tensor, num_workers: int, draws: int = 1000
) -> None:
    """The variance of the mean of M workers is at most omega/M: they do not share their noise."""
    omega = compressor.compression_variance(len(vector))
    if omega is None or not compressor.random or not compressor.unbiased:
        raise NotApplicable("its error has no mean zero, or no variance is declared")
    errors = _errors(compressor, vector, draws, num_workers)
    alone = _squared(errors[:, 0]).mean()
    together = _squared(errors.mean(1))
    _at_most(together, omega / num_workers, vector)
    slack = _SURE * together.std() / draws**0.5 + 1e-12 * alone
    require(together.mean() <= 1.5 * alone / num_workers + slack, "workers share their noise")


def powers_of_two_pass_through(compressor: Compressor, vectors: Tensor, power: int) -> None:
    """C(2^k v; u) = 2^k C(v; u) to the bit, where nothing overflows or vanishes."""
    noise = noise_of(vectors)
    scaled = compressor(torch.ldexp(vectors, torch.tensor(power)), noise)
    same_numbers(
        scaled, torch.ldexp(compressor(vectors, noise), torch.tensor(power)), "scaled by 2^k"
    )


def any_scale_passes_through(compressor: Compressor, vectors: Tensor, scale: float) -> None:
    """C(s v; u) = s C(v; u) up to rounding: the compressor has no unit of its own."""
    if not compressor.homogeneous:
        raise NotApplicable("it rounds to a grid that does not scale")
    noise = noise_of(vectors)
    error = compressor(scale * vectors, noise) - scale * compressor(vectors, noise)
    largest = float((scale * vectors).abs().max())
    eps = torch.finfo(vectors.dtype).eps
    require(float(error.abs().max()) <= 64 * eps * largest * vectors.shape[-1], "a scale matters")


def is_odd(compressor: Compressor, vectors: Tensor) -> None:
    """C(-v; u) = -C(v; u) to the bit."""
    if bool((vectors == 0).any()):
        raise NotApplicable("zero is not its own negative to a compressor that gives it a sign")
    noise = noise_of(vectors)
    same_numbers(compressor(-vectors, noise), -compressor(vectors, noise), "of the negative")


def renumbering_passes_through(compressor: Compressor, vectors: Tensor, order: list[int]) -> None:
    """Renumbering the coordinates of v renumbers those of C(v), where all magnitudes differ."""
    if not compressor.coordinates_alike:
        raise NotApplicable("it treats coordinates by their place")
    if any(len(row.abs().unique()) < len(row) for row in vectors.flatten(0, -2)):
        raise NotApplicable("of equal magnitudes the first counts")
    there = compressor(vectors[..., order])
    error = (there - compressor(vectors)[..., order]).abs().max()
    eps = torch.finfo(vectors.dtype).eps
    require(float(error) <= 8 * eps * float(vectors.abs().max()), "renumbered coordinates")


def who_lives_together_does_not_matter(
    compressor: Compressor, vectors: Tensor, *, to_the_bit: bool = True
) -> None:
    """C(v) is the same whichever seeds and workers share the tensor with v.

    It does not depend on the memory layout or on a missing seed axis either.

    Args:
        compressor: the subject.
        vectors: (seeds, workers, d).
        to_the_bit: whether every bit must be the same, as it must for runs to be the same in every
            layout of workers. Sums of torch, such as torch.norm, depend on what shares a tensor in
            their last digits; kernels.ordered_sum has sums that do not. Without it results may
            differ by rounding.
    """
    alike = same_numbers if to_the_bit else _nearly_the_same
    together = encoded(compressor, vectors).own
    for seed in range(vectors.shape[0]):
        for worker in range(vectors.shape[1]):
            alone = vectors[seed : seed + 1, worker : worker + 1]
            noise = Noise((seed,), range(worker, worker + 1), (0, 0))
            found = Draft(alone, compressor).encoded(noise).own
            alike(found[0, 0], together[seed, worker], f"worker {worker} alone")
    spread = torch.stack([vectors, vectors], dim=-1)[..., 0]
    alike(encoded(compressor, spread).own, together, "not contiguous")
    single = Draft(vectors[0], compressor).encoded(noise_of(vectors[:1])).own
    alike(single, together[0], "without a seed axis")


def _nearly_the_same(found: Tensor, expected: Tensor, what: str) -> None:
    largest = max(float(expected.abs().max()), torch.finfo(expected.dtype).tiny)
    error = float((found - expected).abs().max())
    slack = 8 * torch.finfo(expected.dtype).eps * found.shape[-1]
    require(error <= slack * largest, f"{what}: {found} is not {expected}")


def nothing_outside_is_touched(compressor: Compressor, vectors: Tensor) -> None:
    """Neither the vectors nor the global random states change, and a second call gives the same."""
    before = vectors.clone()
    torch_state, numpy_state = torch.get_rng_state(), _numpy_state()
    first, second = (encoded(compressor, vectors) for _ in range(2))
    require(torch.equal(first.unpack(first.pack()), second.own), "a second call differs")
    same_numbers(vectors, before, "vectors that were given")
    require(torch.equal(torch.get_rng_state(), torch_state), "torch's random state")
    require(np.array_equal(_numpy_state(), numpy_state), "numpy's random state")


def noise_is_used_as_claimed(compressor: Compressor, vectors: Tensor) -> None:
    """C(v) changes with the seed and the step if the compressor is random, and else does not.

    Zeros leave nothing to chance, so they are replaced by numbers of the vectors' size. Of a few
    seeds and of a few steps one at least must give something else: a short vector may be the same
    for two of them.
    """
    dense = vectors.where(vectors != 0, 0.37 * vectors.abs().max().clamp(min=1))
    first = compressor(dense, noise_of(dense))
    for name in ("seed", "step"):
        reads = [compressor(dense, noise_of(dense, **{name: index})) for index in range(1, 17)]
        alike = [torch.equal(first, other) for other in reads]
        if not compressor.random:
            require(all(alike), "it is random after all")
        elif not torch.equal(first, dense):
            require(not all(alike), f"a {name} makes no difference")


def _numpy_state() -> np.ndarray:
    words: np.ndarray = np.random.get_state(legacy=False)["state"]["key"]  # noqa: NPY002  # must not move
    return words


def _errors(compressor: Compressor, vector: Tensor, draws: int, num_workers: int = 1) -> Tensor:
    """Returns C(v) - v in double precision: (draws, d), or (draws, workers, d) for several."""
    vectors = vector.expand(draws, num_workers, -1)
    errors = compressor(vectors, noise_of(vectors)).double() - vector.double()
    return errors[:, 0] if num_workers == 1 else errors


def _squared(errors: Tensor) -> Tensor:
    return errors.square().sum(-1)


def _at_most(squares: Tensor, factor: float, vector: Tensor) -> None:
    """Asserts that the mean of squared errors is at most a factor times |v|^2."""
    energy = float(vector.double().square().sum())
    mean, error = float(squares.mean()), float(squares.std()) / len(squares) ** 0.5
    rounding = 8 * torch.finfo(vector.dtype).eps * energy
    allowed = factor * energy + _SURE * error + rounding
    if not mean <= allowed:  # the message divides by the energy, which may be 0 where all is well
        found = f"{mean / energy:.4g} |v|^2" if energy else f"{mean:.4g}"
        raise AssertionError(f"E|C(v) - v|^2 = {found}, declared {factor:.4g} |v|^2")


def _rounding(vector: Tensor) -> float:
    return 8 * torch.finfo(vector.dtype).eps * float(vector.abs().max())
