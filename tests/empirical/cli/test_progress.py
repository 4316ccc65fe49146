from empirical.cli import progress
from empirical.cli.progress import Bar, progress_bar


def test_nothing_is_drawn_before_the_first_word(capsys):
    with progress_bar() as bar:
        assert isinstance(bar, Bar)
    said = capsys.readouterr()
    assert said.out == said.err == ""


def test_no_bar_where_nobody_looks_or_work_is_short(capsys, monkeypatch):
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    with progress_bar() as bar:
        bar(0, 4, "solving")
    monkeypatch.setattr(progress, "_PATIENCE", 60.0)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress_bar() as bar:
        bar(0, 4, "solving")
    said = capsys.readouterr()
    assert said.out == said.err == ""


def test_a_bar_in_a_terminal_goes_to_standard_error(capsys, monkeypatch):
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress_bar() as bar:
        bar(0, 4, "solving")
        bar(3, 5, "nearly there")
    said = capsys.readouterr()
    assert said.out == ""
    assert "nearly there" in said.err


def test_lines_tell_where_there_is_no_terminal(capsys, monkeypatch):
    monkeypatch.setattr(progress, "_BETWEEN_LINES", 0.0)
    with progress_bar() as bar:
        bar(3, 5, "solving")
        bar(4, None, "searching")
    said = capsys.readouterr()
    assert said.out == ""
    first, second = said.err.splitlines()
    assert first.startswith("... solving: 3 of 5, ")
    assert second.startswith("... searching: 4, ")
