"""Algorithms, problems, compressors and bounds of one's own: named, kept apart, refused."""

import importlib
import json
import sys
from pathlib import Path

import pytest
import torch

from empirical import catalogue, testing
from empirical.algorithm import Algorithm
from empirical.compressor import Compressor
from empirical.description import build, describe, names
from empirical.experiments.experiment import build_experiment
from empirical.experiments.records import read_records
from empirical.problem import Problem
from theory import catalogue as theorems
from theory import discovery

OWN = '''
from dataclasses import dataclass
from empirical import Algorithm, Identity, LocalSGD, Tilted
from theory import ReportPoint, lookup
from dataclasses import replace

@dataclass(frozen=True, kw_only=True)
class Halving(LocalSGD):
    """Local SGD at half of the step size."""
    def local_step(self, state, gradient):
        return super().local_step(state, gradient / 2)

@dataclass(frozen=True, kw_only=True)
class Lifted(Tilted):
    """Tilted, one higher."""
    def objective(self, x, workers):
        return super().objective(x, workers) + 1

@dataclass(frozen=True)
class Twice(Identity):
    """Sent as it is."""
    code = 201

class Unfinished(Algorithm):
    """Lacks everything."""

class Stranger:
    """No algorithm."""

BOUNDS = (
    replace(lookup("local_sgd.nonconvex"), key="halving.nonconvex", algorithm="STEM:Halving"),
    replace(lookup("minibatch_sgd.nonconvex"), key="halving.proved", algorithm="STEM:Halving"),
)
'''

PROVED = """
from dataclasses import replace

from theory import Term, lookup, symbols
from theory.proving import Combination, Hypothesis, Inequality, Lemma, Proof, Theorem, measured

eta, L, sigma, M, K = symbols(
    "step_size", "smoothness", "gradient_noise", "num_workers", "local_steps"
)
KNOWN = lookup("minibatch_sgd.nonconvex")
SPARE = eta * L * sigma**2 / (M * K)
LOOSER = replace(
    KNOWN,
    key="minibatch_sgd.nonconvex.looser",
    terms=(KNOWN.terms[0], Term("statistical", 2 * SPARE)),
    proof="looser.py:PROOF",
)
SHORT = Hypothesis("short steps", "suppose eta L <= 1", 1 - eta * L)
CITED = Lemma("known", "what is known", KNOWN.proof, given=(SHORT,), of=KNOWN.key)
POSITIVE = Inequality("spare", "what is added is nonnegative", 0, SPARE)
GAP = LOOSER.expression - measured(LOOSER.measure)
SUM = Combination("sum", "both together", GAP, ((1, CITED), (1, POSITIVE)))
RESULT = Theorem("looser", "what the bound states", LOOSER, SUM)
PROOF = Proof("looser", "a factor to spare", (SHORT, CITED, POSITIVE, SUM, RESULT), (RESULT,))
TIGHTER = replace(LOOSER, key="tighter", terms=KNOWN.terms)
BOUNDS = (LOOSER, TIGHTER, replace(LOOSER, key="lacking", proof="looser.py:NOTHING"))
"""
"""A bound with its derivation: the catalogue's, with a factor to spare."""

RUN = (
    "problem=tilted",
    "num_workers=2",
    "local_steps=2",
    "step_size=0.1",
    "num_rounds=3",
    "records=r.jsonl",
)


@pytest.fixture
def own(in_tmp, monkeypatch, request):
    """A file of one's own in the working folder, with a stem that no other test has."""
    monkeypatch.setattr(sys, "path", sys.path[:])
    stem = f"own_{abs(hash(request.node.name))}"
    (in_tmp / f"{stem}.py").write_text(OWN.replace("STEM", stem))
    importlib.invalidate_caches()
    yield stem
    sys.modules.pop(stem, None)


@pytest.fixture
def installed(in_tmp, monkeypatch):
    """An installed package that offers one of each by entry points."""
    stem = "package_of_a_test"
    (in_tmp / f"{stem}.py").write_text(OWN.replace("STEM", stem))
    info = in_tmp / f"{stem}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {stem}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[ratebound.algorithms]\nhalving = {stem}:Halving\nbroken = {stem}:Nothing\n"
        f"[ratebound.problems]\nlifted = {stem}:Lifted\n"
        f"[ratebound.compressors]\ntwice = {stem}:Twice\n"
        f"[ratebound.bounds]\n{stem} = {stem}\n"
    )
    monkeypatch.syspath_prepend(in_tmp)
    theorems.bounds.cache_clear()
    yield stem
    sys.modules.pop(stem, None)
    theorems.bounds.cache_clear()


def test_a_reference_is_kept_and_builds_the_same(own):
    for kind, name in ((Algorithm, "Halving"), (Problem, "Lifted"), (Compressor, "Twice")):
        fields = {Algorithm: {"local_steps": 2, "step_size": 0.1}, Problem: {"num_workers": 2}}
        made = build(kind, {"name": f"{own}.py:{name}", **fields.get(kind, {})})
        described = describe(made)
        assert described["name"] == f"{own}.py:{name}"
        assert build(kind, json.loads(json.dumps(described))) == made
        assert type(made).__name__ not in {item.__name__ for item in names(kind).values()}


@pytest.mark.parametrize("spelled", ["{0}.py", "./{0}.py", "{1}/{0}.py"])
def test_however_a_file_is_named_the_content_key_is_one(own, in_tmp, spelled):
    def key(where):
        algorithm = {"name": f"{where}:Halving", "local_steps": 2, "step_size": 0.1}
        problem = {"name": "tilted", "num_workers": 2}
        data = {"algorithm": algorithm, "problem": problem, "num_rounds": 3}
        return build_experiment(data).key

    assert key(spelled.format(own, in_tmp)) == key(f"{own}.py")


def test_theorems_of_the_catalogue_do_not_speak_of_a_class_that_bears_a_name_of_it(
    ratebound, own, in_tmp
):
    text = OWN.replace("STEM:Halving", f"{own}:LocalSGD").replace("class Halving", "class LocalSGD")
    (in_tmp / f"{own}.py").write_text(text)
    assert ratebound("run", f"algorithm={own}.py:LocalSGD", *RUN)[0] == 0
    assert ratebound("run", "algorithm=local_sgd", *RUN)[0] == 0
    records = {item.experiment["algorithm"]["name"] for item in read_records(Path("r.jsonl"))}
    assert records == {"local_sgd", f"{own}.py:LocalSGD"}
    judged = json.loads(ratebound("judge", "r.jsonl", "--all", "--json")[1])
    keys = [item["key"] for item in judged]
    assert len(set(keys)) == len(keys) >= 10, "each theorem judges one run, not both"


def test_a_bound_of_ones_own_is_judged_beside_the_catalogue(ratebound, own):
    assert ratebound("run", f"algorithm={own}.py:Halving", *RUN)[0] == 0
    code, out, _ = ratebound("judge", "r.jsonl", "--bounds", f"{own}.py", "--json")
    assert code == 0
    assert {item["key"] for item in json.loads(out)} == {"halving.nonconvex", "halving.proved"}
    only = json.loads(
        ratebound("judge", "r.jsonl", "--bounds", f"{own}.py:halving.nonconvex", "--json")[1]
    )
    assert [item["key"] for item in only] == ["halving.nonconvex"]


def test_a_bound_of_ones_own_may_name_a_derivation(ratebound, in_tmp, monkeypatch):
    monkeypatch.setattr(sys, "path", sys.path[:])
    (in_tmp / "looser.py").write_text(PROVED)
    key = "minibatch_sgd.nonconvex.looser"
    code, out, _ = ratebound("prove", f"looser.py:{key}")
    assert code == 0
    assert "PROVED" in out
    code, _, err = ratebound("prove", "looser.py:tighter")
    assert code == 1
    assert "looser does not conclude tighter" in err
    code, _, err = ratebound("prove", "looser.py:lacking")
    assert code == 2
    assert "looser.py:NOTHING is no Proof" in err
    sys.modules.pop("looser")


def test_what_an_installed_package_offers_has_a_name(ratebound, installed):
    code, _, err = ratebound("run", "algorithm=halving", *RUN)
    assert code == 0, err
    [record] = read_records(Path("r.jsonl"))
    assert record.experiment["algorithm"]["name"] == f"{installed}:Halving"
    shown = json.loads(ratebound("judge", "r.jsonl", "--json")[1])
    assert "halving.nonconvex" in {item["key"] for item in shown}
    assert ratebound("show", "halving.nonconvex")[0] == 0
    wrapped = ("algorithm=compressed", "compressor=twice", *RUN[1:], "problem=lifted")
    assert ratebound("run", *wrapped)[0] == 0
    assert len(read_records(Path("r.jsonl"))) == 2


@pytest.mark.parametrize(
    ("algorithm", "message"),
    [
        ("missing.py:Halving", "missing.py is no file"),
        ("{0}.py:Halfing", "there is no Halfing; it has Halving"),
        ("{0}.py:Stranger", "is no Algorithm; subclass empirical.Algorithm"),
        ("{0}.py:Unfinished", "is abstract: it lacks absorb, "),
        ("{0}.py:Lifted", "is no Algorithm"),
        ("nowhere.at.all:Halving", "nowhere.at.all cannot be imported: ModuleNotFoundError"),
        ("{0}.py:", "must be package.module:NAME or path/to/file.py:NAME"),
        ("raising.py:Halving", "raising.py cannot be imported: ZeroDivisionError"),
        ("json.py:Halving", "json.py bears the name of another module"),
        ("halving", "algorithm='halving' is unknown; choose from "),
    ],
)
def test_what_is_no_algorithm_is_refused_in_one_line(ratebound, own, in_tmp, algorithm, message):
    (in_tmp / "raising.py").write_text("1 / 0")
    (in_tmp / "json.py").write_text("")
    code, out, err = ratebound("run", f"algorithm={algorithm.format(own)}", *RUN)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert not (in_tmp / "r.jsonl").exists()


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        (("missing.py",), "missing.py is no file"),
        (("{0}.py:nothing",), "no bound 'nothing'; it has halving.nonconvex, halving.proved"),
        (("{0}.py", "{0}.py:halving.proved"), "halving.proved is given twice"),
        (("empty.py",), "empty has no BOUNDS; end it in BOUNDS"),
        (("theory.bounds.local_sgd.local_sgd_nonconvex",), "is a key of the catalogue"),
        (("other.py",), "other.nonconvex speaks of algorithm=fedac, which is not among"),
    ],
)
def test_bounds_that_cannot_be_used_are_refused_in_one_line(
    ratebound, own, in_tmp, bounds, message
):
    (in_tmp / "empty.py").write_text("")
    (in_tmp / "other.py").write_text(
        "from dataclasses import replace\nfrom theory import lookup\n"
        "BOUNDS = (replace(lookup('local_sgd.nonconvex'), key='other.nonconvex', "
        "algorithm='fedac'),)"
    )
    options = [part for name in bounds for part in ("--bounds", name.format(own))]
    assert ratebound("run", f"algorithm={own}.py:Halving", *RUN)[0] == 0
    judged = ("judge", "r.jsonl", *options)
    moments = ("moments", f"algorithm={own}.py:Halving", "problem=quadratic", *RUN[1:-1], *options)
    for request in (judged, moments):
        code, out, err = ratebound(*request)
        assert (code, out) == (2, "")
        assert message in err
        assert err.count("\n") == 1
    for stem in ("empty", "other"):
        sys.modules.pop(stem, None)


def test_an_installed_package_that_is_broken_is_named(ratebound, installed):
    code, _, err = ratebound("run", "algorithm=broken", *RUN)
    assert code == 2
    assert f"broken of {installed} cannot be loaded: AttributeError" in err


def test_the_laws_hold_for_what_is_ones_own(own):
    module = discovery.imported(f"{own}.py:Halving")[0]
    testing.the_layout_does_not_matter(
        module.Halving(local_steps=2, step_size=0.1), module.Lifted(num_workers=2), num_ranks=2
    )
    vectors = torch.randn(1, 2, 5, dtype=torch.float64)
    testing.bytes_bring_everything_back(module.Twice(), vectors)
    point = torch.linspace(-1, 1, module.Lifted(num_workers=2).dimension, dtype=torch.float64)
    testing.gradient_is_the_autograd_of_the_objective(module.Lifted(num_workers=2), point)


def test_the_catalogue_is_not_changed_by_what_is_ones_own(own):
    before = set(catalogue.algorithms())
    discovery.imported(f"{own}.py:Halving")
    assert set(names(Algorithm)) >= before
    assert not any("halving" in name for name in names(Algorithm))
