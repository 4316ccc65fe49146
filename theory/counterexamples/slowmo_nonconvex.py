"""SlowMo with a small outer step, on a parabola: its inner loop diverges.

F(x) = x^2/2 from x_0 = 1, one worker, exact gradients, beta = 0, alpha = 1/100, K = 4. The step
size (1/alpha) sqrt(1/T) is about 2.2, so that four local steps multiply x by (1 - eta)^4 > 1, and a
round by 1 + alpha ((1 - eta)^4 - 1) > 1. The horizon as read, T >= 2058.7, lets that pass; at
T = 46^2 the step size is rational and everything exact.
"""

from fractions import Fraction

from theory.counterexamples.counterexample import Refutation

_LOCAL_STEPS, _ROUNDS, _OUTER_STEP, _STEP_SIZE = 4, 529, Fraction(1, 100), Fraction(100, 46)


def _attained() -> float:
    """The mean over all steps of |grad F(x_t)|^2 = x_t^2, a product of two geometric means."""
    assert (_OUTER_STEP * _STEP_SIZE) ** 2 * _LOCAL_STEPS * _ROUNDS == 1  # as the theorem has it
    step = 1 - _STEP_SIZE
    whole_round = 1 + _OUTER_STEP * (step**_LOCAL_STEPS - 1)
    return float(_mean(step**2, _LOCAL_STEPS) * _mean(whole_round**2, _ROUNDS))


def _mean(ratio: Fraction, count: int) -> Fraction:
    """Returns the mean of 1, ratio, ..., ratio^(count-1)."""
    return (ratio**count - 1) / (ratio - 1) / count


REFUTATION = Refutation(
    title="529 rounds of 4 steps on x^2/2 from 1, one worker, no noise, alpha = 1/100, beta = 0",
    values={
        "num_workers": 1,
        "local_steps": _LOCAL_STEPS,
        "num_rounds": _ROUNDS,
        "smoothness": 1.0,
        "gradient_noise": 0.0,
        "initial_gap": 0.5,
        "slow_step_size": float(_OUTER_STEP),
        "slow_momentum": 0.0,
        "step_size": float(_STEP_SIZE),
    },
    attained=_attained,
)
