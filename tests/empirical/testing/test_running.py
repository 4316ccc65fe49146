"""The kit on subjects that are right and once fell, and without Python's assertions."""

import subprocess
import sys
from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch

from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.components.inner_rule import AdamW
from empirical.compressor import Compressor
from empirical.compressors.rand_k import RandK
from empirical.compressors.top_k import TopK
from empirical.testing import algorithm_laws, compressor_laws
from empirical.testing.running import same
from empirical.wire.bit_packing import finite_from_bytes, to_bytes


def test_adam_stays_at_the_optimum():
    """eta/epsilon is 1e7 here, which amplified the last digit of a mean."""
    common = torch.randn(2, 1, 50, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    optimum = common.expand(2, 7, 50)  # the mean of seven equal numbers is not always that number
    algorithm = LocalSGD(local_steps=3, step_size=0.1, inner_rule=AdamW(epsilon=1e-8))
    algorithm_laws.the_optimum_is_a_fixed_point(algorithm, optimum, 20)


@dataclass(frozen=True)
class Drifting(LocalSGD):
    """Local SGD that moves on where no gradient is."""

    def local_step(self, state, gradient):
        moved = super().local_step(state, gradient)
        return moved._replace(x=moved.x + 1e-6)


def test_a_rule_that_leaves_the_optimum_is_seen():
    optimum = torch.ones(1, 2, 3, dtype=torch.float64)
    with pytest.raises(AssertionError, match="left the optimum"):
        algorithm_laws.the_optimum_is_a_fixed_point(
            Drifting(local_steps=1, step_size=0.1), optimum, 3
        )


def test_equality_is_that_of_the_coarser_format():
    left = torch.tensor([1.0, 2.0], dtype=torch.float32)
    same(left, left * (1 + 2e-7), 1, "one ulp of float32")
    with pytest.raises(AssertionError, match="more"):
        same(left, left * 1.001, 1, "more")
    with pytest.raises(AssertionError, match="more"):
        same(left.double(), left.double() * (1 + 2e-7), 1, "more")


@dataclass(frozen=True)
class NormSign(Compressor):
    """The signs times a norm that torch computes: right, but for bits that neighbours change."""

    code: ClassVar[int] = 200

    def encode(self, vector, noise):
        return (torch.linalg.vector_norm(vector, dim=-1, keepdim=True), torch.sign(vector))

    def decode(self, payload, size):
        norm, signs = payload
        return norm * signs / size**0.5

    def payload_bits(self, size, dtype):
        return 8 * dtype.itemsize * (size + 1)

    def write(self, payload):
        return torch.cat([to_bytes(part) for part in payload])

    def read(self, body, size, dtype):
        numbers = finite_from_bytes(body, size + 1, dtype)
        return numbers[:1], numbers[1:]


def test_bits_of_sums_may_be_left_out_of_what_is_demanded():
    vectors = torch.randn(3, 4, 20_001, generator=torch.Generator().manual_seed(1))
    law = compressor_laws.who_lives_together_does_not_matter
    law(NormSign(), vectors, to_the_bit=False)
    law(TopK(kept=3), vectors)


@pytest.mark.parametrize("size", [2, 100, 1000])
def test_noise_is_used_on_sparse_vectors(size):
    sparse = torch.zeros(1, 1, size)
    sparse[0, 0, 0] = 3.0
    compressor_laws.noise_is_used_as_claimed(RandK(kept=1), sparse)
    compressor_laws.noise_is_used_as_claimed(RandK(kept=1), torch.zeros(1, 1, size))
    with pytest.raises(AssertionError, match="it is random after all"):
        compressor_laws.noise_is_used_as_claimed(Claiming(kept=1), sparse)


class Claiming(RandK):
    """Random, and says that it is not."""

    random = False


def test_laws_check_without_assertions():
    """python -O leaves out every assert, and must not leave out a law."""
    code = """
import torch
from empirical.testing import compressor_laws
from empirical import RandK
class Claiming(RandK):
    random = False
try:
    compressor_laws.noise_is_used_as_claimed(Claiming(kept=1), torch.ones(1, 1, 50))
except AssertionError:
    print("seen")
"""
    done = subprocess.run(
        [sys.executable, "-O", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "seen"
