"""What evaluate does with more points than anyone reads; its table is tested in test_app."""

import numpy as np

from theory.catalogue import lookup
from theory.cli import evaluate_command

KEY = "local_sgd.nonconvex"
NUMBERS = ["num_workers=16", "local_steps=8", "num_rounds=1000", "smoothness=1"]
NUMBERS += ["gradient_noise=1", "heterogeneity=0.5", "initial_gap=1"]


def test_of_many_points_the_least_and_the_greatest_are_shown(ratebound):
    code, out, err = ratebound("evaluate", KEY, *NUMBERS, "step_size=0.0001:0.1:20000")
    assert (code, err) == (0, "")
    assert "20000 points" in out
    said = " ".join(out.split())
    steps = np.linspace(1e-4, 0.1, 20000)
    given = dict(token.split("=") for token in NUMBERS)
    found = lookup(KEY).evaluate(**{n: float(v) for n, v in given.items()}, step_size=steps)
    value = np.where(found.holds, found.value, np.nan)
    share = np.isfinite(value).mean()
    assert 0.5 < share < 0.9
    assert f"[f^2/x^2], conditions hold at {share:.1%} of the points" in said
    assert f"{np.nanmin(value):.4g}" in out
    assert f"{steps[np.nanargmin(value)]:.4g}" in out
    assert f"{np.nanmax(value):.4g}" in out


def test_a_file_has_every_point_whatever_the_block(ratebound, in_tmp, monkeypatch):
    ratebound("evaluate", KEY, *NUMBERS, "step_size=0.001:0.1:50", "--csv", "whole.csv")
    monkeypatch.setattr(evaluate_command, "_BLOCK", 7)
    ratebound("evaluate", KEY, *NUMBERS, "step_size=0.001:0.1:50", "--csv", "blocks.csv")
    whole, blocks = ((in_tmp / name).read_text() for name in ("whole.csv", "blocks.csv"))
    assert whole == blocks
    assert len(whole.splitlines()) == 51


def test_a_stack_needs_a_figure(ratebound):
    code, _, err = ratebound("evaluate", KEY, *NUMBERS, "step_size=0.001:0.1:50", "--stack")
    assert code == 2
    assert "--stack is how a figure is drawn; give --figure" in err
