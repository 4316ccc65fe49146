import io

import pytest
from rich.console import Console

from theory import catalogue
from theory.cli.app import list_bounds
from theory.presentation import tables
from theory.presentation.fitted_table import table


def printed(thing):
    console = Console(file=io.StringIO(), width=100)
    console.print(thing)
    return console.file.getvalue()


def test_numbers_stand_to_the_right():
    text = printed(table(["name", "value"], [["a", "1"], ["b", "100"]]))
    assert "│     1 │" in text


def test_the_catalogue_is_looked_through_by_words(capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)  # the width of whoever runs the tests
    assert list_bounds("QUADRATIC", "proved") == 0
    said = capsys.readouterr().out
    assert "local_sgd.quadratic.tuned" in said
    assert "4 statements over 1 sources: 4 PROVED" in said
    with pytest.raises(ValueError, match="no bound bears lower and proved and nothing"):
        list_bounds("lower", "proved", "nothing")


def test_the_whole_catalogue_is_listed(capsys):
    assert list_bounds() == 0
    assert "statements over" in capsys.readouterr().out
    assert len(catalogue.bounds()) >= 60
    assert len({item.source.key for item in catalogue.bounds().values()}) >= 20


def test_numbers_stay_in_one_line_where_a_table_is_too_wide():
    names = [f"a_long_name.{index}" for index in range(8)]
    text = printed(table(names, [["0.003662"] * 8]))
    assert text.count("0.003662") == 8
    assert text.count("a_long_") == text.count("name.") == 8
    assert max(map(len, text.splitlines())) <= 100
    assert "a_long_name.0" in printed(table(names[:2], [["1", "2"]]))


def test_what_numbers_do_not_say_is_said():
    refuted = catalogue.lookup("slowmo.nonconvex.as_read")
    assert tables.cautions([refuted]) == [
        f"caution: {refuted.key} is refuted; {refuted.amended} stands in its place"
    ]
    assert tables.cautions([catalogue.lookup("local_sgd.nonconvex")]) == []


def test_keys_break_between_their_parts_only():
    rows = [["haddadpour2019convergence", "local_sgd.nonconvex_gradient_diversity", "1.234e-05"]]
    for width in (60, 80, 128):
        console = Console(file=io.StringIO(), width=width)
        console.print(table(["source", "key", "value"], rows))
        text = console.file.getvalue()
        assert max(map(len, text.splitlines())) <= width
        for part in ("haddadpour2019convergence", "nonconvex_", "diversity", "1.234e-05"):
            assert part in text


def test_a_table_is_laid_out_with_the_letters_that_can_be_printed(monkeypatch):
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    lines = printed(table(["letter", "value"], [["σ", "1"], ["x", "2"]])).splitlines()
    assert "sigma" in lines[3]
    assert len({len(line) for line in lines if line}) == 1
