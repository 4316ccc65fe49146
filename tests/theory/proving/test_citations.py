"""A citation carries over what was proved, and its hypotheses with it."""

from dataclasses import replace

import pytest
import sympy as sp

from theory.bound import Side
from theory.bounds.large_batch.minibatch_sgd_nonconvex import NONCONVEX
from theory.notation import symbols
from theory.proofs.nonconvex.minibatch_sgd_nonconvex import PROOF
from theory.proving import citations
from theory.proving.axioms import Rule
from theory.proving.certificates import scalar
from theory.proving.citations import Applied, Lemma, Theorem
from theory.proving.inferences import Combination
from theory.proving.proof import Proof, proved, replay
from theory.proving.quantities import ENERGY, FIRST_ENERGY, FIRST_NORM, SAMPLES, SECOND_NORM
from theory.proving.steps import Definition, Hypothesis, Inequality, Instance

M, K, L, sigma, eta = symbols(
    "num_workers", "local_steps", "smoothness", "gradient_noise", "step_size"
)
a, b = scalar("a"), scalar("b")
CAP_OR_NOISE = sp.Min(1 / L, 1 / sigma, evaluate=False)


def flaw(name: str, *at, given=(), of=None) -> str:
    return Lemma("lemma", "cited", name, at, given, of).flaw() or ""


def test_a_lemma_is_cited_at_admissible_values() -> None:
    assert not flaw("noise", (SAMPLES, M * K), of="mean")
    assert "wrong sign for N" in flaw("noise", (SAMPLES, M - 1), of="mean")
    assert "wrong sign for N" in flaw("noise", (SAMPLES, M / 2), of="mean")
    assert "does not speak of a" in flaw("noise", (a, b), of="mean")


def test_a_lemma_keeps_to_the_range_that_its_certificates_used() -> None:
    rate, alpha = symbols("mixing_rate", "pullback")
    assert not flaw("geometric_sums", (rate, 1 - alpha), of="powers")
    assert "beyond the range" in flaw("geometric_sums", (rate, sp.Integer(1)), of="powers")
    assert "beyond the range" in flaw("geometric_sums", (rate, L), of="powers")


def test_a_lemma_and_its_conclusion_exist() -> None:
    assert "no file nonsense.py in theory/proofs" in flaw("nonsense")
    assert "noise proves mean, deviations, weighted" in flaw("noise", of="nonsense")


def test_hypotheses_are_discharged_by_what_is_given() -> None:
    first = Hypothesis("first", "norm 2", 4 * ENERGY - FIRST_ENERGY)
    at = ((FIRST_NORM, sp.Integer(2)), (SECOND_NORM, a))
    assert "is not discharged" in flaw("subadditivity", *at, given=(first,))
    none = (scalar("avg |y|^2"), sp.Integer(0))
    assert not flaw("subadditivity", *at, none, given=(first,))


def test_a_lemma_that_fails_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Inequality("wrong", "b <= a", b, a)
    known = {"wrong": Proof("wrong", "wrong", (wrong,), (wrong,))}
    monkeypatch.setattr(citations, "cited", known.__getitem__)
    assert "lemma wrong fails at wrong" in flaw("wrong")


def test_no_lemma_proves_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    circular = Lemma("circular", "cited by itself", "circular")
    known = {"circular": Proof("circular", "circular", (circular,), (circular,))}
    monkeypatch.setattr(citations, "cited", known.__getitem__)
    assert not proved(known["circular"])


def test_a_conclusion_is_applied_where_its_hypotheses_hold() -> None:
    supposed = Hypothesis("supposed", "a <= b", b - a)
    doubled = Combination("doubled", "2a <= 2b", 2 * b - 2 * a, ((2, supposed),))
    stronger = Hypothesis("stronger", "2a <= b", b - 2 * a)
    follows = Combination("follows", "a <= b", b - a, ((1, stronger),))
    applied = Applied("applied", "2a <= 2b", doubled, (follows,))
    assert applied.flaw() is None
    assert applied.hypotheses == {stronger}
    assert "is not discharged" in Applied("applied", "not so", doubled, (stronger,)).flaw()


def test_a_theorem_claims_no_more_than_was_shown() -> None:
    theorem = PROOF.conclusion(NONCONVEX.key)
    assert isinstance(theorem, Theorem)
    assert theorem.flaw() is None
    lower = replace(NONCONVEX, side=Side.LOWER)
    assert "is no upper bound" in replace(theorem, bound=lower).flaw()
    free = replace(NONCONVEX, conditions=())
    assert "is no condition of" in replace(theorem, bound=free).flaw()
    bold = replace(NONCONVEX, assumptions=frozenset())
    assert "does not assume" in replace(theorem, bound=bold).flaw()
    small = replace(NONCONVEX, terms=NONCONVEX.terms[1:])
    assert "shows" in replace(theorem, bound=small).flaw()


def test_a_replay_shows_which_lemma_is_cited() -> None:
    [cited] = [item for item in replay(PROOF) if item.step.lemma == "noise"]
    assert cited.holds
    assert "lemma noise: mean at N = K M" in cited.step.how


def test_a_lemma_keeps_the_constants_of_the_facts_that_it_relies_on() -> None:
    assert "gives L its meaning" in flaw("interpolation", (L, L / 2), of="of F")
    assert "its meaning" in flaw("noise", (sigma, sigma / 2), of="mean")
    assert not flaw("noise", (sigma, sigma), of="mean")


def test_what_a_lemma_defines_keeps_its_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    d = scalar("d")
    meaning = Definition("d", "d is a + b", d, a + b)
    shown = Combination("shown", "a <= d", d - a, ((1, meaning),))
    known = {"shown": Proof("shown", "", (meaning, shown), (shown,))}
    monkeypatch.setattr(citations, "cited", known.__getitem__)
    assert "its meaning" in flaw("shown", (d, sp.Integer(0)))
    assert not flaw("shown", (d, scalar("another")))
    cite = Lemma("cite", "a <= d", "shown")
    other = Definition("other", "d is 0 here", d, sp.Integer(0))
    assert not proved(Proof("clash", "", (other, cite), (cite,)))
    at_two = Lemma("two", "2 <= d", "shown", ((a, sp.Integer(2)),))
    [*_, last] = replay(Proof("clash", "", (cite, at_two), (at_two,)))
    assert "gives d another meaning" in last.detail


@pytest.mark.parametrize(
    ("larger", "smaller"),
    [(sp.Max(sp.Rational(1, 2), a), a), (sp.sqrt(b), sp.Integer(0))],
    ids=["max", "root"],
)
def test_no_wrong_guess_at_a_sign_turns_a_lemma_false(
    larger: sp.Expr, smaller: sp.Expr, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = Instance("lemma", "max{1/2, a} >= a", Rule.ABOVE_CHOICE, (larger, smaller))
    shown = rule if smaller else Inequality("lemma", "a root", smaller, larger)
    monkeypatch.setattr(citations, "cited", {"lemma": Proof("", "", (shown,), (shown,))}.get)
    at = ((a, 1 - 1 / (M * K)),) if smaller else ((b, (1 - 1 / (M * K)) ** 2),)
    assert "at these values" in flaw("lemma", *at, of="lemma")


def test_a_step_size_is_the_least_that_its_bound_names() -> None:
    below = Instance(
        "cap", "eta <= 1/L", Rule.BELOW_CHOICE, (eta, CAP_OR_NOISE, sp.Tuple(1 / L, 1, 1))
    )
    [shown] = [step for step in PROOF.steps if step.label == f"{NONCONVEX.key}, derived"]
    admissible = Combination("admissible", "eta L <= 1", 1 - eta * L, ((L, below),))
    free = Applied("free", "no condition left", shown, (admissible,))
    theorem = Theorem("all steps", "false", replace(NONCONVEX, conditions=()), free)
    assert "is not what minibatch_sgd.nonconvex takes for the least" in (theorem.flaw() or "")
