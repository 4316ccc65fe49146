"""The commands `bounds` and `show`, which list the catalogue and print one of its theorems."""

from __future__ import annotations

from theory.cli.options import Json
from theory.presentation.terminal import DONE, console, print_json, print_table


def list_bounds(*words: str, as_json: Json = False) -> int:
    """List all bounds of the catalogue, or those that match every word given.

    Args:
        words: words to look for in keys, titles, kinds, standings and sources, such as local_sgd
            proved, or lower woodworth2021minmax.
    """
    from theory import catalogue
    from theory.export.json_export import bound_as_json
    from theory.presentation import tables

    found = catalogue.search(*words)
    if not found:
        count = len(catalogue.bounds())
        raise ValueError(f"no bound bears {' and '.join(words)}; `bounds` lists all {count}")
    if as_json:
        return print_json([bound_as_json(item) for item in found])
    print_table(tables.catalogue_table(found))
    console().print(tables.catalogue_sum(found), highlight=False)
    return DONE


def show(key: str, *, as_json: Json = False) -> int:
    """Show one theorem: statement, conditions, assumptions, source, standing.

    Args:
        key: the key of a bound, such as local_sgd.nonconvex.
    """
    from theory import catalogue
    from theory.export.json_export import bound_as_json
    from theory.presentation.statement import print_statement

    bound = catalogue.lookup(key)
    if as_json:
        return print_json(bound_as_json(bound))
    print_statement(bound, console())
    return DONE
