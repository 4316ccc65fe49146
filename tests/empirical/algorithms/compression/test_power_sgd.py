from dataclasses import replace

import numpy as np
import pytest
import torch

from empirical.algorithms.compression.power_sgd import PowerSGD
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.loop import Loop
from empirical.runtime.communication_cost import Counted
from empirical.runtime.launch import run_ranks
from empirical.runtime.process_group import Ranked
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same
from empirical.transport import Stacked

ALGORITHM = PowerSGD(local_steps=2, step_size=0.1, rank=1)
"""On 9 coordinates: a matrix of 3 by 3."""


def states(algorithm, gradient, start, num_rounds):
    loop = Loop(algorithm, Stacked(start.shape[-2]), start)
    yield loop.state
    for _ in range(num_rounds):
        for _ in range(algorithm.local_steps):
            loop.step(gradient(loop.gradient_point))
        yield loop.state


def in_the_papers_words(x, q, gradient, algorithm, num_rounds, sent_from_afar=False):
    """One run on stacked workers (M, 9) with Gram-Schmidt on one column: points and residuals."""
    e = np.zeros_like(x)
    for _ in range(num_rounds):
        slopes = [gradient(torch.from_numpy(x)).numpy() for _ in range(algorithm.local_steps)]
        a = (e + np.mean(slopes, axis=0)).reshape(-1, 3, 3)
        p = np.mean([each @ q for each in a], axis=0)
        p = p / np.linalg.norm(p)
        factors = [each.T @ p for each in a]
        q = np.mean(factors, axis=0)
        update = np.outer(p, q)
        kept = [np.outer(p, factor) for factor in factors]
        e = np.stack(
            [each - (update if sent_from_afar else k) for each, k in zip(a, kept, strict=True)]
        )
        e = e.reshape(x.shape)
        x = x - algorithm.step_size * update.flatten()
        yield x[0], e


def test_it_is_the_papers_algorithm_with_local_residuals():
    gradient, start = bent_gradient(3, size=9, batch=1)
    first, *found = states(ALGORITHM, gradient, start, 25)
    q = first.right[0, 0].numpy()
    expected = in_the_papers_words(
        start[0].numpy(), q, lambda x: gradient(x[None])[0], ALGORITHM, 25
    )
    for state, (x, e) in zip(found, expected, strict=True):
        same(state.x[0, 0], torch.from_numpy(x), 100, "iterates")
        same(state.residual[0], torch.from_numpy(e), 100, "residuals")


def test_residuals_from_the_common_update_have_the_same_means_and_grow():
    """What a worker keeps beside its own projection is never longer than what it had."""
    pull = 5 * np.linspace(-1, 1, 36).reshape(4, 9)
    rng = np.random.default_rng(0)
    slopes = rng.standard_normal((400, 4, 9)) + pull - pull.mean(0)
    algorithm = replace(ALGORITHM, local_steps=1)
    start = torch.zeros(1, 4, 9, dtype=torch.float64)

    def played():
        steps = iter(torch.from_numpy(slopes))
        return lambda x: next(steps).expand(x.shape)

    first, *ours = states(algorithm, played(), start, 400)
    words = (start[0].numpy(), first.right[0, 0].numpy())
    afar = in_the_papers_words(*words, played(), algorithm, 400, sent_from_afar=True)
    sizes = []
    for count, (state, (x, e)) in enumerate(zip(ours, afar, strict=True)):
        if count < 100:  # later the rounding of what has grown comes through
            assert float((state.x[0, 0] - torch.from_numpy(x)).abs().max()) <= 1e-8
            apart = state.residual[0].mean(0) - torch.from_numpy(e.mean(0))
            assert float(apart.abs().max()) <= 1e-8
        sizes.append((float(state.residual.norm()), np.linalg.norm(e)))
    kept, grown = np.array(sizes).T
    assert kept[200:].max() <= 1.5 * kept[:200].max()
    assert grown[399] > 1.9 * grown[199]
    assert grown[399] > 5 * kept.max()


@pytest.mark.parametrize("warm_start", [True, False])
def test_what_is_used_is_the_projection_of_the_mean(warm_start):
    """As if one worker had the mean of all: Pythagoras, low rank, and the mean of residuals."""
    gradient, start = bent_gradient(5, size=20)
    algorithm = PowerSGD(local_steps=1, step_size=1.0, rank=2, warm_start=warm_start)
    before, *after = states(algorithm, gradient, start, 12)
    for state in after:
        had = (before.residual + gradient(before.x)).mean(-2)
        used = (before.x - state.x)[..., 0, :]
        same(had - used, state.residual.mean(-2), 12, "mean residual")
        whole, one, other = (each.square().sum(-1) for each in (had, used, had - used))
        assert torch.allclose(whole, one + other, rtol=1e-12)
        values = torch.linalg.svdvals(used.view(2, 5, 4))
        assert float((values[:, 2] / values[:, 0]).max()) <= 1e-12
        basis = state.left.view(2, 2, 5)
        assert torch.allclose(basis @ basis.mT, torch.eye(2, dtype=torch.float64).expand(2, 2, 2))
        assert bool(
            (
                state.residual.norm(dim=-1) <= (before.residual + gradient(before.x)).norm(dim=-1)
            ).all()
        )
        before = state


def test_many_workers_are_one_with_their_mean():
    gradient, start = bent_gradient(6, workers=4, size=20)
    algorithm = PowerSGD(local_steps=2, step_size=0.1, rank=2)
    together = drive(algorithm, gradient, start, 20)
    alone = drive(
        algorithm,
        lambda x: gradient(x.expand(-1, 4, -1)).mean(-2, keepdim=True),
        start[..., :1, :],
        20,
    )
    same(together, alone, 20, "one worker with the mean")


@pytest.mark.parametrize(("rank", "rows"), [(3, 0), (9, 0), (1, 1), (1, 9), (2, 2)])
def test_all_the_rank_there_is_makes_it_minibatch_sgd(rank, rows):
    gradient, start = bent_gradient(7, size=9)
    algorithm = replace(ALGORITHM, rank=rank, matrix_rows=rows)
    plain = MinibatchSGD(local_steps=2, step_size=0.1)
    same(drive(algorithm, gradient, start, 20), drive(plain, gradient, start, 20), 20, "full rank")


def test_a_gradient_of_low_rank_is_used_up_at_once():
    """Another matrix of rank 2 in every round: nothing is left but rounding, at rank 1 much is."""
    rng = np.random.default_rng(0)
    slopes = rng.standard_normal((6, 6, 2)) @ rng.standard_normal((6, 2, 5))
    shared = torch.from_numpy(slopes).reshape(6, 1, 1, 30).expand(-1, 1, 3, -1)
    left = {}
    for rank in (1, 2):
        algorithm = PowerSGD(local_steps=1, step_size=0.5, rank=rank)
        loop = Loop(algorithm, Stacked(3), torch.zeros(1, 3, 30, dtype=torch.float64))
        for slope in shared:
            loop.step(slope)
            left.setdefault(rank, []).append(float(loop.state.residual.norm() / slope.norm()))
    assert max(left[2]) <= 1e-9  # rounding over the angle of Q to the row space
    assert min(left[1]) >= 0.1


def test_a_cold_start_contracts_by_r_over_m_on_average():
    """Of the identity exactly 1 - r/m is left; of another matrix less on average over the seeds."""
    side, rank = 5, 2
    rng = np.random.default_rng(1)
    for matrix in (np.eye(side), rng.standard_normal((side, side))):
        slope = torch.from_numpy(matrix).flatten().expand(1, 2, -1)
        ratios = []
        for seed in range(400):
            algorithm = PowerSGD(local_steps=1, step_size=0.1, rank=rank, direction_seed=seed)
            loop = Loop(algorithm, Stacked(2), torch.zeros(1, 2, side**2, dtype=torch.float64))
            loop.step(slope)
            ratios.append(float(loop.state.residual[0, 0].square().sum() / np.sum(matrix**2)))
        allowed = 1 - rank / side + 1e-12
        assert np.mean(ratios) <= allowed + 6 * np.std(ratios) / 20
        assert max(ratios) >= allowed - 2e-12


def test_a_warm_start_has_no_such_factor_and_then_catches_up():
    """A matrix that the last Q does not see at all leaves nothing used; a round later all is."""
    first, second = np.zeros((4, 4)), np.zeros((4, 4))
    first[0, 0], second[3, 3] = 1.0, 1.0
    slopes = [torch.from_numpy(each).flatten().expand(1, 2, -1) for each in (first, second)]
    loop = Loop(
        PowerSGD(local_steps=1, step_size=1.0, rank=1),
        Stacked(2),
        torch.zeros(1, 2, 16, dtype=torch.float64),
    )
    loop.step(slopes[0])
    before = loop.report()
    loop.step(slopes[1])
    assert torch.equal(loop.report(), before)
    assert float(loop.state.residual.square().sum(-1).max()) == pytest.approx(1.0)


def test_divergence_is_data():
    """A bad gradient of one worker makes its run NaN everywhere, and no other."""
    gradient, start = bent_gradient(8, size=9)
    for bad in (torch.inf, torch.nan):
        loop = Loop(ALGORITHM, Stacked(4), start)
        for step in range(8):
            slope = gradient(loop.gradient_point)
            if step == 2:
                slope[0, 1, 3] = bad
            loop.step(slope)
        assert bool(loop.report()[0].isnan().all())
        assert torch.equal(loop.report()[1], drive(ALGORITHM, gradient, start, 8)[-1][1])


def on_a_rank(place, algorithm, num_rounds):
    """Both factors round by round, as they are on this rank, and the bytes."""
    transport = Counted(Ranked(4))
    loop = Loop(algorithm, transport, torch.zeros(2, 1, 900, dtype=torch.float64))
    factors = []
    for step in range(num_rounds):
        slopes = torch.from_numpy(np.random.default_rng(step).standard_normal((2, 4, 900)))
        loop.step(slopes[:, list(transport.workers)] + 0.1 * loop.gradient_point)
        factors += [loop.state.left.numpy().copy(), loop.state.right.numpy().copy()]
    ledger = transport.ledger
    return factors, loop.report().numpy(), ledger.wire_bytes, ledger.received_bytes


@pytest.mark.ranks
def test_all_ranks_have_the_same_basis_and_send_what_is_counted():
    algorithm = PowerSGD(local_steps=1, step_size=0.1, rank=3)
    answers = run_ranks(on_a_rank, 4, algorithm, 6, timeout=30)
    for factors, x, sent, received in answers:
        assert all(map(np.array_equal, factors, answers[0][0]))
        assert np.array_equal(x, answers[0][1])
        assert algorithm.numbers_sent(900) == 3 * 60
        assert sent == received == 2 * 6 * 8 * algorithm.numbers_sent(900)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"rank": 0}, "rank=0 must be"),
        ({"matrix_rows": -1}, "matrix_rows=-1 must be"),
        ({"direction_seed": -1}, "direction_seed=-1 must be"),
    ],
)
def test_attributes_out_of_range_are_refused(attributes, message):
    with pytest.raises(ValueError, match=message):
        replace(ALGORITHM, **attributes)
