"""DQ-SGD against loops written from its definition, on real ranks, and against its theorems."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from empirical.algorithms.compression.dq_sgd import DQSGD, EXAMPLES
from empirical.algorithms.large_batch.minibatch_sgd import MinibatchSGD
from empirical.components.bit_width import Situation
from empirical.components.bit_width_rules import Budget, ErrorTarget, Fixed, NormRatio
from empirical.components.inner_rule import HeavyBall
from empirical.compressor import message_bytes
from empirical.compressors.qsgd import QSGD
from empirical.description import build, describe
from empirical.kernels.random_streams import Noise
from empirical.kernels.stochastic_rounding import Norm
from empirical.loop import Loop
from empirical.problems.synthetic.quadratic import Quadratic
from empirical.problems.synthetic.tilted import Tilted
from empirical.readings.simulate import simulate
from empirical.runtime.communication_cost import Counted
from empirical.runtime.launch import run_ranks
from empirical.runtime.process_group import Ranked
from empirical.testing import algorithm_laws, rank_laws
from empirical.testing.algorithm_strategies import bent_gradient
from empirical.testing.running import drive, same
from empirical.transport import Stacked
from theory.catalogue import lookup
from theory.costs.bit_allocation import decay

RULES = [
    Fixed(3),
    Budget(3.5, 6, contraction=0.9),
    NormRatio(5),
    ErrorTarget(1e-3, 8, smoothness=1.0, strong_convexity=0.1),
]


def by_hand(algorithm, gradient, x, num_rounds):
    """Points x_0, ..., x_R (runs, 1, d) and bits, from the definition, one run after the other."""
    points, widths = [], []
    for run in range(len(x)):
        point, spent = x[run, 0].clone(), 0
        memory = algorithm.rule.init(torch.zeros(1, 1, 1, dtype=torch.float64))
        points.append([point])
        widths.append([])
        for count in range(num_rounds):
            workers = gradient(point.expand(x.shape[-2:]).unsqueeze(0))[0]
            order = 2 if algorithm.norm is Norm.EUCLIDEAN else torch.inf
            mean = workers.norm(order, dim=-1).square().mean().reshape(1, 1, 1)
            now = Situation(
                mean, torch.tensor([[[float(spent)]]]), count, x.shape[-1], algorithm.step_size
            )
            bits, memory = algorithm.rule.choose(now, memory)
            spent += int(bits)
            step = (count + 1) * algorithm.local_steps
            compressor = QSGD.of_bits(int(bits), algorithm.norm)
            chance = Noise((run,), range(x.shape[-2]), (step, 1))
            heard = compressor(workers.unsqueeze(0), chance)[0].mean(0)
            point = point - algorithm.step_size * heard
            points[-1].append(point)
            widths[-1].append(int(bits))
    return torch.stack([torch.stack(run) for run in points], 1).unsqueeze(-2), widths


@pytest.mark.parametrize("rule", RULES, ids=repr)
@pytest.mark.parametrize("norm", Norm)
def test_it_is_its_definition(rule, norm):
    gradient, start = bent_gradient(0)
    start = start[:, :1].expand_as(start)
    algorithm = DQSGD(local_steps=3, step_size=0.2, rule=rule, norm=norm)
    loop, found = Loop(algorithm, Stacked(4), start), []
    widths = []
    for step in range(24):
        if step % 3 == 0:
            found.append(loop.report())
        loop.step(gradient(loop.gradient_point))
        if step % 3 == 2:
            widths.append(loop.state.bits.flatten().tolist())
    expected, chosen = by_hand(algorithm, gradient, start, 8)
    same(torch.stack(found), expected[:-1], 24, "definition")
    assert np.array(widths).T.tolist() == chosen
    assert loop.state.spent.flatten().tolist() == [sum(run) for run in chosen]


def decaying(workers):
    """Gradients of parabolas, their curvature another for each run and a little by worker."""
    curvature = torch.tensor([0.2, 0.7, 1.5]).double().reshape(3, 1, 1)
    share = 1 + 0.1 * torch.tensor(list(workers)).double().reshape(-1, 1)
    return lambda x: curvature * share * x


def test_runs_choose_widths_of_their_own():
    start = torch.ones(3, 4, 5, dtype=torch.float64)
    loop = Loop(DQSGD(local_steps=1, step_size=0.3, rule=NormRatio(12)), Stacked(4), start)
    rows_of(loop, decaying(range(4)), 12)
    spent = loop.state.spent.flatten()
    assert spent[0] > spent[1] > spent[2]


def test_with_many_bits_it_is_minibatch_sgd():
    gradient, start = bent_gradient(2)
    settings = {"local_steps": 2, "step_size": 0.2, "inner_rule": HeavyBall(0.6)}
    plain = drive(MinibatchSGD(**settings), gradient, start, 20)
    errors = []
    for bits in (4, 8, 12, 16):
        found = drive(DQSGD(**settings, rule=Fixed(bits)), gradient, start, 20)
        errors.append(float((found - plain).abs().max()))
    assert errors[-1] < 1e-3
    ratios = np.array(errors[:-1]) / errors[1:]
    assert (ratios > 6).all(), "four bits more make levels 16 times closer"
    assert (ratios < 45).all()


def rows_of(loop, gradient, rounds):
    kept = []
    for _ in range(rounds):
        loop.step(gradient(loop.gradient_point))
        kept.append(loop.state.bits.flatten().tolist())
    return kept


WIDTHS = DQSGD(local_steps=1, step_size=0.3, rule=Budget(4.5, 12, contraction=0.9, newest=0.7))
START = torch.linspace(0.2, 2, 5, dtype=torch.float64).expand(3, 1, 5)


def on_a_rank(place):
    transport = Counted(Ranked(6))
    loop = Loop(WIDTHS, transport, START)
    return rows_of(loop, decaying(transport.workers), 12), transport.ledger.wire_bytes


@pytest.mark.ranks
@pytest.mark.parametrize("num_ranks", [2, 3])
def test_ranks_agree_on_every_width(num_ranks):
    expected = rows_of(Loop(WIDTHS, Stacked(6), START), decaying(range(6)), 12)
    assert len({width for row in expected for width in row}) > 2
    assert any(len(set(row)) > 1 for row in expected)
    answers = run_ranks(on_a_rank, num_ranks, timeout=30)
    for widths, sent in answers:
        assert widths == expected
        levels = [2 ** (width - 1) - 1 for row in widths for width in row]
        quantised = sum(message_bytes(QSGD(level), 5, torch.float64) for level in levels)
        norms = 8 * len(levels)
        assert sent == norms + quantised * 6 // num_ranks


def test_the_bytes_of_a_round_are_those_of_its_width():
    gradient, start = bent_gradient(4, workers=3, size=40, batch=1)
    sent = []
    for bits in (2, 5, 9):
        transport = Counted(Stacked(3))
        loop = Loop(DQSGD(local_steps=1, step_size=0.1, rule=Fixed(bits)), transport, start)
        loop.step(gradient(loop.gradient_point))
        sent.append(transport.ledger.wire_bytes)
    header = message_bytes(QSGD(1), 0, torch.float64)
    assert sent == [8 + header + 8 + 40 * bits // 8 for bits in (2, 5, 9)]


def test_what_is_spent_and_how_far_levels_were_apart_is_kept():
    gradient, start = bent_gradient(5)
    algorithm = DQSGD(local_steps=1, step_size=0.1, rule=Fixed(4))
    state = algorithm.init(start[:, :1].expand_as(start))
    total = torch.zeros(2, 1, 1, dtype=torch.float64)
    for _ in range(3):
        slope = gradient(state.x)
        state = algorithm.local_step(state, slope)
        message, state = algorithm.post_norm(state)
        state = algorithm.choose(state, message.mean(-2, keepdim=True))
        total = total + (slope.norm(dim=-1, keepdim=True) / 7).square().mean(-2, keepdim=True)
        state = algorithm.post(state)[1]
        state = algorithm.absorb(state, slope.mean(-2, keepdim=True))
    torch.testing.assert_close(state.spacing, total, rtol=1e-12, atol=0)
    assert state.spent.flatten().tolist() == [12, 12]
    moved = algorithm.moved(state, torch.zeros(2, 1, 5, dtype=torch.float64))
    assert moved.spent is state.spent
    assert not moved.x.any()


@pytest.mark.parametrize("rule", [RULES[3], replace(RULES[3], strong_convexity=0.0)], ids=repr)
def test_the_rule_with_a_unit_obeys_the_laws_that_know_no_unit(rule):
    algorithm = DQSGD(local_steps=2, step_size=0.1, rule=rule)
    gradient, start = bent_gradient(6)
    shift = torch.linspace(-3, 2, 5, dtype=torch.float64)
    algorithm_laws.shifting_the_problem_shifts_the_iterates(algorithm, gradient, start, shift, 10)
    algorithm_laws.the_optimum_is_a_fixed_point(algorithm, start, 10)
    algorithm_laws.a_batch_is_its_members(algorithm, gradient, start, 10)
    algorithm_laws.state_is_never_mutated(algorithm, gradient, start, 10)


@pytest.mark.ranks
def test_the_rule_with_a_unit_runs_on_ranks():
    problem = Tilted(num_workers=6, size=7, heterogeneity=1.0, gradient_noise=0.5)
    algorithm = DQSGD(local_steps=2, step_size=0.1, rule=RULES[3])
    rank_laws.the_layout_does_not_matter(algorithm, problem, 2, num_rounds=10)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", [1e19, 1e-22])
def test_gradients_of_any_size_are_rounded(size, dtype):
    gradient, start = bent_gradient(7)
    start, scaled = start.to(dtype), DQSGD(local_steps=1, step_size=0.1 / size, rule=NormRatio(6))
    found = drive(scaled, lambda x: size * gradient(x.double()).to(dtype), start, 6)
    expected = drive(
        replace(scaled, step_size=0.1), lambda x: gradient(x.double()).to(dtype), start, 6
    )
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3)


def test_divergence_is_seen_by_all():
    start = torch.ones(2, 3, 4, dtype=torch.float64)

    def broken(x):
        found = x.clone()
        found[1, 2] = torch.nan
        return found

    for rule in RULES:
        loop = Loop(DQSGD(local_steps=1, step_size=0.1, rule=rule), Stacked(3), start)
        for _ in range(3):
            loop.step(broken(loop.gradient_point))
        assert bool(loop.report()[0].isfinite().all())
        assert bool(loop.report()[1].isnan().all())


def test_a_rule_that_cannot_work_with_the_step_size_says_so():
    with pytest.raises(ValueError, match="step_size=2 must be below 2/smoothness=2"):
        DQSGD(local_steps=1, step_size=2.0, rule=RULES[3])


COUNT, WORKERS, SIZE, ROUNDS = 1500, 2, 4, 12
CURVATURE, STEP, SIGMA = 0.8, 0.3, 0.5


def isotropic_runs(rule):
    """F at every round, the exact variance of every rounding, and V_n, by seed."""
    rng = torch.Generator().manual_seed(0)
    algorithm = DQSGD(local_steps=1, step_size=STEP, rule=rule)
    start = torch.tensor([1.0, -0.5, 2.0, 0.3], dtype=torch.float64)
    loop = Loop(algorithm, Stacked(WORKERS), start.expand(COUNT, 1, SIZE), range(COUNT))
    gaps, variances, spacings = [], [], []
    for _ in range(ROUNDS):
        point = loop.gradient_point
        noise = torch.randn(COUNT, WORKERS, SIZE, dtype=torch.float64, generator=rng)
        slope = CURVATURE * point + SIGMA / SIZE**0.5 * noise
        gaps.append(CURVATURE / 2 * point[:, 0].square().sum(-1))
        before = loop.state.spacing
        loop.step(slope)
        compressor = QSGD((1 << (loop.state.bits - 1)) - 1)
        variances.append(compressor.variance(slope).mean(-1) / WORKERS)
        spacings.append((loop.state.spacing - before).flatten())
    gaps.append(CURVATURE / 2 * loop.report()[:, 0].square().sum(-1))
    return tuple(torch.stack(part).numpy() for part in (gaps, variances, spacings))


@pytest.mark.rates
@pytest.mark.parametrize("rule", [Fixed(2), Fixed(3), Budget(2.5, ROUNDS)], ids=repr)
def test_on_an_isotropic_quadratic_the_theorem_is_an_identity(rule):
    """D6: E F follows the recursion with the exact variance, and the amended bound is above it."""
    gaps, variances, spacings = isotropic_runs(rule)
    alpha = 1 - 2 * CURVATURE * STEP + CURVATURE**2 * STEP**2
    added = CURVATURE / 2 * STEP**2 * (SIGMA**2 / WORKERS + variances)
    surprise = gaps[1:] - alpha * gaps[:-1] - added
    error = surprise.std(1) / COUNT**0.5
    assert (np.abs(surprise.mean(1)) <= 6 * error).all()
    exact = gaps[0].mean()
    for spent in added.mean(1):
        exact = alpha * exact + spent
    spread = (surprise * alpha ** np.arange(ROUNDS)[::-1, None]).sum(0).std() / COUNT**0.5
    assert abs(gaps[-1].mean() - exact) <= 6 * spread
    shares = alpha ** np.arange(ROUNDS)[::-1]
    values = {
        "num_workers": WORKERS,
        "local_steps": 1,
        "num_rounds": ROUNDS,
        "dimension": SIZE,
        "smoothness": CURVATURE,
        "strong_convexity": CURVATURE,
        "step_size": STEP,
        "gradient_noise": SIGMA,
        "initial_gap": gaps[0].mean(),
        "level_spacing": (shares @ spacings.mean(1) / shares.sum()) ** 0.5,
    }
    promised = float(lookup("dq_sgd.strongly_convex").value(**values))
    assert exact <= promised
    assert gaps[-1].mean() <= promised
    loss = values.pop("strong_convexity")
    values["level_spacing"] = spacings.mean() ** 0.5
    squares = 2 * loss * gaps[:-1].mean()
    assert squares <= float(lookup("dq_sgd.nonconvex").value(**values))


@pytest.mark.rates
def test_at_equal_bits_a_budget_ends_lower_than_fixed_bits():
    """Three bits a round on a quadratic of condition number 20: F above that of 16 bits."""
    problem = Quadratic(
        num_workers=4, size=50, lowest=0.05, shared_hessian=True, gradient_noise=0.02, start=3.0
    )
    seeds, rounds = range(24), 200
    shrink = float(decay(0.5, 1.0, 0.05))
    ends = {}
    for rule in (Fixed(16), Fixed(3), Budget(3.0, rounds, contraction=shrink)):
        algorithm = DQSGD(local_steps=1, step_size=0.5, rule=rule)
        found = simulate(algorithm, problem, num_rounds=rounds, seeds=seeds)
        ends[rule] = found.values["objective"][..., -1].numpy()
    exact, fixed, shared = (ends[rule] for rule in ends)
    error = (fixed - shared).std() / len(seeds) ** 0.5
    assert fixed.mean() - shared.mean() > 6 * error
    assert shared.mean() - exact.mean() < 0.3 * (fixed.mean() - exact.mean())


@pytest.mark.rates
def test_one_step_from_half_way_is_above_what_was_printed_and_at_what_is_amended():
    """The stored counterexample, run: E F(x_1) = 1.36 over seeds, 1.3333 as read."""
    count = 12_000
    start = torch.ones(count, 1, 4, dtype=torch.float64)
    algorithm = DQSGD(local_steps=1, step_size=0.2, rule=Fixed(2))
    loop = Loop(algorithm, Stacked(1), start, range(count))
    loop.step(loop.gradient_point)
    gaps = loop.report().square().sum((-1, -2)).numpy() / 2
    error = gaps.std() / count**0.5
    assert abs(gaps.mean() - 1.36) <= 6 * error
    assert gaps.mean() - 4 / 3 > 6 * error


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_step_sizes_may_share_a_tensor(rule):
    problem = Tilted(num_workers=3, size=7, heterogeneity=1.0, gradient_noise=0.5)
    algorithm = DQSGD(local_steps=2, step_size=0.1, rule=rule)
    settings = {"num_rounds": 8, "seeds": (0, 1)}
    together = simulate(algorithm, problem, step_sizes=(0.05, 0.2), **settings)
    for place, step_size in enumerate((0.05, 0.2)):
        alone = simulate(replace(algorithm, step_size=step_size), problem, **settings)
        for name, values in alone.values.items():
            torch.testing.assert_close(together.values[name][place], values, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_a_description_is_the_method(rule):
    algorithm = DQSGD(local_steps=3, step_size=0.2, rule=rule, norm=Norm.MAXIMUM)
    assert build(DQSGD, describe(algorithm)) == algorithm


def test_examples_cover_the_fields():
    assert {type(item.rule) for item in EXAMPLES} == {Fixed, Budget, NormRatio}
    assert {item.norm for item in EXAMPLES} == set(Norm)
