"""SCAFFOLD's rates beside those of the methods that it is to beat."""

import pytest

from theory.catalogue import lookup

ANY, QUADRATIC = lookup("scaffold.nonconvex"), lookup("scaffold.nonconvex_quadratic")
VALUES = {
    "num_workers": 27,
    "sampled_workers": 27,
    "local_steps": 3,
    "num_rounds": 50,
    "smoothness": 2.0,
    "hessian_heterogeneity": 0.2,
    "gradient_noise": 1.5,
    "initial_gap": 0.7,
}


def terms(item, **changes):
    values = {**VALUES, **changes}
    return item.evaluate(**{name: values[name] for name in item.parameters}).terms


@pytest.mark.parametrize("name", ["num_rounds", "num_workers", "local_steps"])
def test_all_workers_have_minibatch_sgds_rate(name):
    """Up to its constants, 2 and sqrt(8), and heterogeneity enters neither."""
    ours, minibatch = terms(ANY), terms(lookup("minibatch_sgd.nonconvex.tuned"))
    assert minibatch["optimisation"] == pytest.approx(2 * ours["optimisation"])
    assert minibatch["statistical"] == pytest.approx(8**0.5 * ours["statistical"])
    many = {name: 4 * VALUES[name]}
    many |= {"sampled_workers": 4 * 27} if name == "num_workers" else {}
    ours, minibatch = terms(ANY, **many), terms(lookup("minibatch_sgd.nonconvex.tuned"), **many)
    assert minibatch["statistical"] == pytest.approx(8**0.5 * ours["statistical"])


def test_a_sample_of_workers_remembers_the_others_too_long():
    assert terms(ANY, sampled_workers=1)["optimisation"] == pytest.approx(
        9 * terms(ANY)["optimisation"]
    )


def test_local_steps_help_only_as_far_as_hessians_are_alike():
    alike, one = terms(QUADRATIC, hessian_heterogeneity=0.0), terms(ANY, local_steps=1)
    assert alike["curvature drift"] == 0
    assert alike["optimisation"] == pytest.approx(one["optimisation"] / 3)
    unlike = terms(QUADRATIC, hessian_heterogeneity=2.0)
    assert unlike["curvature drift"] == pytest.approx(one["optimisation"])


def test_it_speaks_of_the_outer_step_one_on_quadratics_only():
    assert dict(QUADRATIC.fixes) == {"outer_step_size": 1.0}
    assert ANY.fixes == ()
