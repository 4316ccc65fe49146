"""The exact commands as a person types them."""

import json

import pytest

WORST = ["worst-case", "overlap_local_sgd", "local_steps=2", "num_rounds=2", "pullback=0.6"]
WORST += ["heterogeneity=1"]
RUN = ["moments", "algorithm=local_sgd", "local_steps=2", "step_size=0.1", "problem=quadratic"]
RUN += ["num_workers=3", "size=3", "lowest=0.2", "gradient_noise=0.5", "heterogeneity=1"]
EVALUATE = ["num_workers=8", "num_rounds=2", "smoothness=1", "gradient_noise=0"]
EVALUATE += ["heterogeneity=0.5", "initial_gap=1", "local_steps=3"]


def test_worst_case_prints_bound_worst_case_and_tightness(ratebound):
    code, out, _ = ratebound(*WORST, "step_size=0.05")
    assert code == 0
    for word in ("exact worst case", "overlap_local_sgd.nonconvex", "tightness", "every M >= 2"):
        assert word in out
    found = json.loads(ratebound(*WORST, "step_size=0.05", "--json")[1])
    assert found["status"] == "Solved"
    assert found["solver_gap"] < 1e-6
    for item in found["bounds"]:
        assert item["tightness"] == pytest.approx(item["bound"] / found["worst_case"], rel=1e-6)
        assert item["tightness"] > 1


def test_worst_case_says_where_a_bound_is_silent(ratebound):
    found = json.loads(ratebound(*WORST, "step_size=0.5", "--json")[1])
    assert all("condition" in item["reason"] for item in found["bounds"])
    assert found["worst_case"] > 0


def test_worst_case_over_a_range_with_its_picture(ratebound, in_tmp):
    tokens = [token for token in WORST if not token.startswith("num_rounds")]
    tokens += ["step_size=0.05", "num_rounds=1,2", "gradient_noise=1", "--figure", "w.png"]
    code, out, _ = ratebound(*tokens)
    assert code == 0
    assert "tightness of" in out
    assert (in_tmp / "w.png").read_bytes().startswith(b"\x89PNG")
    rows = json.loads(ratebound(*tokens, "--json")[1])
    assert rows[0]["worst_case"] > rows[1]["worst_case"]


def test_worst_case_of_a_convex_class(ratebound):
    """Local GD, K = R = 3, step 1/(4 K L): 0.30199."""
    tokens = ["worst-case", "local_sgd", "functions=convex", "local_steps=3", "num_rounds=3"]
    tokens += ["step_size=0.08333333333333333", "heterogeneity_at_optimum=1"]
    tokens += ["measure=suboptimality", "summary=averaged_iterate", "--json"]
    found = json.loads(ratebound(*tokens)[1])
    assert found["worst_case"] == pytest.approx(0.30199, abs=5e-6)
    assert found["bounds"] == []


def test_an_unbounded_worst_case_is_one_line(ratebound):
    code, _, err = ratebound(
        "worst-case", "local_sgd", "local_steps=2", "num_rounds=2", "step_size=0.5"
    )
    assert code == 2
    assert err.startswith("ratebound: ")
    assert err.count("\n") == 1


def test_moments_are_exact_and_judge_bounds(ratebound, in_tmp):
    code, out, _ = ratebound(*RUN, "num_rounds=20", "--figure", "m.png")
    assert code == 0
    for word in ("exact expectations", "squared_gradient_norm", "when settled", "HOLDS"):
        assert word in out
    assert (in_tmp / "m.png").read_bytes().startswith(b"\x89PNG")
    found = json.loads(ratebound(*RUN, "num_rounds=20", "--json")[1])
    assert {item["outcome"] for item in found["bounds"]} <= {"HOLDS", "INAPPLICABLE"}
    outcomes = {item["key"]: item["outcome"] for item in found["bounds"]}
    assert outcomes["local_sgd.nonconvex"] == "HOLDS"
    assert found["stationary"]["contraction"] < 1
    assert found["end"]["objective"] < found["average"]["objective"]


def test_moments_of_an_unstable_run_say_so(ratebound):
    tokens = [token for token in RUN if not token.startswith("step_size")]
    found = json.loads(ratebound(*tokens, "step_size=9", "num_rounds=3", "--json")[1])
    assert "does not settle" in found["stationary"]["reason"]
    assert {item["outcome"] for item in found["bounds"]} == {"INAPPLICABLE"}


@pytest.mark.parametrize("problem", ["tilted", "logistic", "cifar10"])
def test_moments_refuse_by_name(ratebound, problem):
    request = ["moments", "algorithm=local_sgd", "local_steps=2", "step_size=0.1"]
    code, _, err = ratebound(*request, f"problem={problem}", "num_workers=2", "num_rounds=2")
    assert code == 2
    assert problem in err
    assert err.count("\n") == 1


def test_mixing_prints_numbers_and_the_bound_that_they_prove(ratebound):
    request = ["mixing", "overlap_local_sgd", "local_steps=3", "pullback=0.6"]
    request += ["anchor_momentum=0.7", "num_rounds=10"]
    code, out, _ = ratebound(*request)
    assert code == 0
    for word in ("C_w", "for every R", "exact at R = 10", "PROVED", "overlap_local_sgd.nonconvex"):
        assert word in out
    found = json.loads(ratebound(*request, "--json")[1])
    assert found["reported"]
    for name, value in found["exact"].items():
        assert value <= found["certified"][name]


def test_stability_of_a_method_and_its_map(ratebound, in_tmp):
    code, out, _ = ratebound("stability", "local_sgd", "local_steps=1,2,4", "--figure", "s.png")
    assert code == 0
    assert "stable" in out
    assert (in_tmp / "s.png").read_bytes().startswith(b"\x89PNG")
    tokens = ["overlap_local_sgd", "local_steps=1,2", "pullback=0.3,0.6", "anchor_momentum=0,0.5"]
    rows = json.loads(ratebound("stability", *tokens, "--figure", "t.png", "--json")[1])
    assert len(rows) == 8
    assert (in_tmp / "t.png").read_bytes().startswith(b"\x89PNG")
    for row in rows:
        admitted = {item["key"]: item["largest_admissible"] for item in row["bounds"]}
        assert admitted["overlap_local_sgd.nonconvex.mixing"] < row["largest_stable"]


def test_falsify_ends_with_what_it_came_to(ratebound):
    code, out, _ = ratebound("falsify", "minibatch_sgd.nonconvex", "--seconds", "2")
    assert code == 0
    assert "not refuted" in out
    assert "ratebound evaluate minibatch_sgd.nonconvex" in out
    request = ["falsify", "local_sgd.nonconvex", "num_workers=2", "--seconds", "1", "--json"]
    found = json.loads(ratebound(*request)[1])
    assert not found["refuted"]
    assert found["tightness_over_attacks"]["least"] >= 1 - 1e-6
    assert "num_workers=2 " in found["best"]["command_of_bound"]


def test_falsify_fails_where_it_succeeds(ratebound, monkeypatch):
    from dataclasses import replace

    from theory import catalogue
    from theory.bound import Term

    theorem = catalogue.lookup("minibatch_sgd.nonconvex")
    terms = tuple(Term(term.name, term.expression / 3) for term in theorem.terms)
    monkeypatch.setattr(catalogue, "lookup", lambda key: replace(theorem, terms=terms))
    code, out, _ = ratebound("falsify", "planted", "--seconds", "20")
    assert code == 1
    assert "REFUTED" in out


def test_evaluate_and_compare_gain_a_tightness_column(ratebound):
    key = "local_sgd.nonconvex"
    found = json.loads(
        ratebound("evaluate", key, *EVALUATE, "step_size=0.05", "--tightness", "--json")[1]
    )
    assert found["reading"] == "exact worst case"
    assert found["tightness"] == pytest.approx(found["bound"] / found["attained"])
    assert "tightness" in ratebound("evaluate", key, *EVALUATE, "step_size=0.05", "--tightness")[1]
    ranged = ["step_size=0.05,3", "--tightness"]
    rows = json.loads(ratebound("evaluate", key, *EVALUATE, *ranged, "--json")[1])
    assert rows[0]["tightness"] > 1
    assert "tightness" not in rows[1], "its conditions fail"
    assert "tightness" in ratebound("evaluate", key, *EVALUATE, *ranged)[1]
    keys = [key, "minibatch_sgd.nonconvex"]
    row = json.loads(ratebound("compare", *keys, *EVALUATE, "--tightness", "--json")[1])
    tight = {item["key"]: item["tightness"] for item in row["bounds"]}
    assert tight["minibatch_sgd.nonconvex"] == pytest.approx(1, rel=1e-6)
    assert tight[key] > 1
    plain = json.loads(ratebound("compare", *keys, *EVALUATE, "--json")[1])
    assert not any("tightness" in item for item in plain["bounds"])


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (["worst-case", "adam", "num_rounds=1"], "algorithm='adam' is unknown"),
        (["mixing", "local_sgd", "local_steps=2,3"], "one method at a time"),
        (["stability", "local_sgd", "local_steps=2", "--figure", "x.png"], "draws one to 3 ranges"),
        (["mixing", "local_sgd", "local_steps=5000"], "local_steps=5000 must be at most 2048"),
        (
            [
                "moments",
                "algorithm=local_sgd",
                "local_steps=2",
                "step_size=0.1",
                "problem=quadratic",
                "num_workers=2",
                "num_rounds=1000000000",
            ],
            "the moments of 2000000000 steps are too many to list; at most 13421772 rounds",
        ),
        (
            ["worst-case", "local_sgd", "local_steps=1000", "num_rounds=2", "step_size=0.1"],
            "the worst case of 2000 steps is too large to solve for",
        ),
        (
            [
                "worst-case",
                "local_sgd",
                "local_steps=4",
                "num_rounds=2",
                "num_workers=99",
                "step_size=0.1",
            ],
            "the worst case of 8 steps of 99 workers is too large",
        ),
        (["falsify", "local_sgd", "--seconds", "1"], "no bound 'local_sgd'"),
        (["falsify", "local_sgd.nonconvex", "--seconds", "0"], "seconds=0 must be"),
    ],
)
def test_a_wrong_request_is_one_line(ratebound, request_, message):
    code, _, err = ratebound(*request_)
    assert code == 2
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "request_",
    [
        # bounds that speak of some of the methods only, in either order
        ["stability", "minibatch_sgd", "local_steps=2,1"],
        ["stability", "overlap_local_sgd", "local_steps=1", "pullback=.5", "anchor_momentum=.5,0"],
        ["stability", "overlap_local_sgd", "local_steps=2,1", "pullback=.5,.3,.3"],
        [
            "stability",
            "local_sgd",
            "local_steps=1",
            "inner_rule=heavy_ball",
            "inner_rule.momentum=0,.5",
        ],
        ["worst-case", "minibatch_sgd", "local_steps=1,2", "num_rounds=2", "step_size=.1"],
        [
            "worst-case",
            "local_sgd",
            "local_steps=2",
            "num_rounds=1",
            "step_size=.1",
            "heterogeneity_on_average=0,1",
        ],
    ],
    ids=" ".join,
)
def test_pictures_of_ranges_in_any_order(ratebound, in_tmp, request_):
    code, _, err = ratebound(*request_, "--figure", "p.png")
    assert (code, err) == (0, "")
    assert (in_tmp / "p.png").read_bytes().startswith(b"\x89PNG")


def test_a_map_has_its_values_where_they_belong(monkeypatch):
    from matplotlib.axes import Axes

    from empirical.cli.readings.stability_figure import stability_figure

    drawn = []
    real = Axes.pcolormesh
    monkeypatch.setattr(
        Axes, "pcolormesh", lambda *args, **rest: drawn.append(args[1:4]) or real(*args, **rest)
    )
    rows = [
        {"local_steps": k, "pullback": a, "stable": 10 * k + a, "admitted": {}}
        for k in (4, 1)
        for a in (0.6, 0.2)
    ]
    stability_figure("x", rows)
    x, y, table = drawn[0]  # the colour bar draws another
    assert (x.tolist(), y.tolist()) == ([1, 4], [0.2, 0.6])
    assert table.tolist() == [[10.2, 40.2], [10.6, 40.6]]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (["falsify", "local_sgd.nonconvex", "num_workers=x"], "num_workers=x must be a finite"),
        (["falsify", "local_sgd.nonconvex", "--seed", "-1"], "seed=-1 must be a whole number"),
        (
            [
                "stability",
                "local_sgd",
                "local_steps=1,2",
                "problem.first=0",
                "problem.second=0",
                "inner_rule=heavy_ball",
                "inner_rule.momentum=0,.5",
                "--figure",
                "x.png",
            ],
            "nothing limits the step size anywhere",
        ),
    ],
)
def test_another_wrong_request_is_one_line(ratebound, request_, message):
    code, _, err = ratebound(*request_)
    assert code == 2
    assert message in err
    assert err.count("\n") == 1


def test_moments_beyond_floats_are_said_in_words(ratebound):
    request = [item for item in RUN if not item.startswith("step_size")]
    code, out, _ = ratebound(*request, "num_rounds=2000", "step_size=50")
    assert code == 0
    assert "nan" not in out
    assert out.count("beyond 1e308") == 6
    assert "when settled: local_sgd at step_size=50 does not settle" in out


def test_symbols_stand_for_quantities(ratebound):
    named = ratebound("stability", "local_sgd", "local_steps=2", "--json")
    assert ratebound("stability", "local_sgd", "K=2", "--json") == named
    named = ratebound("mixing", "local_sgd", "local_steps=2", "num_rounds=3", "--json")
    assert ratebound("mixing", "local_sgd", "τ=2", "R=3", "--json") == named
    keys = ("local_sgd.nonconvex", "minibatch_sgd.nonconvex")
    assert ratebound("crossover", *keys, "ζ") == ratebound("crossover", *keys, "heterogeneity")
