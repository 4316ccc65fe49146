from dataclasses import replace

import numpy as np
import pytest
import torch

from empirical.algorithms.compression.fetch_sgd import FetchSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.kernels.count_sketch import Sketch
from empirical.loop import Loop
from empirical.runtime.communication_cost import Counted
from empirical.runtime.launch import run_ranks
from empirical.runtime.process_group import Ranked
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same
from empirical.transport import Stacked

ALGORITHM = FetchSGD(local_steps=2, step_size=0.1, rows=3, columns=6, kept=2, momentum=0.6)
EXACT = replace(ALGORITHM, rows=1, columns=9, momentum=0.0)
"""On 9 coordinates nothing ever meets."""


def states(algorithm, gradient, start, num_rounds):
    loop = Loop(algorithm, Stacked(start.shape[-2]), start)
    for _ in range(num_rounds):
        for _ in range(algorithm.local_steps):
            loop.step(gradient(loop.gradient_point))
        yield loop.state


def matrix(algorithm, size):
    """The sketch of every basis vector, (d, r, c)."""
    sketch = Sketch(size, algorithm.rows, algorithm.columns, algorithm.sketch_seed)
    return sketch.accumulate(torch.eye(size, dtype=torch.float64)).numpy()


def in_the_papers_words(algorithm, gradient, start, num_rounds):
    """Algorithm 1 for one run on stacked workers (M, d): iterates and both tables."""
    x = start[0].numpy()
    sketch = matrix(algorithm, x.shape[1])
    u = np.zeros(sketch.shape[1:])
    e = np.zeros_like(u)
    for _ in range(num_rounds):
        slope = sum(gradient(torch.from_numpy(x)).numpy() for _ in range(algorithm.local_steps))
        u = algorithm.momentum * u + np.einsum(
            "d,drc->rc", slope.mean(0) / algorithm.local_steps, sketch
        )
        e = e + u
        estimates = np.median(np.einsum("drc,rc->dr", sketch, e), axis=1)
        places = np.argsort(-np.abs(estimates), kind="stable")[: algorithm.kept]
        used = np.zeros(x.shape[1])
        used[places] = estimates[places]
        if algorithm.masked:
            known = np.zeros(x.shape[1])
            known[places] = np.median(np.einsum("drc,rc->dr", sketch, u), axis=1)[places]
            u = u - np.einsum("d,drc->rc", known, sketch)
        e = e - np.einsum("d,drc->rc", used, sketch)
        x = x - algorithm.step_size * used
        yield x[0], u, e


@pytest.mark.parametrize("masked", [False, True])
def test_it_is_algorithm_1(masked):
    algorithm = replace(ALGORITHM, masked=masked)
    gradient, start = bent_gradient(3, workers=4, size=9)
    alone = lambda x: gradient(x[None].expand(2, -1, -1))[0]  # noqa: E731  # of one run
    found = states(algorithm, gradient, start, 25)
    expected = in_the_papers_words(algorithm, alone, start, 25)
    for state, (x, u, e) in zip(found, expected, strict=True):
        same(state.x[0, 0], torch.from_numpy(x), 60, "iterates")
        same(state.momentum[0, 0], torch.from_numpy(u).flatten(), 60, "momentum")
        same(state.residual[0, 0], torch.from_numpy(e).flatten(), 60, "residual")


def test_exact_tables_make_it_error_feedback_with_the_largest_of_the_mean():
    gradient, start = bent_gradient(5, size=9)
    x, left = start, torch.zeros_like(start[..., :1, :])
    for state in states(EXACT, gradient, start, 20):
        left = left + gradient(x).mean(-2, keepdim=True)
        used = left.abs().topk(2, dim=-1).indices
        update = torch.zeros_like(left).scatter(-1, used, left.gather(-1, used))
        x, left = x - 0.1 * update, left - update
        same(state.x, x, 40, "iterates")


@pytest.mark.parametrize("kept", [9, 50])
def test_all_coordinates_of_exact_tables_make_it_minibatch_sgd(kept):
    gradient, start = bent_gradient(4, size=9)
    plain = MinibatchSGD(local_steps=2, step_size=0.1)
    found = drive(replace(EXACT, kept=kept), gradient, start, 12)
    same(found, drive(plain, gradient, start, 12), 12, "iterates")


def test_masked_momentum_of_what_is_all_used_is_forgotten():
    gradient, start = bent_gradient(4, size=9)
    everything = replace(EXACT, kept=9, momentum=0.9, masked=True)
    plain = MinibatchSGD(local_steps=2, step_size=0.1)
    same(
        drive(everything, gradient, start, 12), drive(plain, gradient, start, 12), 12, "no momentum"
    )
    unmasked = drive(replace(everything, masked=False), gradient, start, 12)
    assert float((unmasked - drive(plain, gradient, start, 12)).abs().max()) > 0.01


@pytest.mark.parametrize("columns", [4, 7, 20])
def test_nothing_is_lost_between_rounds(columns):
    """S_e is the sketch of all that was added less all that was used, exact on whole numbers."""
    algorithm = FetchSGD(
        local_steps=1, step_size=1.0, rows=3, columns=columns, kept=3, momentum=0.0
    )
    rng = np.random.default_rng(0)
    slopes = torch.from_numpy(rng.integers(-64, 65, (50, 1, 4, 20))).double()
    loop = Loop(algorithm, Stacked(4), torch.zeros(1, 4, 20, dtype=torch.float64))
    sketch = Sketch(20, 3, columns)
    for step, slope in enumerate(slopes):
        loop.step(slope)
        added = slopes[: step + 1].sum(0).mean(-2)
        left = sketch.accumulate(added + loop.report().squeeze(-2)).flatten(-2)
        assert torch.equal(loop.state.residual.squeeze(-2), left)


def test_workers_keep_nothing_of_their_own_between_rounds():
    """They may be others in every round: renumbering them at random changes nothing."""
    _, start = bent_gradient(6, size=9)
    algorithm = replace(ALGORITHM, local_steps=1)
    loops = [Loop(algorithm, Stacked(start.shape[-2]), start) for _ in range(2)]
    for step in range(20):
        rng = torch.Generator().manual_seed(step)
        slopes = torch.randint(-64, 65, start.shape, generator=rng).double()
        order = torch.randperm(start.shape[-2], generator=rng)
        loops[0].step(slopes)
        loops[1].step(slopes[..., order, :])
        assert torch.equal(loops[0].report(), loops[1].report())


def test_divergence_is_data():
    """A bad gradient of one worker makes its run NaN, and no other."""
    gradient, start = bent_gradient(7, size=9)
    loop = Loop(ALGORITHM, Stacked(4), start)
    for step in range(6):
        slope = gradient(loop.gradient_point)
        if step == 2:
            slope[0, 1, 3] = torch.inf
        loop.step(slope)
    assert bool(loop.report()[0].isnan().all())
    assert torch.equal(loop.report()[1], drive(ALGORITHM, gradient, start, 6)[-1][1])


@pytest.mark.parametrize(("rows", "columns"), [(1, 6), (3, 5), (5, 4)])
def test_confusions_are_counted(rows, columns):
    """Pairs of blocks meet with chance 1/c a row; those within a block never do."""
    size, counted = 24, []
    for seed in range(200):
        algorithm = replace(ALGORITHM, rows=rows, columns=columns, sketch_seed=seed)
        buckets = matrix(algorithm, size) != 0  # (d, r, c)
        shared = np.einsum("irc,jrc->ij", buckets.astype(int), buckets.astype(int))
        counted.append(int((np.triu(shared, 1) > rows // 2).sum()))
    blocks = np.arange(size) // columns
    met = (blocks[:, None] < blocks[None, :]).sum() / (size * (size - 1) / 2)
    expected = algorithm.confusions(size) * met
    assert abs(np.mean(counted) - expected) <= 4 * np.std(counted) / 200**0.5


def test_tables_that_are_too_small_feed_on_themselves():
    """One gradient and then none: all of a bucket's six are used, and -5 times as much is left."""
    algorithm = FetchSGD(
        local_steps=1, step_size=1.0, rows=1, columns=2, kept=12, momentum=0.0, masked=False
    )
    loop = Loop(algorithm, Stacked(1), torch.zeros(1, 1, 12, dtype=torch.float64))
    slope = torch.arange(1.0, 13, dtype=torch.float64).view(1, 1, 12)
    sizes = []
    for step in range(5):
        loop.step(slope if step == 0 else torch.zeros_like(slope))
        sizes.append(float(loop.state.residual.abs().max()))
    np.testing.assert_allclose(np.divide(sizes[1:], sizes[:-1]), 5, rtol=1e-12)


def on_a_rank(place, algorithm, num_rounds):
    """Iterates of all local workers, the tables, and bytes."""
    transport, size = Counted(Ranked(4)), 3000
    loop = Loop(algorithm, transport, torch.zeros(2, 1, size, dtype=torch.float64))
    for step in range(num_rounds):
        rng = np.random.default_rng(step)
        slopes = torch.from_numpy(rng.standard_normal((2, 4, size)) ** 3)
        loop.step(slopes[:, list(transport.workers)] + 0.1 * loop.gradient_point)
    moved = (transport.ledger.wire_bytes, transport.ledger.received_bytes)
    return loop.state.x.numpy(), loop.state.residual.numpy(), moved


@pytest.mark.ranks
@pytest.mark.parametrize("num_ranks", [2, 4])
def test_all_ranks_step_alike_and_send_tables_alone(num_ranks):
    algorithm = replace(ALGORITHM, local_steps=1, rows=5, columns=100, kept=40)
    answers = run_ranks(on_a_rank, num_ranks, algorithm, 8, timeout=30)
    for x, residual, moved in answers:
        assert np.array_equal(x[:, 0], answers[0][0][:, 0])
        assert np.array_equal(residual, answers[0][1])
        assert moved[0] == 2 * 8 * 8 * 5 * 100


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"rows": 2}, "rows=2 must be odd"),
        ({"columns": 0}, "columns=0 must be >= 1"),
        ({"kept": 0}, "kept=0 must be"),
        ({"momentum": 1.0}, r"momentum=1 must be a number in \[0, 1\)"),
        ({"sketch_seed": -1}, "sketch_seed=-1 must be a whole number >= 0"),
    ],
)
def test_attributes_out_of_range_are_refused(attributes, message):
    with pytest.raises(ValueError, match=message):
        replace(ALGORITHM, **attributes)
