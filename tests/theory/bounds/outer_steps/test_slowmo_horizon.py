"""SlowMo's horizon as read and amended, and its special cases."""

import pytest

from theory.bound import Constants
from theory.catalogue import lookup
from theory.counterexamples.counterexample import replay, stored
from theory.tuning.best_step_size import largest_step_size

VALUES = {
    "num_workers": 1,
    "local_steps": 4,
    "num_rounds": 515,
    "smoothness": 1.0,
    "gradient_noise": 0.0,
    "heterogeneity": 0.3,
    "initial_gap": 0.5,
    "slow_step_size": 0.01,
    "slow_momentum": 0.0,
    "step_size": 100 / 2060**0.5,
}
READ, AMENDED = lookup("slowmo.nonconvex.as_read"), lookup("slowmo.nonconvex.amended")


def own(item, **changes):
    values = {**VALUES, **changes}
    return {name: values[name] for name in item.parameters}


def largest(item, **changes):
    values = own(item, **changes)
    del values["step_size"]
    return largest_step_size(item, values)


def on_a_parabola(*, alpha, steps, rounds, step):
    """The mean of x_t^2 along SlowMo without momentum on x^2/2 from 1, step by step."""
    start, total = 1.0, 0.0
    for _ in range(rounds):
        point = start
        for _ in range(steps):
            total += point**2
            point -= step * point
        start -= alpha * (start - point)
    return total / (rounds * steps)


def test_the_shortest_horizon_as_read_lets_the_inner_loop_diverge():
    """T = 2060 against 2058.7 at alpha eta = sqrt(1/T): 1.3e4 against 0.022."""
    assert VALUES["step_size"] == pytest.approx(2.204, rel=1e-3)
    assert float(READ.value(**own(READ))) == pytest.approx(0.022, rel=2e-2)
    found = on_a_parabola(alpha=0.01, steps=4, rounds=515, step=VALUES["step_size"])
    assert found == pytest.approx(1.3e4, rel=0.05)
    with pytest.raises(ValueError, match="condition"):
        READ.value(**own(READ, step_size=100 / 2056**0.5))
    with pytest.raises(ValueError, match="condition"):
        AMENDED.value(**own(AMENDED))


def test_the_closed_form_is_the_recursion():
    instance = stored("slowmo_nonconvex")
    found = on_a_parabola(alpha=0.01, steps=4, rounds=529, step=100 / 46)
    assert replay(instance, READ).attained == pytest.approx(found, rel=1e-10)


@pytest.mark.parametrize("alpha", [0.01, 0.5, 1.0])
def test_what_is_amended_is_a_square(alpha):
    """As read (alpha eta L)^2 bracket <= 1, amended (alpha eta L bracket)^2 <= 1."""
    read, amended = (largest(item, slow_step_size=alpha) for item in (READ, AMENDED))
    bracket = 1 + 3**0.5 * max(12 * (1 - alpha) / alpha, 1)
    assert read == pytest.approx(bracket**-0.5 / alpha)
    assert amended == pytest.approx(1 / (alpha * bracket))


def test_a_large_outer_step_needs_the_bar():
    """alpha = 3.5, K = 50: without the bar the bracket is 1 + sqrt(3), squared or not."""
    changes = {"slow_step_size": 3.5, "local_steps": 50, "num_rounds": 12}
    squared = 1 / (3.5 * (1 + 3**0.5))
    assert largest(AMENDED, **changes) < squared / 40 < squared < largest(READ, **changes)
    values = own(READ, **changes, step_size=squared)
    found = on_a_parabola(alpha=3.5, steps=50, rounds=12, step=squared)
    assert found > 1e7 * READ.value(**values)


def test_at_an_outer_step_of_one_minus_beta_what_momentum_adds_decides():
    for item, power in ((READ, 0.5), (AMENDED, 1)):
        found = largest(item, slow_step_size=0.5, slow_momentum=0.5)
        assert found == pytest.approx((1 + 3**0.5 * 16) ** -power)


@pytest.mark.parametrize(("workers", "steps", "holds"), [(1, 9, True), (9, 1, True), (2, 2, False)])
def test_it_speaks_of_one_worker_or_one_local_step(workers, steps, holds):
    changes = {"slow_step_size": 1.0, "step_size": 0.01}
    values = own(AMENDED, num_workers=workers, local_steps=steps, **changes)
    assert bool(AMENDED.evaluate(**values).holds) is holds


def test_at_the_step_size_of_the_paper_it_is_printed_as_in_the_paper():
    """alpha eta/(1-beta) = sqrt(M/T) and L = 1, with V = sigma^2/M."""
    alpha, beta, workers, steps, rounds, noise = 0.8, 0.3, 3, 5, 40, 2.0
    total = steps * rounds
    step = (workers / total) ** 0.5 * (1 - beta) / alpha
    changes = {"slow_step_size": alpha, "slow_momentum": beta, "step_size": step}
    changes |= {"num_workers": workers, "local_steps": steps, "num_rounds": rounds}
    found = AMENDED.evaluate(**own(AMENDED, gradient_noise=noise, **changes)).value
    printed = (2 * 0.5 + noise**2) / (workers * total) ** 0.5
    printed += 4 * noise**2 * (steps - 1) / total * ((1 - beta) / alpha - 1) ** 2
    printed += 8 * noise**2 * steps / total * beta**2 / (1 - beta**2)
    assert float(found) == pytest.approx(printed, rel=1e-12)


def test_an_outer_step_of_one_without_momentum_is_sgd_with_batches_and_no_more():
    changes = {"local_steps": 1, "num_workers": 8, "slow_step_size": 1.0, "gradient_noise": 2.0}
    found = AMENDED.evaluate(**own(AMENDED, **changes, step_size=0.1)).terms
    assert found["outer step"] == found["slow momentum"] == 0
    assert found["optimisation"] == pytest.approx(1 / (0.1 * 515))
    assert found["statistical"] == pytest.approx(0.1 * 4 / 8)


def test_lookahead_is_slowmo_without_momentum():
    changes = {"gradient_noise": 2.0, "slow_step_size": 0.5, "step_size": 0.01}
    lookahead = lookup("slowmo.nonconvex.wang2020_lookahead")
    found = lookahead.value(**own(lookahead, **changes))
    assert found == pytest.approx(float(AMENDED.value(**own(AMENDED, **changes))), rel=1e-14)
    assert dict(lookahead.fixes) == {"slow_momentum": 0.0}
    with pytest.raises(ValueError, match="α ≤ 1"):
        lookahead.value(**own(lookahead, **{**changes, "slow_step_size": 1.01}))


def test_bmuf_speeds_up_with_workers_once_the_rounds_are_their_cube_times_local_steps_cubed():
    item = lookup("slowmo.nonconvex.wang2020_bmuf")
    assert item.constants is Constants.ORDER
    assert item.exponents("num_rounds")["drift"] == -1
    changes = {"num_workers": 5, "slow_momentum": 0.0, "gradient_noise": 1.0, "heterogeneity": 0.0}
    at = item.evaluate(**own(item, num_rounds=5**3 * 4**3, **changes)).terms
    assert at["drift"] == pytest.approx(float(at["statistical"]))
