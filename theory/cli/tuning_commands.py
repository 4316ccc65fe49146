"""The commands that choose and weigh: tune, invert, compare, crossover, exponents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from cyclopts import App, Parameter

from theory.cli.options import Json, Picture, cautioned, given_points, point, rows_table
from theory.presentation.terminal import DONE, console, print_json, print_table

Beside = Annotated[Callable[..., Mapping[str, Any]] | None, Parameter(parse=False)]
"""What the other half sets beside a bound; the command line never fills it in."""

Mark = Annotated[
    str | None, Parameter(name="--mark", help="Point to show, such as local_steps=8,num_rounds=99.")
]
MostLocalSteps = Annotated[
    int | None, Parameter(name="--most-local-steps", help="Try every K up to this, keep the best.")
]


_MOST_ROWS = 400
"""Points of a map that a table lists one by one."""


def add_tool_commands(app: App, *, without: Sequence[str] = ()) -> None:
    """Adds these commands to an app, but for those that it has of its own."""
    for command in (tune, invert, compare, crossover, exponents):
        if command.__name__ not in without:
            app.command(command, name=command.__name__)


def tune(
    key: str,
    *assignments: str,
    most_local_steps: MostLocalSteps = None,
    as_json: Json = False,
) -> int:
    """Find the best step size, exactly, and the best local steps; over ranges, for every point.

    Args:
        key: of the bound.
        assignments: name=value for every parameter but step_size; ranges as in evaluate. With
            --most-local-steps leave local_steps out, and give num_rounds, or num_steps to hold the
            steps K R instead.
    """
    from theory import catalogue
    from theory.cli.tuned_rows import tuned_local_steps, tuned_step_sizes

    bound = catalogue.bound(key)
    rows, chosen = (
        tuned_step_sizes(bound, assignments)
        if most_local_steps is None
        else tuned_local_steps(bound, assignments, most_local_steps)
    )
    if as_json:
        return print_json(rows[0] if len(rows) == 1 else rows)
    varying = [name for name in rows[0] if len({row[name] for row in rows}) > 1]
    varying = [name for name in varying if name not in chosen]
    what = "best step size" if most_local_steps is None else "best local steps"
    print_table(rows_table(rows, [*varying, *chosen], f"{key}: {what}"))
    return cautioned(bound)


def invert(
    key: str,
    *assignments: str,
    most_local_steps: MostLocalSteps = None,
    overlap: Annotated[bool, Parameter(name="--overlap", negative="")] = False,
    as_json: Json = False,
) -> int:
    """Find the fewest rounds that promise an accuracy, and the gradients, bytes and seconds.

    Args:
        key: of the bound.
        assignments: accuracy=VALUE, in the unit of the measure, and name=value for every parameter
            but num_rounds; the step size is the best one unless given. For bytes and seconds also
            dimension, latency_seconds, bytes_per_second, step_seconds, and where workers straggle
            excess_seconds (exponential) or pareto_shape (then step_seconds is the least time);
            bytes_per_number is 4 unless given. Ranges as in evaluate.
        most_local_steps: instead of local_steps: the K with the least seconds.
        overlap: messages travel while the next round computes.
    """
    from theory import catalogue
    from theory.cli.inverted_rows import inverted

    bound = catalogue.bound(key)
    rows = inverted(bound, assignments, most_local_steps, overlapped=overlap)
    if as_json:
        return print_json(rows[0] if len(rows) == 1 else rows)
    shown = ["local_steps", "num_rounds", "step_size", "bound", "gradients", "bytes", "seconds"]
    shown = [name for name in shown if name in rows[0]]
    varying = [name for name in rows[0] if len({row[name] for row in rows}) > 1]
    hidden = (*shown, "bound_with_one_less", "certain")
    columns = [*(name for name in varying if name not in hidden), *shown, "fewest"]
    sure = {True: "yes", False: "perhaps not"}
    told = [
        {name: "never" if value is None else value for name, value in row.items()}
        | {"fewest": "not in 2^40" if row["num_rounds"] is None else sure[row["certain"]]}
        for row in rows
    ]
    print_table(rows_table(told, columns, f"{key}: fewest rounds"))
    return cautioned(bound)


def compare(
    *keys_and_assignments: str,
    as_json: Json = False,
    figure: Picture = None,
    mark: Mark = None,
    reading: Beside = None,
) -> int:
    """Compare bounds at the same numbers, each at its best step size unless one is given.

    Args:
        keys_and_assignments: two or more keys, then name=value for their parameters; ranges as in
            evaluate. One range draws curves, two ranges a map of the least bound; lower bounds
            among the keys are never the least and show the gap to it.
        reading: sets what can be attained beside each bound.
    """
    from theory import catalogue
    from theory.comparison.comparison import compared, rows_of

    keys = [token for token in keys_and_assignments if "=" not in token]
    if len(keys) < 2:
        raise ValueError(f"compare takes two or more keys, not {len(keys)}; `bounds` lists them")
    if mark is not None and figure is None:
        raise ValueError("--mark shows a point in a figure; give --figure")
    bounds = [catalogue.bound(key) for key in dict.fromkeys(keys)]
    tokens = [token for token in keys_and_assignments if "=" in token]
    needed = {name for bound in bounds for name in bound.parameters}
    points = given_points(tokens, sorted(needed), "compare", without=("step_size",))
    found = compared(bounds, points)
    rows = rows_of(found, reading)
    if figure is not None:
        from theory.presentation.comparison_figures import comparison_figure
        from theory.presentation.figures import save

        save(comparison_figure(found, _marked(mark)), figure)
    if as_json:
        return print_json(rows)
    if figure is not None and len(rows) > _MOST_ROWS:
        return print_table(_shares(rows))
    varying = [name for name in points if len({row[name] for row in rows}) > 1]
    gap = [] if found.floor is None else ["gap"]
    tight = [] if reading is None else [f"tightness of {key}" for key in keys]
    columns = [*varying, *found.values, "least", *gap, *tight]
    print_table(rows_table(rows, columns, "bounds at best step sizes"))
    return cautioned(*bounds)


def _shares(rows: Sequence[Mapping[str, Any]]) -> Any:
    """How often each bound is the least, for maps of too many points to list."""
    counts = Counter(row["least"] for row in rows).most_common()
    told = [
        {"least": key, "points": str(count), "share": f"{count / len(rows):.1%}"}
        for key, count in counts
    ]
    return rows_table(told, ["least", "points", "share"], "least bounds; --json has every point")


def _marked(text: str | None) -> dict[str, float]:
    from theory.cli.arguments import numbers, parse

    found = {
        name: numbers(name, value) for name, value in parse(text.split(",") if text else ()).items()
    }
    return {name: float(value[0]) for name, value in found.items()}


def crossover(*names_and_assignments: str, as_json: Json = False) -> int:
    """Find where two bounds meet in one hyperparameter: in closed form, and by number.

    Args:
        names_and_assignments: two keys and the name of the hyperparameter, for the formulas at
            which their terms meet. With name=value for every other parameter and a range for the
            hyperparameter also all places in it where the bounds change order, each at its best
            step size.
    """
    from theory import catalogue
    from theory.comparison.crossover import crossings, term_crossings
    from theory.notation import latex

    names = [token for token in names_and_assignments if "=" not in token]
    tokens = [token for token in names_and_assignments if "=" in token]
    if len(names) != 3:
        raise ValueError(f"crossover takes two keys and the name of a parameter, not {len(names)}")
    first, second, name = catalogue.bound(names[0]), catalogue.bound(names[1]), names[2]
    needed = sorted({*first.parameters, *second.parameters})
    if name not in needed:
        raise ValueError(f"{name} is used by neither bound; they use {', '.join(needed)}")
    terms = [
        {
            "first": item.first.name,
            "second": item.second.name,
            name: str(item.value),
            "larger above": item.first.name if item.first_leads_above else item.second.name,
            "latex": latex(item.value),
        }
        for item in term_crossings(first, second, name)
    ]
    places = []
    if tokens:
        points = given_points(tokens, needed, "crossover", without=("step_size",))
        several = [n for n, column in points.items() if n != name and len(set(column)) > 1]
        if several:
            raise ValueError(f"crossover takes a range for {name}, a number for {several[0]}")
        others = {n: float(c[0]) for n, c in points.items() if n != name}
        ends = float(points[name].min()), float(points[name].max())
        for found in crossings(first, second, others, name, *ends):
            row = {"less below": found.smaller_before, "less above": found.smaller_after}
            places.append({name: found.value, **row})
    if as_json:
        return print_json({"terms": terms, "crossings": places})
    columns = ["first", "second", name, "larger above"]
    title = f"where terms of {first.key} and {second.key} are equal"
    print_table(rows_table(terms, columns, title))
    if tokens:
        print_table(
            rows_table(places, [name, "less below", "less above"], "where they change order")
        )
    return cautioned(first, second)


def exponents(key: str, *assignments: str, as_json: Json = False) -> int:
    """Show how a bound scales: the exponent of each term, and the slope of the bound at a point.

    Args:
        key: of the bound.
        assignments: name=value for every parameter, for local elasticities d log bound / d log
            name; the step size is held at the best one unless given.
    """
    from theory import catalogue
    from theory.tuning.elasticities import elasticities, scaling

    bound = catalogue.bound(key)
    table = scaling(bound)
    rows: list[dict[str, Any]] = [{"term": name, **powers} for name, powers in table.items()]
    if assignments:
        points = given_points(assignments, bound.parameters, key, without=("step_size",))
        if any(len(set(column)) > 1 for column in points.values()):
            raise ValueError("exponents takes numbers, no ranges")
        slopes = elasticities(bound, point(points, 0))
        rows.append({"term": "bound, here", **{name: slopes[name] for name in bound.parameters}})
    if as_json:
        return print_json({row.pop("term"): row for row in rows})
    columns = [
        "term",
        *(n for n in bound.parameters if any(row[n] not in (0, "0") for row in rows)),
    ]
    console().print(rows_table(rows, columns, f"{key}: exponents as each quantity grows"))
    return DONE
