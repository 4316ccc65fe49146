import pytest

from theory.notation.aliases import canonical

WANTED = [
    "gradient_noise",
    "heterogeneity",
    "local_steps",
    "num_rounds",
    "num_workers",
    "step_size",
]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("sigma", "gradient_noise"),
        ("σ", "gradient_noise"),
        ("ζ", "heterogeneity"),
        ("K", "local_steps"),
        ("tau", "local_steps"),
        ("τ", "local_steps"),
        ("R", "num_rounds"),
        ("M", "num_workers"),
        ("lr", "step_size"),
        ("η", "step_size"),
        ("step_size", "step_size"),
        ("smoothness", "smoothness"),
        ("banana", "banana"),
    ],
)
def test_symbols_greek_and_names_of_papers_are_understood(name, meant):
    assert canonical(name, WANTED) == meant


def test_a_symbol_goes_before_other_names():
    assert canonical("alpha", ["pullback", "step_size"]) == "pullback"
    assert canonical("alpha", ["num_rounds", "step_size"]) == "step_size"
    assert canonical("K", ["local_steps", "num_steps"]) == "local_steps"
    assert canonical("K", ["num_steps"]) == "num_steps"


def test_what_may_mean_several_is_refused():
    with pytest.raises(ValueError, match="alpha may mean pullback or slow_step_size here"):
        canonical("alpha", ["pullback", "slow_step_size"])
