"""tune, invert, compare, crossover and exponents as a person types them."""

import json

import pytest

LOCAL = "local_sgd.convex_homogeneous"
GIVEN = ("num_workers=64", "smoothness=1", "gradient_noise=1", "initial_distance=1")
ORDERS = ("minibatch_sgd.convex.order", "local_sgd.convex_homogeneous.order")
LINK = ("dimension=1e6", "latency_seconds=1e-4", "bytes_per_second=1e9", "step_seconds=1e-3")


def asked(ratebound, *arguments):
    code, out, err = ratebound(*arguments, "--json")
    assert code == 0, err
    return json.loads(out)


def test_tune_over_local_steps_holds_rounds_or_steps(ratebound):
    rounds = asked(ratebound, "tune", LOCAL, *GIVEN, "num_rounds=50", "--most-local-steps", "99")
    assert (rounds["num_rounds"], rounds["local_steps"]) == (50, 99)
    steps = asked(ratebound, "tune", LOCAL, *GIVEN, "num_steps=120", "--most-local-steps", "120")
    assert steps["num_rounds"] * steps["local_steps"] == 120
    code, out, _ = ratebound(
        "tune", LOCAL, *GIVEN[:2], "initial_distance=1", "gradient_noise=0.1,1", "num_steps=120",
        "--most-local-steps", "120",
    )  # fmt: skip
    assert code == 0
    assert "best local steps" in out
    assert "gradient_noise" in out


def test_invert_gives_rounds_gradients_bytes_and_seconds(ratebound):
    row = asked(ratebound, "invert", LOCAL, *GIVEN, "local_steps=8", "accuracy=0.01", *LINK)
    assert row["bound"] <= 0.01 < row["bound_with_one_less"]
    assert row["gradients"] == 64 * 8 * row["num_rounds"]
    assert row["bytes"] == pytest.approx(row["num_rounds"] * 4e6 * 2 * 63 / 64)
    message = 2 * 63 * (1e-4 + 4e6 / 64 / 1e9)
    assert row["seconds"] == pytest.approx(row["num_rounds"] * (8e-3 + message))
    assert row["certain"] is True


def test_invert_over_ranges_and_over_local_steps(ratebound):
    request = ["invert", LOCAL, *GIVEN, *LINK]
    rows = asked(ratebound, *request, "accuracy=0.1,0.01", "local_steps=1:64:log2")
    assert len(rows) == 14
    best = asked(ratebound, *request, "accuracy=0.01", "--most-local-steps", "64")
    mine = [row["seconds"] for row in rows if row["values"]["accuracy"] == 0.01]
    assert best["seconds"] <= min(mine)
    slow = asked(
        ratebound, *request, "accuracy=0.01", "--most-local-steps", "64", "excess_seconds=1e-3"
    )
    assert slow["seconds"] > best["seconds"]
    hidden = asked(ratebound, *request, "accuracy=0.01", "--most-local-steps", "64", "--overlap")
    assert hidden["seconds"] < best["seconds"]
    code, out, _ = ratebound(*request, "accuracy=0.1,0.01", "local_steps=4")
    assert code == 0
    assert "fewest" in out
    assert "yes" in out


def test_what_is_never_reached_is_null(ratebound):
    request = ["invert", LOCAL, *GIVEN, "local_steps=8", "accuracy=1e-6", "step_size=0.1"]
    row = asked(ratebound, *request)
    assert row["num_rounds"] is None
    assert row["gradients"] is None
    assert "never" in ratebound(*request)[1]
    corollary = ["invert", f"{LOCAL}.tuned", *GIVEN, "local_steps=8", "accuracy=0.01"]
    assert "step_size" not in asked(ratebound, *corollary)
    assert "step_size" not in ratebound(*corollary)[1]


def test_compare_marks_a_point_on_a_map_with_a_lower_bound(ratebound, in_tmp):
    request = ["compare", *ORDERS, "any.convex_homogeneous.lower", *GIVEN]
    request += ["local_steps=1:4096:log2", "num_rounds=1:4096:log2", "--figure", "map.png"]
    rows = asked(ratebound, *request, "--mark", "local_steps=8,num_rounds=100")
    assert len(rows) == 169
    assert {key for row in rows for key in row["least"]} == set(ORDERS)
    assert all(row["gap_to_lower_bound"] > 0 for row in rows)
    assert (in_tmp / "map.png").stat().st_size > 10_000


def test_a_map_of_many_points_is_summed_up(ratebound):
    ranges = ["local_steps=1:4096:log1.4", "num_rounds=1:4096:log1.4", "--figure", "map.png"]
    code, out, _ = ratebound("compare", *ORDERS, *GIVEN, *ranges)
    assert code == 0
    assert "--json has every point" in out
    assert out.count("\n") < 10
    shares = [float(line.split("│")[3].strip(" %")) for line in out.splitlines() if "order" in line]
    assert sum(shares) == pytest.approx(100, abs=0.2)


def test_crossover_in_closed_form_and_by_number(ratebound):
    found = asked(ratebound, "crossover", *ORDERS, "local_steps")
    formula = "gradient_noise**2*num_rounds/(initial_distance**2*smoothness**2)"
    assert formula in [row["formula"] for row in found["crossings_of_terms"]]
    assert found["crossings"] == []
    request = ["crossover", *ORDERS, "local_steps", *GIVEN, "num_rounds=100"]
    found = asked(ratebound, *request, "local_steps=1:4096:log2")
    [row] = found["crossings"]
    assert 50 < row["value"] < 150
    assert (row["less_below"], row["less_above"]) == ORDERS
    assert "where they change order" in ratebound(*request, "local_steps=1:4096:log2")[1]


def test_exponents_of_terms_and_slopes_at_a_point(ratebound):
    found = asked(ratebound, "exponents", LOCAL, *GIVEN, "num_rounds=100", "local_steps=10")
    powers = {row["term"]: row["exponents"] for row in found["scaling"]}
    assert powers["optimisation"]["num_rounds"] == "-1"
    assert found["slopes"]["step_size"] == pytest.approx(0, abs=1e-9)
    assert "exponents as each quantity grows" in ratebound("exponents", LOCAL)[1]


def test_what_numbers_do_not_say_is_said(ratebound):
    request = ("compare", *ORDERS, "any.convex_homogeneous.lower", *GIVEN, "num_rounds=9")
    code, out, _ = ratebound(*request, "local_steps=3")
    assert code == 0
    assert f"caution: {ORDERS[0]} hides its constants" in out
    assert "caution: any.convex_homogeneous.lower is a lower bound" in out
    request = ("tune", LOCAL, *GIVEN, "num_rounds=9", "local_steps=3")
    assert "caution" not in ratebound(*request)[1]


def test_rounds_of_a_strongly_convex_run_that_begins_too_short(ratebound):
    """With few rounds the best step size is none at all; that must not end the search."""
    key = "local_sgd.strongly_convex_homogeneous.khaled2020"
    row = asked(
        ratebound, "invert", key, *GIVEN, "strong_convexity=0.1", "local_steps=4", "accuracy=0.1"
    )
    assert row["bound"] <= 0.1 < row["bound_with_one_less"]
    assert row["step_size"] > 1e-6
    code, _, err = ratebound(
        "tune", key, *GIVEN[:2], "gradient_noise=100", "initial_distance=1", "strong_convexity=0.1",
        "local_steps=1", "num_rounds=1",
    )  # fmt: skip
    assert code == 2
    assert "falls as step_size -> 0" in err


def test_terms_are_drawn_as_shares(ratebound, in_tmp):
    request = ["evaluate", f"{LOCAL}.tuned", *GIVEN, "num_rounds=100", "local_steps=1:64:log2"]
    code, _, _ = ratebound(*request, "--stack", "--figure", "stack.png")
    assert code == 0
    assert (in_tmp / "stack.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["invert", LOCAL, *GIVEN, "local_steps=8"], "invert needs accuracy=VALUE, unit f"),
        (["invert", LOCAL, *GIVEN, "accuracy=0.1"], "give it or --most-local-steps"),
        (
            ["invert", LOCAL, *GIVEN, "accuracy=0.1", "local_steps=8", "num_rounds=3"],
            "num_rounds is what invert chooses",
        ),
        (
            ["invert", LOCAL, *GIVEN, "accuracy=0.1", "local_steps=8", "step_seconds=1"],
            "seconds need dimension, latency_seconds, bytes_per_second",
        ),
        (
            ["invert", LOCAL, *GIVEN, "accuracy=0.1", "local_steps=8", "speed=1"],
            "speed is not used by local_sgd.convex_homogeneous or invert",
        ),
        (
            ["invert", LOCAL, *GIVEN, "accuracy=0.1", "local_steps=8", *LINK, "pareto_shape=1"],
            "ratebound: pareto_shape=1 must be a number > 1",
        ),
        (
            ["tune", LOCAL, *GIVEN, "num_rounds=9", "local_steps=3", "--most-local-steps", "9"],
            "local_steps is what tune chooses",
        ),
        (
            ["tune", LOCAL, *GIVEN, "num_rounds=9", "num_steps=9", "--most-local-steps", "9"],
            "num_rounds is what tune chooses",
        ),
        (
            ["tune", f"{LOCAL}.tuned", *GIVEN, "num_rounds=9", "local_steps=3"],
            "leaves no step size to choose: it has put one in",
        ),
        (
            ["tune", "any.convex_homogeneous.lower", *GIVEN, "num_rounds=9", "local_steps=3"],
            "leaves no step size to choose: it has none",
        ),
        (
            ["invert", LOCAL, *GIVEN, "accuracy=0.1", "--most-local-steps", "99999999999"],
            "--most-local-steps must lie in [1, 1000000]",
        ),
        (
            ["invert", LOCAL, *GIVEN, "accuracy=0.1", "local_steps=8", "dimension=100"],
            "seconds need latency_seconds",
        ),
        (
            ["invert", LOCAL, *GIVEN, "accuracy=0.1", "local_steps=8", *LINK[:3],
             "step_seconds=-1", "excess_seconds=1"],
            "step_seconds=-1 must be a number >= 0",
        ),
        (
            ["crossover", *ORDERS, "local_steps", *GIVEN, "num_rounds=9,10", "local_steps=1:9:9"],
            "crossover takes a range for local_steps, a number for num_rounds",
        ),
        (
            ["exponents", LOCAL, *GIVEN, "num_rounds=9", "local_steps=3", "step_size=9"],
            "condition L η ≤ 1 fails: 9 > 1 (L is smoothness, η is step_size)",
        ),
        (
            ["exponents", "minibatch_sgd.nonconvex", *GIVEN[:2], "gradient_noise=0",
             "initial_gap=0", "num_rounds=9", "local_steps=3", "step_size=0.1"],
            "is 0 there, and so has no slopes",
        ),
        (
            ["evaluate", LOCAL, *GIVEN, "step_size=0.1", "local_steps=1:9999:9999",
             "num_rounds=1:9999:9999"],
            "1e+08 points are more than 1e+07",
        ),
        (
            ["evaluate", LOCAL, *GIVEN, "num_rounds=9", "local_steps=3", "step_size=1:2:99999999"],
            "must be a number or a range",
        ),
        (
            ["compare", *ORDERS, *GIVEN, "num_rounds=9,99", "local_steps=1,2", "--figure", "x.png",
             "--mark", "local_steps=1,num_rounds=1e9"],
            "--mark num_rounds=1e+09 is not in the range 9 to 99",
        ),
        (["diff", *ORDERS, "--seed", "-1"], "seed=-1 must be a whole number >= 0"),
        (["compare", *ORDERS, *GIVEN, "--mark", "local_steps=3"], "--mark shows a point in a fig"),
        (["crossover", *ORDERS], "crossover takes two keys and the name of a parameter, not 2"),
        (["crossover", *ORDERS, "pullback"], "pullback is used by neither bound"),
        (["crossover", *ORDERS, "local_steps", "num_rounds=9"], "crossover needs"),
        (["evaluate", f"{LOCAL}.tuned", *GIVEN, "num_rounds=9", "local_steps=1,2", "--stack"],
         "--stack is how a figure is drawn"),
    ],
)  # fmt: skip
def test_a_wrong_request_is_one_line(ratebound, arguments, message):
    code, out, err = ratebound(*arguments)
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert message in err
