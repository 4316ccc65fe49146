"""Compression around a method: reductions, the identities of error feedback, and bytes."""

import os
import subprocess
import sys
from dataclasses import dataclass
from itertools import product
from math import sqrt
from shutil import which

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from empirical.algorithms.averaging.decentralized_sgd import DecentralizedSGD
from empirical.algorithms.averaging.local_sgd import LocalSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.algorithms.overlap.overlap_local_sgd import OverlapLocalSGD
from empirical.algorithms.wrappers.compressed import Compressed
from empirical.components.error_feedback import Feedback
from empirical.compressor import message_bytes
from empirical.compressors.identity import Identity
from empirical.compressors.natural import Natural
from empirical.compressors.rand_k import RandK
from empirical.compressors.scaled_sign import ScaledSign
from empirical.compressors.top_k import TopK
from empirical.loop import Loop
from empirical.problems.synthetic.tilted import Tilted
from empirical.readings.distribute import distribute
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same
from empirical.transport import Stacked

BASES = (
    MinibatchSGD(local_steps=1, step_size=0.1),
    MinibatchSGD(local_steps=3, step_size=0.1),
    LocalSGD(local_steps=2, step_size=0.1),
    OverlapLocalSGD(local_steps=2, step_size=0.1, pullback=0.4, anchor_momentum=0.3),
)
every_base = pytest.mark.parametrize("base", BASES, ids=str)
every_feedback = pytest.mark.parametrize("feedback", Feedback)


@every_base
@every_feedback
@pytest.mark.parametrize("exact", [Identity(), TopK(kept=5), RandK(kept=5, unbiased_scaling=True)])
@pytest.mark.parametrize("down", [None, Identity()])
def test_exact_compressors_leave_the_method_within(base, feedback, exact, down):
    gradient, start = bent_gradient(3)
    method = Compressed(base=base, compressor=exact, feedback=feedback, down=down)
    found, plain = (drive(item, gradient, start, 14) for item in (method, base))
    same(found, plain, 14, "compressed by nothing")
    if not base.sends_points and feedback is not Feedback.DIFFERENCE:
        assert torch.equal(found, plain)


@dataclass(frozen=True, kw_only=True)
class AtOddTimes(LocalSGD):
    """Has a schedule of its own."""

    def due(self, state, steps_done):
        return (0,) if steps_done in (1, 4, 5) else ()


@pytest.mark.parametrize("down", [None, TopK(kept=5)])
def test_the_schedule_is_that_of_the_method_within(down):
    gradient, start = bent_gradient(9)
    base = AtOddTimes(local_steps=2, step_size=0.1)
    found = drive(Compressed(base=base, down=down), gradient, start, 8)
    same(found, drive(base, gradient, start, 8), 8, "schedule")
    loop = Loop(Compressed(base=base, down=down), Stacked(4), start)
    spread = []
    for _ in range(6):
        loop.step(gradient(loop.gradient_point))
        spread.append(bool((loop.state.base.x != loop.state.base.x[:, :1]).any()))
    assert spread == [False, True, True, False, False, True]


def dyadic(seed, steps, workers=4, size=6, scale=8):
    """Gradients that hang on the step only, on a grid on which every sum here is exact."""
    rng = torch.Generator().manual_seed(seed)
    table = torch.randint(-scale, scale + 1, (steps, 1, workers, size), generator=rng)
    return table.to(torch.float64)


def driven(method, table):
    """The loop after every step with the gradients of a table."""
    loop = Loop(method, Stacked(table.shape[-2]), torch.zeros(1, 1, table.shape[-1]).double())
    for gradient in table:
        loop.step(gradient)
        yield loop.state


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("down", [None, TopK(kept=1)])
@pytest.mark.parametrize("kind", [MinibatchSGD, LocalSGD])
def test_what_was_kept_and_what_arrived_is_all_that_was_sent(kind, down, workers):
    """E1, E2: x_t - eta (mean e_t + l_t) = x_0 - eta sum_s mean g_s, to the bit.

    The iterates of Local SGD are points, and so is what is kept of them: x_t + mean e_t + l_t.
    """
    eta, K = 0.25, 2
    table = dyadic(workers, 60, workers)
    method = Compressed(base=kind(local_steps=K, step_size=eta), compressor=TopK(kept=2), down=down)
    per_round = K if kind is MinibatchSGD else 1
    total = torch.zeros(1, 1, 6).double()
    for step, state in enumerate(driven(method, table), start=1):
        total = total + table[step - 1].mean(-2, keepdim=True) / per_round
        if step % K:
            continue
        left = state.kept.mean(-2, keepdim=True)
        left = left + state.downlink.left if down else left
        arrived = state.base.x[..., :1, :]
        factor = -eta if kind is MinibatchSGD else 1.0
        assert torch.equal(arrived + factor * left, -eta * total)
    assert float(left.abs().max()) > 0


def test_the_identity_holds_up_to_rounding_for_any_compressor():
    gradient, start = bent_gradient(5)
    for compressor in (ScaledSign(), Natural(), RandK(kept=2)):
        loop = Loop(
            Compressed(base=MinibatchSGD(local_steps=1, step_size=0.1), compressor=compressor),
            Stacked(4),
            start,
        )
        virtual = start.mean(-2, keepdim=True)
        for step in range(200):
            slope = gradient(loop.gradient_point)
            virtual = virtual - 0.1 * slope.mean(-2, keepdim=True)
            loop.step(slope)
            found = loop.state.base.x[..., :1, :] - 0.1 * loop.state.kept.mean(-2, keepdim=True)
            same(found, virtual, step + 1, str(compressor))


@every_base
def test_exact_compressors_keep_nothing(base):
    """E3: delta = 1 leaves no residual, not even rounding where gradients are sent."""
    gradient, start = bent_gradient(1)
    loop = Loop(Compressed(base=base, compressor=TopK(kept=9)), Stacked(4), start)
    for _ in range(9):
        loop.step(gradient(loop.gradient_point))
        assert bool((loop.state.kept == 0).all())


@given(kept=st.integers(1, 5), seed=st.integers(0, 99))
def test_the_residual_is_surely_bounded(kept, seed):
    """E4 for a deterministic compressor: |e_t| <= G sqrt(1 - delta) / (1 - sqrt(1 - delta))."""
    table = dyadic(seed, 80)
    table = table / table.norm(dim=-1, keepdim=True).clamp(min=1)  # G = 1
    compressor = TopK(kept=kept)
    lost = sqrt(1 - compressor.contraction(6))
    method = Compressed(base=MinibatchSGD(local_steps=1, step_size=0.1), compressor=compressor)
    largest = max(float(state.kept.norm(dim=-1).max()) for state in driven(method, table))
    assert largest <= lost / (1 - lost) * (1 + 1e-12)


def test_equal_gradients_take_more_than_a_quarter_of_the_sure_bound():
    """The bound is no empty one: with top-1 all but one coordinate grow."""
    table = torch.ones(400, 1, 1, 6).double() / sqrt(6)
    method = Compressed(base=MinibatchSGD(local_steps=1, step_size=1.0), compressor=TopK(kept=1))
    lost = sqrt(5 / 6)
    largest = max(float(state.kept.norm()) for state in driven(method, table))
    assert 0.25 * lost / (1 - lost) < largest <= lost / (1 - lost)


def test_the_expected_residual_is_bounded():
    """E4 for rand-k, over 60 seeds: E|e|^2 <= 4 (1 - delta) G^2 / delta^2."""
    compressor, steps = RandK(kept=2), 40
    table = dyadic(0, steps).expand(steps, 60, 4, 6)
    bound = float(table.square().sum(-1).max())
    method = Compressed(base=MinibatchSGD(local_steps=1, step_size=0.1), compressor=compressor)
    loop = Loop(method, Stacked(4), torch.zeros(60, 1, 6).double())
    delta = compressor.contraction(6)
    for gradient in table:
        loop.step(gradient)
        mean = float(loop.state.kept.square().sum(-1).mean(0).max())
        assert mean <= 4 * (1 - delta) * bound / delta**2


def top(vector, kept):
    """The definition, one vector of numpy at a time."""
    places = sorted(range(len(vector)), key=lambda i: (-abs(vector[i]), i))[:kept]
    found = np.zeros_like(vector)
    found[places] = vector[places]
    return found


def by_the_book(feedback, gradient, start, eta, kept, steps, down=None):
    """EF-SGD, EF21 and plain compressed SGD as papers print them, with or without a way down."""
    x = start[0, 0].numpy().copy()
    M = start.shape[-2]
    kept_by, server, points = np.zeros((M, len(x))), np.zeros_like(x), [x.copy()]
    known, told = np.zeros_like(x), np.zeros_like(x)
    for _ in range(steps):
        g = gradient(torch.from_numpy(x).expand(1, M, -1))[0].numpy()
        if feedback is Feedback.DIFFERENCE:
            kept_by = kept_by + np.array([top(g[m] - kept_by[m], kept) for m in range(M)])
            known = kept_by.mean(0)
            told = told + top(known - told, down) if down else known
            step = told
        else:
            p = g + kept_by if feedback is Feedback.ERROR else g
            sent = np.array([top(p[m], kept) for m in range(M)])
            kept_by = p - sent if feedback is Feedback.ERROR else kept_by
            step = sent.mean(0)
            if down:
                q = step + server
                step = top(q, down)
                server = q - step if feedback is Feedback.ERROR else server
        x = x - eta * step
        points.append(x.copy())
    return torch.from_numpy(np.stack(points))


@every_feedback
@pytest.mark.parametrize("down", [None, 3])
def test_it_is_the_method_of_the_papers(feedback, down):
    gradient, start = bent_gradient(8, batch=1)
    method = Compressed(
        base=MinibatchSGD(local_steps=1, step_size=0.1),
        compressor=TopK(kept=2),
        feedback=feedback,
        down=TopK(kept=down) if down else None,
    )
    found = drive(method, gradient, start, 30)[:, 0, 0]
    same(found, by_the_book(feedback, gradient, start, 0.1, 2, 30, down), 30, "by the book")


@dataclass(frozen=True)
class FirstHalf(Identity):
    """Keeps the same coordinates always: deterministic, homogeneous and additive."""

    def encode(self, vector, noise):
        return (vector * (torch.arange(vector.shape[-1]) < vector.shape[-1] // 2),)


def test_with_a_fixed_mask_both_kinds_of_feedback_are_the_same():
    """E7."""
    gradient, start = bent_gradient(2)
    methods = [
        Compressed(
            base=MinibatchSGD(local_steps=2, step_size=0.1),
            compressor=FirstHalf(),
            feedback=feedback,
        )
        for feedback in (Feedback.ERROR, Feedback.DIFFERENCE)
    ]
    one, other = (drive(method, gradient, start, 20) for method in methods)
    same(one, other, 20, "error feedback and EF21")


@given(kept=st.integers(1, 4), seed=st.integers(0, 99))
def test_what_all_know_follows_the_gradients(kept, seed):
    """E7: G+ <= (1 - theta) G + beta mean |grad f_i(x+) - grad f_i(x)|^2, in every step."""
    gradient, start = bent_gradient(seed, batch=1)
    compressor = TopK(kept=kept)
    delta = compressor.contraction(5)
    theta = 1 - sqrt(1 - delta)
    beta = (1 - delta) / theta
    method = Compressed(
        base=MinibatchSGD(local_steps=1, step_size=0.3),
        compressor=compressor,
        feedback=Feedback.DIFFERENCE,
    )
    loop = Loop(method, Stacked(4), start)
    before = None
    for _ in range(25):
        slope = gradient(loop.gradient_point)
        loop.step(slope)
        lag = float((loop.state.kept - slope).square().sum(-1).mean())
        if before is not None:
            moved = float((slope - before[0]).square().sum(-1).mean())
            assert lag <= (1 - theta) * before[1] + beta * moved + 1e-12
        before = slope, lag


def test_top_1_diverges_on_three_workers_unless_something_is_kept():
    """f_m = (a_m x)^2 + |x|^2 / 4 with a = (-3, 2, 2) turned: every worker's largest entry climbs.

    From x = (t, t, t) plain top-1 multiplies x by 1 + 11 eta / 6 in every step, exactly.
    """
    a = torch.tensor([[-3.0, 2, 2], [2, -3, 2], [2, 2, -3]], dtype=torch.float64)
    start = torch.ones(1, 3, 3, dtype=torch.float64)
    eta, steps = 0.01, 1200

    def gradient(x):
        return 2 * (a * x).sum(-1, keepdim=True) * a + x / 2

    ends = {}
    for feedback in Feedback:
        method = Compressed(
            base=MinibatchSGD(local_steps=1, step_size=eta),
            compressor=TopK(kept=1),
            feedback=feedback,
        )
        count = 50 if feedback is Feedback.NONE else steps
        ends[feedback] = float(drive(method, gradient, start, count)[-1].abs().max())
    assert ends[Feedback.NONE] == pytest.approx((1 + 11 * eta / 6) ** 50, rel=1e-12)
    assert ends[Feedback.ERROR] < 0.2
    assert ends[Feedback.DIFFERENCE] < 1e-5


def test_second_moments_compose_as_natural_compression_says():
    """E|D(mean C_m(g))|^2 = (1 + w_D) (1 + w_C / M) |g|^2 for rand-k in both directions."""
    draws, M, d = 4000, 4, 6
    up, down = (RandK(kept=k, unbiased_scaling=True) for k in (2, 3))
    method = Compressed(
        base=MinibatchSGD(local_steps=1, step_size=1.0),
        compressor=up,
        feedback=Feedback.NONE,
        down=down,
    )
    g = torch.tensor([1.0, -2.0, 0.5, 3.0, -1.0, 2.0], dtype=torch.float64)
    loop = Loop(method, Stacked(M), torch.zeros(draws, 1, d).double())
    loop.step(g.expand(draws, M, d))
    x = loop.state.base.x[:, 0]
    assert torch.equal(loop.state.base.x, x[:, None].expand(draws, M, d))
    squares = x.square().sum(-1)
    expected = (1 + down.compression_variance(d)) * (1 + up.compression_variance(d) / M)
    error = float(squares.std()) / sqrt(draws)
    assert abs(float(squares.mean()) - expected * float(g.square().sum())) <= 6 * error
    assert float((x.mean(0) + g).abs().max()) <= 6 * float(x.std(0).max()) / sqrt(draws)


def test_a_server_passes_on_what_was_heard_before_the_next_message_leaves():
    """Overlap with a mask on the way down, K = 1 and alpha = 1/2, by hand."""
    base = OverlapLocalSGD(local_steps=1, step_size=1.0, pullback=0.5)
    method = Compressed(base=base, down=FirstHalf(), feedback=Feedback.NONE)
    loop = Loop(method, Stacked(1), torch.zeros(1, 1, 2).double())
    slope = torch.full((1, 1, 2), -4.0).double()
    loop.step(slope)  # x = 4, pulled back to 2, sent; the anchor is still 0
    assert loop.state.base.x.flatten().tolist() == [2, 2]
    loop.step(slope)  # x = 6; the anchor hears (2, 2) and is told (2, 0); x = (6 + anchor) / 2
    assert loop.state.base.z.flatten().tolist() == [2, 0]
    assert loop.state.base.x.flatten().tolist() == [4, 3]
    before = loop.report()  # as if (4, 3), which is in flight, were passed on as it is
    assert before.flatten().tolist() == [4, 3]
    loop.finish()
    assert loop.state.downlink.waiting == 1
    assert torch.equal(loop.report(), before)


def test_what_is_sent_is_measured_from_what_all_know():
    """Far from the origin nothing is pulled to it: the same run, moved, and the same messages."""
    gradient, start = bent_gradient(4)
    for feedback in Feedback:
        method = Compressed(
            base=LocalSGD(local_steps=2, step_size=0.1), compressor=TopK(kept=1), feedback=feedback
        )
        there = drive(method, lambda x: gradient(x - 1000), start + 1000, 20) - 1000
        error = (there - drive(method, gradient, start, 20)).abs().max()
        assert float(error) <= 1e-10


def test_points_are_measured_from_where_the_method_is_moved():
    gradient, start = bent_gradient(6)
    goal = torch.full((2, 1, 5), 7.0).double()
    for feedback, down in product(Feedback, (None, TopK(kept=1))):
        method = Compressed(
            base=LocalSGD(local_steps=1, step_size=0.1),
            compressor=TopK(kept=1),
            feedback=feedback,
            down=down,
        )
        loop = Loop(method, Stacked(4), start)
        for _ in range(3):
            loop.step(gradient(loop.gradient_point))
        moved = method.moved(loop.state, goal)
        assert torch.equal(moved.base.x, goal.expand(2, 4, 5))
        assert torch.equal(moved.common, goal)
        draft, _ = method.post(moved)
        nothing_left = feedback is not Feedback.ERROR
        left = torch.zeros_like(loop.state.kept) if nothing_left else loop.state.kept
        assert torch.equal(draft.vector, left)


def test_one_worker_that_diverges_is_seen_by_all():
    method = Compressed(base=MinibatchSGD(local_steps=1, step_size=0.1), compressor=TopK(kept=1))
    loop = Loop(method, Stacked(3), torch.zeros(1, 1, 4).double())
    slope = torch.ones(1, 3, 4).double()
    slope[0, 1, 2] = torch.nan
    loop.step(slope)
    assert bool(loop.report().isnan().all())


def test_bases_that_cannot_be_compressed_are_refused():
    with pytest.raises(ValueError, match="base=DecentralizedSGD gossips"):
        Compressed(base=DecentralizedSGD(local_steps=1, step_size=0.1))
    inner = Compressed(base=MinibatchSGD(local_steps=1, step_size=0.1))
    with pytest.raises(ValueError, match="base=Compressed compresses its messages by itself"):
        Compressed(base=inner).init(torch.zeros(2, 3))
    both_ways = Compressed(base=MinibatchSGD(local_steps=1, step_size=0.1), down=Identity())
    with pytest.raises(ValueError, match="base=Compressed compresses its messages by itself"):
        Compressed(base=both_ways)
    with pytest.raises(ValueError, match="compressed needs local_steps"):
        Compressed(step_size=0.1)
    assert Compressed(local_steps=2, step_size=0.1).base == MinibatchSGD(
        local_steps=2, step_size=0.1
    )


@pytest.mark.ranks
@pytest.mark.parametrize("compressor", [TopK(kept=2), ScaledSign(), Natural(), RandK(kept=2)])
def test_bytes_are_those_of_the_formula(compressor):
    """Q8 on real ranks: 6 workers on 2 ranks, 5 rounds, 2 seeds; the way down costs nothing."""
    problem = Tilted(num_workers=6, size=9)
    method = Compressed(
        base=LocalSGD(local_steps=2, step_size=0.1), compressor=compressor, down=TopK(kept=3)
    )
    one = message_bytes(compressor, 9, torch.float64)
    for outcome in distribute(method, problem, num_ranks=2, num_rounds=5, seeds=(0, 1)):
        assert outcome.ledger.messages == 5
        assert outcome.ledger.wire_bytes == 5 * 2 * 3 * one
        assert outcome.ledger.received_bytes == 5 * 2 * 3 * one


ALONE_IN_A_NAMESPACE = """
import sys
from contextlib import closing
from pathlib import Path

import torch

from empirical.compressor import Draft
from empirical.compressors.natural import Natural
from empirical.runtime.launch import run_ranks
from empirical.runtime.process_group import Ranked
from empirical.kernels.random_streams import Noise


def loopback():
    rows = Path("/proc/net/dev").read_text().splitlines()
    [row] = [row for row in rows if row.strip().startswith("lo:")]
    return int(row.split(":")[1].split()[0])


def seen(place, rounds):
    with closing(Ranked(2)) as transport:
        vector = torch.ones(1, 1, 1_000_000) * (1 + place.rank)
        parcel = Draft(vector, Natural()).encoded(Noise(workers=transport.workers))
        transport.mean(torch.zeros(1, 1))
        before = loopback()
        transport.mean(torch.zeros(1, 1))
        for _ in range(rounds):
            transport.post(parcel).wait()
        transport.mean(torch.zeros(1, 1))
        return loopback() - before, rounds * parcel.num_bytes


if __name__ == "__main__":
    outcomes = run_ranks(seen, 2, 5)
    print(outcomes[0][0], sum(payload for _, payload in outcomes))
"""


@pytest.mark.ranks
def test_the_kernel_saw_as_many_bytes_as_were_counted(tmp_path):
    """Two gloo ranks alone with a loopback interface: payload plus at most 2 % of headers."""
    apart = ["unshare", "--map-root-user", "--net"]
    if which("unshare") is None or which("ip") is None:
        pytest.skip("needs the commands unshare and ip")
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        pytest.skip("network namespaces are not permitted here")
    script = tmp_path / "seen.py"
    script.write_text(ALONE_IN_A_NAMESPACE)
    command = f"ip link set lo up && exec {sys.executable} {script}"
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "GLOO_SOCKET_IFNAME": "lo",
    }
    done = subprocess.run(
        [*apart, "sh", "-c", command], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    kernel, counted = (int(word) for word in done.stdout.split())
    assert counted == 2 * 5 * message_bytes(Natural(), 10**6, torch.float32)
    assert counted <= kernel <= 1.02 * counted + 10_000
