"""SlowMo's horizon as read and amended, and its special cases."""

import pytest

from theory.bound import Constants
from theory.catalogue import bound
from theory.refuting import replay, stored
from theory.tuning import own_step_size

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
}
READ, AMENDED = bound("slowmo.nonconvex.as_read"), bound("slowmo.nonconvex.amended")


def own(item, **changes):
    values = {**VALUES, **changes}
    return {name: values[name] for name in item.parameters}


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
    """The shortest instance: T = 2060 against 2058.7; 1.3e4 against 0.022."""
    values = own(READ)
    step = own_step_size(READ, values)
    assert step == pytest.approx(2.2033, rel=1e-4)
    assert float(READ.value(**values)) == pytest.approx(0.022, rel=2e-2)
    assert on_a_parabola(alpha=0.01, steps=4, rounds=515, step=step) == pytest.approx(
        1.3e4, rel=0.1
    )
    with pytest.raises(ValueError, match="condition"):
        READ.value(**{**values, "num_rounds": 514})


def test_the_closed_form_is_the_recursion():
    instance = stored("slowmo_nonconvex")
    found = on_a_parabola(alpha=0.01, steps=4, rounds=529, step=100 / 46)
    assert replay(instance, READ).attained == pytest.approx(found, rel=1e-10)


def test_the_horizon_amended_is_the_square_of_that_as_read():
    rounds = 515 * 2059.7 / 4 * 4  # T = (1 + sqrt(3) 1188)^2 is 2058.7^2
    found = AMENDED.evaluate(**own(AMENDED, num_rounds=int(rounds)))
    assert found.holds
    assert not AMENDED.evaluate(**own(AMENDED, num_rounds=int(rounds * 0.998))).holds


def test_a_large_outer_step_needs_the_bar():
    """alpha = 3.5, beta = 0, K = 50: without the bar the bracket is 1 + sqrt(3)."""
    values = own(READ, slow_step_size=3.5, local_steps=50, num_rounds=12)
    assert READ.evaluate(**values).holds
    assert not AMENDED.evaluate(**values).holds
    step = own_step_size(READ, values)
    assert on_a_parabola(alpha=3.5, steps=50, rounds=12, step=step) > 1e6 * READ.value(**values)


def test_at_outer_step_one_minus_beta_both_brackets_are_the_same():
    values = own(READ, slow_step_size=0.5, slow_momentum=0.5, num_rounds=10**4)
    lags = [item.evaluate(**values).conditions[1].left * 4e4 - 1 for item in (READ, AMENDED)]
    assert lags[0] == pytest.approx(3**0.5 * 16)
    assert lags[1] == pytest.approx((1 + 3**0.5 * 16) ** 2 - 1)


@pytest.mark.parametrize(("workers", "steps", "holds"), [(1, 9, True), (9, 1, True), (2, 2, False)])
def test_it_speaks_of_one_worker_or_one_local_step(workers, steps, holds):
    changes = {"slow_step_size": 1.0, "num_rounds": 10**6}
    values = own(AMENDED, num_workers=workers, local_steps=steps, **changes)
    assert bool(AMENDED.evaluate(**values).holds) is holds


def test_outer_step_one_is_sgd_with_batches_and_no_more():
    changes = {"local_steps": 1, "num_workers": 8, "slow_step_size": 1.0, "gradient_noise": 2.0}
    found = AMENDED.evaluate(**own(AMENDED, **changes)).terms
    assert found["outer step"] == found["slow momentum"] == 0
    root = (8 * 515) ** 0.5
    assert found["optimisation"] == pytest.approx(1 / root)
    assert found["statistical"] == pytest.approx(4 / root)


def test_lookahead_is_slowmo_without_momentum():
    changes = {"gradient_noise": 2.0, "slow_step_size": 0.5, "num_rounds": 10**6}
    lookahead = bound("slowmo.nonconvex.wang2020_lookahead")
    found = lookahead.value(**own(lookahead, **changes))
    assert found == pytest.approx(float(AMENDED.value(**own(AMENDED, **changes))), rel=1e-14)
    assert dict(lookahead.fixes) == {"slow_momentum": 0.0}
    with pytest.raises(ValueError, match="slow_step_size <= 1"):
        lookahead.value(**own(lookahead, **{**changes, "slow_step_size": 1.01}))


def test_bmuf_speeds_up_with_workers_once_the_horizon_is_their_cube_times_local_steps():
    item = bound("slowmo.nonconvex.wang2020_bmuf")
    assert item.constants is Constants.ORDER
    assert item.exponents("num_rounds")["drift"] == -1
    changes = {"num_workers": 5, "slow_momentum": 0.0, "gradient_noise": 1.0, "heterogeneity": 0.0}
    at = item.evaluate(**own(item, num_rounds=5**3 * 4**3, **changes)).terms
    assert at["drift"] == pytest.approx(float(at["statistical"]))
