from dataclasses import replace

import numpy as np
import pytest
import torch

from empirical.algorithms.compression.sketched_sgd import Recovery, SketchedSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.components.inner_rule import HeavyBall
from empirical.kernels.count_sketch import Sketch
from empirical.loop import Loop
from empirical.runtime.communication_cost import Counted
from empirical.runtime.launch import run_ranks
from empirical.runtime.process_group import Ranked
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same
from empirical.transport import Stacked
from theory.costs.sketch_size import sketch_size_for

ALGORITHM = SketchedSGD(
    local_steps=2, step_size=0.1, rows=3, columns=5, kept=2, candidates=2, momentum=0.6
)
HEAVY = replace(ALGORITHM, recovery=Recovery.HEAVYMIX)


def table_of(size, vector, algorithm, round_index):
    """The sketch and the median of its rows, by the matrix that it is."""
    sketch = Sketch(size, algorithm.rows, algorithm.columns, algorithm.sketch_seed, round_index)
    rows = sketch.accumulate(torch.eye(size, dtype=torch.float64)).numpy()  # (d, r, c)
    table = np.einsum("d,drc->rc", vector, rows)
    return np.median(np.einsum("drc,rc->dr", rows, table), axis=1)


def in_the_papers_words(algorithm, gradient, start, num_rounds, subtract_global=False):
    """Algorithm 3 for one run on stacked workers (M, d): iterates and residuals, round by round."""
    x = start[0].numpy()
    u, v = np.zeros_like(x), np.zeros_like(x)
    for round_index in range(num_rounds):
        slope = sum(gradient(torch.from_numpy(x)).numpy() for _ in range(algorithm.local_steps))
        u = algorithm.momentum * u + slope / algorithm.local_steps
        v = v + u
        estimates = table_of(x.shape[1], v.mean(0), algorithm, round_index)
        count = algorithm.candidates * algorithm.kept
        asked = np.sort(np.argsort(-np.abs(estimates), kind="stable")[:count])
        exact = v.mean(0)[asked]
        used = asked[np.argsort(-np.abs(exact), kind="stable")[: algorithm.kept]]
        update = np.zeros(x.shape[1])
        update[used] = v.mean(0)[used]
        x = x - algorithm.step_size * update
        u[:, used] = 0
        if subtract_global:
            v = v - update
        else:
            v[:, used] = 0
        yield x[0], v


def states(algorithm, gradient, start, num_rounds):
    loop = Loop(algorithm, Stacked(start.shape[-2]), start)
    for _ in range(num_rounds):
        for _ in range(algorithm.local_steps):
            loop.step(gradient(loop.gradient_point))
        yield loop.state


def test_it_is_algorithm_3():
    gradient, start = bent_gradient(3, workers=4, size=9)
    found = states(ALGORITHM, gradient, start, 30)
    alone = lambda x: gradient(x[None].expand(2, -1, -1))[0]  # noqa: E731  # of one run
    expected = in_the_papers_words(ALGORITHM, alone, start, 30)
    for state, (x, v) in zip(found, expected, strict=True):
        same(state.x[0, 0], torch.from_numpy(x), 60, "iterates")
        same(state.residual[0], torch.from_numpy(v), 60, "residuals")


def test_subtracting_the_mean_gives_the_same_means_but_residuals_that_grow():
    """Algorithm 2's residual, v_m - w, on workers that differ: only its mean is under control.

    On whole numbers, where nothing is rounded, iterates and means agree to the bit.
    """
    algorithm = replace(ALGORITHM, momentum=0.0, local_steps=1, step_size=0.5)
    rng = np.random.default_rng(0)
    slopes = rng.integers(-8, 9, (600, 4, 9)) + np.array([-15, -5, 5, 15])[:, None]
    start = torch.zeros(1, 4, 9, dtype=torch.float64)

    def played():
        steps = iter(torch.from_numpy(slopes).double())
        return lambda x: next(steps).expand(x.shape)

    ours = states(algorithm, played(), start, 600)
    other = in_the_papers_words(algorithm, played(), start, 600, subtract_global=True)
    sizes = []
    for state, (x, v) in zip(ours, other, strict=True):
        assert torch.equal(state.x[0, 0], torch.from_numpy(x))
        assert torch.equal(state.residual[0].mean(0), torch.from_numpy(v.mean(0)))
        sizes.append([float(state.residual.norm(dim=-1).max()), np.linalg.norm(v, axis=1).max()])
    zeroed, subtracted = np.array(sizes).T
    assert zeroed[300:].max() <= 1.5 * zeroed[:300].max()
    assert subtracted[599] > 1.9 * subtracted[299]
    assert subtracted[599] > 15 * zeroed.max()


@pytest.mark.parametrize("algorithm", [ALGORITHM, HEAVY], ids=["candidates", "heavymix"])
@pytest.mark.parametrize("kept", [9, 50])
def test_as_many_as_there_are_is_minibatch_sgd_whatever_the_momentum(algorithm, kept):
    gradient, start = bent_gradient(4, size=9)
    plain = MinibatchSGD(local_steps=2, step_size=0.1)
    found = drive(replace(algorithm, kept=kept), gradient, start, 12)
    assert torch.equal(found, drive(plain, gradient, start, 12))


def test_exact_tables_choose_the_largest_of_the_mean():
    """With c >= d it is error feedback with the true k largest."""
    gradient, start = bent_gradient(5, size=9)
    algorithm = replace(ALGORITHM, columns=9, rows=1, candidates=1, momentum=0.0)
    x, v = start, torch.zeros_like(start)
    for state in states(algorithm, gradient, start, 20):
        v = v + gradient(x)
        mean = v.mean(-2, keepdim=True)
        used = mean.abs().topk(2, dim=-1).indices
        update = torch.zeros_like(mean).scatter(-1, used, mean.gather(-1, used))
        x = x - 0.1 * update
        v = v.where(update == 0, 0.0)
        same(state.x, x, 40, "iterates")


@pytest.mark.parametrize("recovery", Recovery)
@pytest.mark.parametrize("fresh", [True, False])
def test_nothing_is_lost_between_rounds(recovery, fresh):
    """X_t - x_0 = -eta (sum of mean gradients - mean residual), exact on whole numbers."""
    algorithm = SketchedSGD(
        local_steps=1,
        step_size=0.5,
        rows=3,
        columns=4,
        kept=3,
        recovery=recovery,
        fresh=fresh,
        candidates=2,
    )
    rng = np.random.default_rng(0)
    slopes = torch.from_numpy(rng.integers(-64, 65, (50, 1, 4, 20))).double()
    loop = Loop(algorithm, Stacked(4), torch.zeros(1, 4, 20, dtype=torch.float64))
    for step, slope in enumerate(slopes):
        loop.step(slope)
        total = slopes[: step + 1].sum(0).mean(-2)
        left = loop.state.residual.mean(-2)
        assert torch.equal(loop.report().squeeze(-2), -0.5 * (total - left))
        asked = loop.state.asked
        assert asked.shape == (1, 1, 6 if recovery is Recovery.CANDIDATES else 3)
        assert bool((asked.diff(dim=-1) > 0).all())
        assert loop.state.round == step + 1


def test_hashes_are_fresh_if_asked_for():
    gradient, start = bent_gradient(6, size=30)
    draws = {}
    for fresh in (True, False):
        algorithm = replace(ALGORITHM, fresh=fresh, local_steps=1)
        draws[fresh] = [algorithm._sketch(s).draw for s in states(algorithm, gradient, start, 3)]
    assert draws == {True: [1, 2, 3], False: [0, 0, 0]}


def test_heavymix_contracts_on_average_over_its_random_places():
    """One round from v = 0 with exact tables: E|v - v~|^2 <= (1 - k/d) |v|^2, seeds as draws."""
    size, kept = 12, 4
    start = torch.zeros(1, 2, size, dtype=torch.float64)
    slope = torch.linspace(0.5, 2, size, dtype=torch.float64).expand(1, 2, size)
    left = []
    for seed in range(400):
        algorithm = replace(HEAVY, rows=1, columns=size, kept=kept, local_steps=1, sketch_seed=seed)
        state = algorithm.local_step(algorithm.init(start), slope)
        for exchange in algorithm.exchanges:
            message, state = exchange.post(state)
            state = exchange.absorb(state, message.mean(-2, keepdim=True))
        assert int((state.residual[0, 0] == 0).sum()) == kept
        left.append(float(state.residual[0, 0].square().sum()))
    allowed = (1 - kept / size) * float(slope[0, 0].square().sum())
    assert np.mean(left) <= allowed + 6 * np.std(left) / 20


def test_divergence_is_data():
    """A bad gradient of one worker makes its run NaN everywhere, and no other."""
    gradient, start = bent_gradient(7, size=9)
    for algorithm in (ALGORITHM, HEAVY):
        loop = Loop(algorithm, Stacked(4), start)
        for step in range(6):
            slope = gradient(loop.gradient_point)
            if step == 2:
                slope[0, 1, 3] = torch.inf
            loop.step(slope)
        assert bool(loop.report()[0].isnan().all())
        alone = drive(algorithm, gradient, start, 6)
        assert torch.equal(loop.report()[1], alone[-1][1])


def test_an_inner_rule_takes_the_update_as_its_gradient():
    gradient, start = bent_gradient(8, size=9)
    everything = replace(ALGORITHM, kept=9, inner_rule=HeavyBall(0.7))
    plain = MinibatchSGD(local_steps=2, step_size=0.1, inner_rule=HeavyBall(0.7))
    same(drive(everything, gradient, start, 20), drive(plain, gradient, start, 20), 20, "momentum")


PAPER = SketchedSGD(local_steps=1, step_size=0.1, rows=5, columns=200_000, kept=50_000)
"""On 6.5 million parameters, four candidates each."""


def test_compression_is_counted_as_in_the_paper_and_with_indices():
    size = 6_500_000
    assert PAPER.numbers_sent(size) == 1_000_000 + 200_000
    assert PAPER.compression(size) == 2 * size / 1_250_000
    bits = 23  # of 6.5e6 places
    total = 32 * 1_250_000 + bits * 250_000
    assert PAPER.compression_with_indices(size) == pytest.approx(64 * size / total, rel=1e-12)
    coded = PAPER.compression_with_indices(size, entropy_coded=True)
    assert PAPER.compression_with_indices(size) < coded < PAPER.compression(size)


@pytest.mark.parametrize(
    ("size", "kept", "bits"), [(6_500_000, 50_000, 8.5), (90_000_000, 100_000, 11.3)]
)
def test_entropy_of_the_places(size, kept, bits):
    algorithm = replace(PAPER, kept=kept, candidates=1, rows=1, columns=1)
    counted = 64 * size / algorithm.compression_with_indices(size, entropy_coded=True)
    numbers = 64 * size / algorithm.compression(size) / 2
    assert (counted - 2 * numbers) / (2 * kept) == pytest.approx(bits, abs=0.05)


def test_what_is_certified():
    heavy = replace(PAPER, recovery=Recovery.HEAVYMIX)
    assert not PAPER.certified(6_500_000)
    assert not heavy.certified(6_500_000)
    assert heavy.recovery_failure(6_500_000) == 1
    enough = sketch_size_for(10**7, 20, 0.01)
    few = replace(heavy, rows=enough.rows, columns=enough.columns, kept=20)
    assert 0 < few.recovery_failure(10**7) <= 0.01
    assert few.certified(10**7)
    assert not few.certified(10**7, num_rounds=2)
    fixed = replace(few, fresh=False)
    assert fixed.certified(10**7)  # a first round is independent of its hashes
    assert not fixed.certified(10**7, num_rounds=2, failure=0.99)
    assert not replace(few, recovery=Recovery.CANDIDATES).certified(10**7)
    exact = replace(PAPER, columns=1000, kept=600, fresh=False)
    assert exact.certified(1000, num_rounds=10**9)
    assert not replace(exact, recovery=Recovery.HEAVYMIX).certified(1000)
    assert replace(exact, recovery=Recovery.HEAVYMIX).certified(600)


def on_a_rank(place, algorithms, num_rounds):
    """Of each: places asked for, round by round, iterates of all local workers, and bytes."""
    found, size = [], 3000
    for algorithm in algorithms:
        transport = Counted(Ranked(4))
        loop = Loop(algorithm, transport, torch.zeros(2, 1, size, dtype=torch.float64))
        asked = []
        for step in range(num_rounds):
            rng = np.random.default_rng(step)
            slopes = torch.from_numpy(rng.standard_normal((2, 4, size)) ** 3)
            loop.step(slopes[:, list(transport.workers)] + 0.1 * loop.gradient_point)
            asked.append(loop.state.asked.numpy().copy())
        ledger = transport.ledger
        moved = (ledger.wire_bytes, ledger.received_bytes)
        found.append((np.stack(asked), loop.state.x.numpy(), moved))
    return found


@pytest.mark.ranks
@pytest.mark.parametrize("num_ranks", [2, 4])
def test_all_ranks_ask_for_the_same_and_send_what_is_counted(num_ranks):
    algorithms = [
        SketchedSGD(
            local_steps=1, step_size=0.1, rows=5, columns=100, kept=40, recovery=each, momentum=0.5
        )
        for each in Recovery
    ]
    for answers in zip(*run_ranks(on_a_rank, num_ranks, algorithms, 8, timeout=30), strict=True):
        algorithm = algorithms.pop(0)
        for asked, x, moved in answers:
            assert np.array_equal(asked, answers[0][0])
            assert np.array_equal(x[:, 0], answers[0][1][:, 0])
            assert moved == (2 * 8 * 8 * algorithm.numbers_sent(3000),) * 2


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"rows": 2}, "rows=2 must be odd"),
        ({"columns": 0}, "columns=0 must be >= 1"),
        ({"kept": 0}, "kept=0 must be"),
        ({"candidates": 0}, "candidates=0 must be"),
        ({"momentum": 1.0}, r"momentum=1 must be a number in \[0, 1\)"),
        ({"sketch_seed": -1}, "sketch_seed=-1 must be a whole number >= 0"),
    ],
)
def test_attributes_out_of_range_are_refused(attributes, message):
    with pytest.raises(ValueError, match=message):
        replace(ALGORITHM, **attributes)
