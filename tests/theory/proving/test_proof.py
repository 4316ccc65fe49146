"""A replay reports what does not follow, and raises nothing."""

import sympy as sp

from theory.proving.certificates import scalar, vector
from theory.proving.inferences import Combination
from theory.proving.proof import Proof, StepOutcome, proved, replay, with_lemmas
from theory.proving.steps import Definition, Hypothesis, Identity, Inequality, Square

a, b, x, y = scalar("a"), scalar("b"), sp.Symbol("x", real=True), sp.Symbol("y", real=True)
TRUE = Square("true", "squares are nonnegative", x**2, x**2)
SUPPOSED = Hypothesis("supposed", "a <= b", b - a)
DOUBLED = Combination("doubled", "2a <= 2b", 2 * b - 2 * a, ((2, SUPPOSED),))


def proof(*steps, proves=None) -> Proof:
    return Proof("example", "an example", steps, (steps[-1],) if proves is None else proves)


def test_a_sound_derivation_is_proved() -> None:
    example = proof(TRUE, SUPPOSED, DOUBLED)
    assert replay(example) == tuple(StepOutcome(step, True) for step in example.steps)
    assert proved(example)
    assert example.conclusion("doubled") is DOUBLED
    assert with_lemmas(example) == (example,)


def test_false_steps_are_reported_one_by_one() -> None:
    identity = Identity("identity", "wrong", x, y)
    square = Square("square", "wrong", x * y, (x + y) ** 2)
    inequality = Inequality("inequality", "wrong", b, a)
    example = proof(identity, TRUE, square, inequality)
    assert [item.holds for item in replay(example)] == [False, True, False, False]
    assert all(item.detail for item in replay(example) if not item.holds)
    assert not proved(example)


def test_a_step_may_not_rest_on_what_was_not_shown() -> None:
    [outcome] = replay(proof(DOUBLED))
    assert outcome.detail == "rests on supposed, which is no earlier step"


def test_a_step_may_not_rest_on_what_fails() -> None:
    wrong = Inequality("wrong", "b <= a", b, a)
    rests = Combination("rests", "b <= a", a - b, ((1, wrong),))
    assert replay(proof(wrong, rests))[1].detail == "rests on wrong, which does not hold"


def test_a_label_is_given_once() -> None:
    assert "a second step is labelled true" in replay(proof(TRUE, TRUE))[1].detail


def test_a_defined_symbol_is_new() -> None:
    named = Definition("named", "a is b + 1", a, b + 1)
    assert proved(proof(named, SUPPOSED))
    assert "in use before" in replay(proof(SUPPOSED, named))[1].detail


def test_a_conclusion_is_a_step_and_there_is_one() -> None:
    assert "is no step" in replay(proof(TRUE, proves=(SUPPOSED,)))[-1].detail
    assert not proved(proof(TRUE, proves=()))


def test_products_of_three_vectors_are_refused() -> None:
    u = vector("u")
    [outcome] = replay(proof(Identity("cube", "u^3", u**3, u**3 + 0 * x)))
    assert outcome.holds
    [outcome] = replay(proof(Square("fourth", "|u|^4", u**4, u**4)))
    assert "as no inner product does" in outcome.detail
