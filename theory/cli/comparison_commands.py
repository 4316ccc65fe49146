"""The commands `compare` and `crossover`, which compare the values of several bounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from theory.cli.evaluate_command import Reading
from theory.cli.options import Json, Picture, cautioned, given_points, rows_table
from theory.presentation.terminal import console, print_json, print_rows, print_table

if TYPE_CHECKING:
    from theory.bound import Bound
    from theory.comparison.comparison import Comparison

_MOST_ROWS = 400
"""The number of points up to which a table lists a map that is also drawn as a figure."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class CompareOptions:
    """The options of `compare`, which stand beside its keys and assignments.

    Attributes:
        as_json: whether to print JSON.
        figure: the file to draw to; None for no figure.
        mark: a point to show in the figure, as name=value,name=value.
    """

    as_json: Json = False
    figure: Picture = None
    mark: Annotated[
        str | None,
        Parameter(name="--mark", help="Point to show, such as local_steps=8,num_rounds=99."),
    ] = None


DEFAULTS = CompareOptions()


def compare(
    *keys_and_assignments: str,
    options: CompareOptions = DEFAULTS,  # frozen
    reading: Annotated[Reading | None, Parameter(parse=False)] = None,
) -> int:
    """Compare bounds at the same numbers, each at its best step size unless one is given.

    Args:
        keys_and_assignments: two or more keys, then name=value for their parameters; ranges as in
            evaluate. With --figure, one range draws curves and two ranges a map of the least bound.
            A lower bound among the keys is never the least; the gap to it is shown.
    """
    from theory import catalogue
    from theory.comparison.comparison import compare, rows_of

    keys, tokens = _apart(keys_and_assignments)
    if len(keys) < 2:
        raise ValueError(f"compare takes two or more keys, not {len(keys)}; `bounds` lists them")
    if options.mark is not None and options.figure is None:
        raise ValueError("--mark shows a point in a figure; give --figure")
    bounds = [catalogue.lookup(key) for key in dict.fromkeys(keys)]
    needed = {name for bound in bounds for name in bound.parameters}
    points = given_points(tokens, sorted(needed), "compare", without=("step_size",))
    found = compare(bounds, points)
    rows = rows_of(found, reading)
    if options.figure is not None:
        from theory.presentation.comparison_figures import comparison_figure
        from theory.presentation.figures import save

        save(comparison_figure(found, _marked(options.mark)), options.figure)
    if options.as_json:
        return print_rows([_answer(found, row) for row in rows])
    if options.figure is not None and len(rows) > _MOST_ROWS:
        return print_table(_shares(rows))
    for row in rows:
        row["least"] = _least(row["least"], len(found.promises))
    varying = [name for name in points if len({row[name] for row in rows}) > 1]
    gap = [] if found.floor is None else ["gap"]
    tight = [] if reading is None else [f"tightness of {key}" for key in keys]
    columns = [*varying, *found.values, "least", *gap, *tight]
    print_table(rows_table(rows, columns, "bounds at best step sizes"))
    return cautioned(*bounds)


def crossover(*names_and_assignments: str, as_json: Json = False) -> int:
    """Find where two bounds are equal in one hyperparameter: as formulas, and as numbers.

    Args:
        names_and_assignments: two keys and the name of the hyperparameter, for the formulas at
            which their terms are equal. With name=value for every other parameter and a range for
            the hyperparameter, also all values in the range at which the bounds change order, each
            at its best step size.
    """
    from theory import catalogue
    from theory.export.formula import parsed
    from theory.notation.aliases import canonical
    from theory.notation.plain_formula import plain
    from theory.presentation.tables import letters

    names, tokens = _apart(names_and_assignments)
    if len(names) != 3:
        raise ValueError(f"crossover takes two keys and the name of a parameter, not {len(names)}")
    first, second = catalogue.lookup(names[0]), catalogue.lookup(names[1])
    needed = sorted({*first.parameters, *second.parameters})
    name = canonical(names[2], needed)
    if name not in needed:
        raise ValueError(f"{name} is used by neither bound; they use {', '.join(needed)}")
    terms = _term_rows(first, second, name)
    places = _crossing_rows(first, second, name, tokens) if tokens else []
    if as_json:
        return print_json({"quantity": name, "crossings_of_terms": terms, "crossings": places})
    title = f"where terms of {first.key} and {second.key} are equal"
    columns = {"first": f"term of {first.key}", "second": f"term of {second.key}"}
    columns |= {"formula": f"equal at {name}", "larger_above": "whose is larger beyond"}
    shown = [{**row, "formula": plain(parsed(row["formula"]))} for row in terms]
    print_table(rows_table(shown, columns, title))
    console().print(letters(needed), highlight=False)
    if tokens:
        columns = {"value": name, "less_below": "less below", "less_above": "less above"}
        print_table(rows_table(places, columns, "where they change order"))
    return cautioned(first, second)


def _apart(tokens: Sequence[str]) -> tuple[list[str], list[str]]:
    """Separates names from assignments name=value, and returns the names first."""
    names = [token for token in tokens if "=" not in token]
    return names, [token for token in tokens if "=" in token]


def _term_rows(first: Bound, second: Bound, name: str) -> list[dict[str, Any]]:
    """Returns a row for every pair of terms that are equal at some value of a hyperparameter."""
    from theory.comparison.crossover import term_crossings
    from theory.notation import latex

    return [
        {
            "first": item.first.name,
            "second": item.second.name,
            "formula": str(item.value),
            "larger_above": first.key if item.first_leads_above else second.key,
            "latex": latex(item.value),
        }
        for item in term_crossings(first, second, name)
    ]


def _crossing_rows(
    first: Bound, second: Bound, name: str, tokens: Sequence[str]
) -> list[dict[str, Any]]:
    """Returns a row for every value in a range at which the bounds change order.

    Raises:
        ValueError: another parameter than the hyperparameter has a range.
    """
    from theory.comparison.crossover import crossovers

    needed = sorted({*first.parameters, *second.parameters})
    points = given_points(tokens, needed, "crossover", without=("step_size",))
    several = [n for n, column in points.items() if n != name and len(set(column)) > 1]
    if several:
        raise ValueError(f"crossover takes a range for {name}, a number for {several[0]}")
    others = {n: float(column[0]) for n, column in points.items() if n != name}
    ends = float(points[name].min()), float(points[name].max())
    return [
        {"value": item.value, "less_below": item.smaller_before, "less_above": item.smaller_after}
        for item in crossovers(first, second, others, name, *ends)
    ]


def _least(keys: Sequence[str], count: int | None) -> str:
    """Returns the least bounds as a table shows them; `tie` alone if all of a number are equal."""
    if len(keys) == count and count > 1:
        return "tie"
    return " = ".join(keys) or "none applies"


def _answer(found: Comparison, row: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a row for JSON, with an object for each bound."""
    bounds = []
    for key in found.values:
        tightness = row.get(f"tightness of {key}")
        beside = {} if tightness is None else {"tightness": tightness}
        bounds.append({"key": key, "bound": row[key], **beside})
    gap = {"gap_to_lower_bound": row["gap"]} if "gap" in row else {}
    values = {name: row[name] for name in found.points}
    return {"values": values, "bounds": bounds, "least": row["least"], **gap}


def _shares(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Returns a table of how often each bound is the least, for maps of too many points to list."""
    counts = Counter(_least(row["least"], None) for row in rows).most_common()
    told = [
        {"least": key, "points": str(count), "share": f"{count / len(rows):.1%}"}
        for key, count in counts
    ]
    return rows_table(told, ["least", "points", "share"], "least bounds; --json has every point")


def _marked(text: str | None) -> dict[str, float]:
    from theory.cli.arguments import numbers, parse
    from theory.notation import GLOSSARY

    given = parse(text.split(",") if text else (), GLOSSARY)
    found = {name: numbers(name, value) for name, value in given.items()}
    return {name: float(value[0]) for name, value in found.items()}
