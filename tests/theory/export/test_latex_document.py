import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from theory import catalogue
from theory.bound import Source
from theory.export.latex_document import bibliography, files, fragment, standalone, theorem

ALL = [*catalogue.bounds().values()]


FRAGMENT = fragment(ALL)


def assert_sound(text):
    """Braces and dollars balance, environments close in order."""
    bare = re.sub(r"\\[{}$%&#_\\]", "", text)
    depth = 0
    for character in bare:
        depth += (character == "{") - (character == "}")
        assert depth >= 0
    assert depth == 0
    assert bare.count("$") % 2 == 0
    opened = []
    for kind, name in re.findall(r"\\(begin|end)\{([a-z*]+)\}", text):
        if kind == "begin":
            opened.append(name)
        else:
            assert opened.pop() == name
    assert not opened
    assert text.count(r"\left") - text.count(r"\leftarrow") == text.count(r"\right")


@pytest.mark.parametrize("bound", ALL, ids=lambda item: item.key)
def test_every_theorem_is_sound(bound):
    text = theorem(bound)
    assert_sound(text)
    assert text.count("&&") == len(bound.terms)
    assert text.count(r"\item") == sum(map(len, (bound.assumptions, bound.conditions, bound.fixes)))
    assert rf"\cite{{{bound.source.key}}}" in text


def test_the_whole_catalogue_is_one_sound_document():
    text = standalone(ALL)
    assert_sound(text.partition(r"\end{filecontents*}")[2])
    assert text.index(r"\documentclass") < text.index(r"\begin{document}")
    assert text.rstrip().endswith(r"\end{document}")
    assert len(set(re.findall(r"\\label\{(.*?)\}", text))) == len(ALL)


def test_every_citation_has_its_entry_and_no_entry_is_idle():
    cited = set(re.findall(r"\\cite\{(.*?)\}", FRAGMENT))
    assert set(re.findall(r"^@\w+\{(.*?),", bibliography(ALL), flags=re.MULTILINE)) == cited


def test_a_folder_holds_a_document_its_fragment_and_the_sources():
    made = files(ALL[:2])
    assert set(made) == {"main.tex", "theorems.tex", "sources.bib"}
    assert r"\input{theorems}" in made["main.tex"]
    assert r"\bibliography{sources}" in made["main.tex"]
    assert r"\documentclass" not in made["theorems.tex"]


def test_the_notation_lists_what_is_used_and_no_more():
    text = fragment([catalogue.lookup("minibatch_sgd.nonconvex")])
    assert r"$\eta$ & local step size & $x^{2}/f$ & a number $> 0$ \\" in text
    assert "pull-back" not in text


def test_sides_constants_and_standing_are_said():
    refuted = theorem(catalogue.lookup("dq_sgd.nonconvex.as_read"))
    assert "Refuted: a stored counterexample" in refuted
    assert r"Amended in \texttt{dq\_\allowbreak{}sgd.\allowbreak{}nonconvex}" in refuted
    lower = theorem(next(item for item in ALL if item.side.value == "lower"))
    assert "is at least" in lower


def test_an_unknown_source_is_refused():
    bound = ALL[0]
    foreign = replace(bound, source=Source("nobody1900", "nowhere", bound.source.provenance))
    with pytest.raises(ValueError, match="nobody1900 is no entry"):
        bibliography([foreign])


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="TeX is not installed here")
def test_the_whole_catalogue_compiles_and_fits_the_page(tmp_path):
    (tmp_path / "all.tex").write_text(standalone(ALL), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    said = done.stdout.decode(errors="replace")
    assert done.returncode == 0, said[-2000:]
    assert "Overfull" not in said, [line for line in said.splitlines() if "Overfull" in line]
    assert (tmp_path / "all.pdf").stat().st_size > 100_000
