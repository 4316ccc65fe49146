import pytest
import torch

from empirical.components.merge_rule import EXAMPLES, DelayCorrected, Lerp, Overwrite

X = torch.tensor([[3.0, -1.0], [5.0, 2.0]], dtype=torch.float64)
SENT = torch.tensor([[2.0, 0.0], [1.0, 1.0]], dtype=torch.float64)
HEARD = torch.tensor([[1.5, 0.5]], dtype=torch.float64)


def test_overwriting_forgets_both_workers():
    assert Overwrite().merged(X, SENT, HEARD).tolist() == [[1.5, 0.5], [1.5, 0.5]]


def test_a_lerp_lies_between():
    assert Lerp(0.25).merged(X, SENT, HEARD).tolist() == [[1.875, 0.125], [2.375, 0.875]]


def test_a_delay_corrected_merge_keeps_the_steps_since():
    assert DelayCorrected().merged(X, SENT, HEARD).tolist() == [[2.5, -0.5], [5.5, 1.5]]


@pytest.mark.parametrize("rule", EXAMPLES, ids=repr)
def test_the_share_kept_is_that_of_the_mean_step(rule):
    """mean merged = mean sent + kept (mean x - mean sent), and points move along."""
    mean = rule.merged(X, SENT, HEARD).mean(0)
    torch.testing.assert_close(mean, HEARD[0] + rule.kept * (X.mean(0) - HEARD[0]))
    moved = rule.merged(X + 7, SENT + 7, HEARD + 7)
    torch.testing.assert_close(moved, rule.merged(X, SENT, HEARD) + 7)


@pytest.mark.parametrize("weight", [0, 1, -0.5])
def test_weights_at_the_ends_are_refused(weight):
    with pytest.raises(ValueError, match=rf"weight={weight} must be a number in \(0, 1\)"):
        Lerp(weight)
