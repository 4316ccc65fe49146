import io

import pytest
from rich.console import Console

from theory import catalogue, display


def printed(thing):
    console = Console(file=io.StringIO(), width=100)
    console.print(thing)
    return console.file.getvalue()


@pytest.mark.parametrize("key", catalogue.bounds())
def test_a_statement_shows_all_that_is_known(key):
    bound = catalogue.bound(key)
    console = Console(file=io.StringIO(), width=200)
    display.statement(bound, console)
    text = console.file.getvalue()
    for part in (key, bound.source.key, bound.standing.name, *(t.name for t in bound.terms)):
        assert part in text
    for assumption in bound.assumptions:
        assert assumption.name in text


def test_numbers_stand_to_the_right():
    text = printed(display.table(["name", "value"], [["a", "1"], ["b", "100"]]))
    assert "│     1 │" in text
