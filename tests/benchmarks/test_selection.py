"""Speed of selecting and packing ten million numbers on one core, as ratios within one run.

Run with: pytest tests/benchmarks --benchmark-only -s
"""

import time

import numpy as np
import pytest
import torch

from empirical.kernels.largest_entries import largest
from empirical.wire.bit_packing import pack, unpack

SIZE = 10_000_000


@pytest.fixture(scope="module")
def vector():
    rng = np.random.default_rng(0)
    return torch.from_numpy(rng.standard_normal(SIZE, dtype=np.float32))


def fastest(function, rounds=5):
    """Least seconds of some calls."""
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def told(benchmark, name, seconds, copy):
    ratio = benchmark.extra_info[f"{name} / copy"] = seconds / copy
    print(f"\n{name}: {1e3 * seconds:.1f} ms, {ratio:.1f} plain copies")


@pytest.fixture
def copy(vector):
    """Seconds of a plain copy, into memory that is there."""
    goal = torch.empty_like(vector)
    return fastest(lambda: goal.copy_(vector))


def test_one_in_a_hundred_is_selected_four_times_faster_than_by_topk(benchmark, vector, copy):
    count = SIZE // 100
    peer = fastest(lambda: vector.abs().topk(count, sorted=False), rounds=3)
    found = benchmark(largest, vector, count)
    ours = benchmark.stats["min"]
    told(benchmark, "torch.topk of magnitudes", peer, copy)
    told(benchmark, "largest", ours, copy)
    benchmark.extra_info["times faster"] = peer / ours
    print(f"{peer / ours:.1f} times faster than torch.topk")
    assert torch.equal(found, vector.abs().topk(count).indices.sort().values)
    assert peer / ours >= 4


def test_signs_are_packed_in_the_time_of_a_few_copies(benchmark, vector, copy):
    codes = (vector < 0).to(torch.uint8)
    packed = benchmark(pack, codes, 1)
    told(benchmark, "pack 1 bit", benchmark.stats["min"], copy)
    told(benchmark, "unpack 1 bit", fastest(lambda: unpack(packed, SIZE, 1)), copy)
    assert torch.equal(unpack(packed, SIZE, 1), codes)
    assert benchmark.stats["min"] <= 5 * copy


def test_four_bits_are_packed_in_the_time_of_a_few_copies(benchmark, copy):
    rng = np.random.default_rng(1)
    codes = torch.from_numpy(rng.integers(0, 16, SIZE, dtype=np.uint8))
    packed = benchmark(pack, codes, 4)
    told(benchmark, "pack 4 bits", benchmark.stats["min"], copy)
    told(benchmark, "unpack 4 bits", fastest(lambda: unpack(packed, SIZE, 4)), copy)
    assert torch.equal(unpack(packed, SIZE, 4), codes)
    assert benchmark.stats["min"] <= 8 * copy
