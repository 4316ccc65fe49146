import json

import jsonschema
import pytest

from theory import catalogue
from theory.export import json_export
from theory.export.latex_document import standalone


def test_export_is_json_that_reads_back(ratebound):
    code, out, _ = ratebound("export", "local_sgd.nonconvex", "minibatch_sgd.nonconvex")
    assert code == 0
    assert json_export.bounds_from_json(json.loads(out)) == [
        catalogue.lookup("local_sgd.nonconvex"),
        catalogue.lookup("minibatch_sgd.nonconvex"),
    ]


def test_show_and_bounds_speak_the_same(ratebound):
    shown = json.loads(ratebound("show", "dq_sgd.nonconvex", "--json")[1])
    listed = json.loads(ratebound("bounds", "--json")[1])
    assert shown == json_export.bound_as_json(catalogue.lookup("dq_sgd.nonconvex"))
    assert shown in listed
    assert len(listed) == len(catalogue.bounds())


def test_a_paper_and_a_method_stand_for_their_theorems(ratebound):
    rows = json.loads(ratebound("export", "yan2021dqsgd", "minibatch_sgd")[1])
    kinds = {(row["source"]["key"], row["algorithm"]) for row in rows}
    assert len(rows) > 5
    assert all("yan2021dqsgd" in kind or "minibatch_sgd" in kind for kind in kinds)
    code, _, said = ratebound("export", "nobody1900")
    assert (code, said.startswith("ratebound: no bound 'nobody1900'")) == (2, True)


def test_a_folder_gets_the_schema_as_well(ratebound, in_tmp):
    ratebound("export", "minibatch_sgd.nonconvex", "--folder", "out")
    document = json.loads((in_tmp / "out" / "bounds.json").read_text())
    schema = json.loads((in_tmp / "out" / "bound.schema.json").read_text())
    jsonschema.validate(document, schema, cls=jsonschema.Draft202012Validator)
    assert json.loads(ratebound("export", "--schema")[1]) == schema


def test_latex_to_the_screen_and_into_a_folder(ratebound, in_tmp):
    key = "overlap_local_sgd.nonconvex"
    out = ratebound("export", key, "--latex")[1]
    assert out.rstrip("\n") == standalone([catalogue.lookup(key)]).rstrip("\n")
    fragment = ratebound("export", key, "--fragment")[1]
    assert r"\documentclass" not in fragment
    ratebound("export", key, "--latex", "--folder", "paper/theorems")
    folder = in_tmp / "paper" / "theorems"
    assert {path.name for path in folder.iterdir()} == {"main.tex", "theorems.tex", "sources.bib"}
    assert (folder / "theorems.tex").read_text().strip() == fragment.strip()


def test_a_fragment_leaves_a_main_file_as_it_is(ratebound, in_tmp):
    mine = in_tmp / "main.tex"
    mine.write_text("my paper")
    assert ratebound("export", "slowmo", "--fragment", "--folder", ".")[0] == 0
    assert {path.name for path in in_tmp.iterdir()} == {"main.tex", "theorems.tex", "sources.bib"}
    code, _, err = ratebound("export", "slowmo", "--latex", "--folder", ".")
    assert code == 2
    assert "main.tex is there already and was not written by export; give --fragment" in err
    assert mine.read_text() == "my paper"
    for _ in range(2):  # its own file it writes again
        assert ratebound("export", "slowmo", "--latex", "--folder", "new")[0] == 0


def test_diff_sets_two_theorems_side_by_side(ratebound):
    keys = ("minibatch_sgd.nonconvex.tuned", "local_sgd.nonconvex.tuned")
    code, out, _ = ratebound("diff", *keys)
    assert code == 0
    assert "certified: minibatch_sgd.nonconvex.tuned is at most the other" in out
    assert "caution: the report points differ" in out
    assert "HETEROGENEITY_AT_REPORT_POINT" in out
    row = json.loads(ratebound("diff", *keys, "--json")[1])
    assert row["certified_less"] == "left"
    assert row["numbers"][0]["share_left_less"] == 1


def test_diff_of_two_papers_is_a_list(ratebound):
    rows = json.loads(ratebound("diff", "stich2019local", "local_sgd.strongly_convex", "--json")[1])
    rows = rows if isinstance(rows, list) else [rows]
    assert {row["left"]["source"].split(",")[0] for row in rows} == {"stich2019local"}


def test_what_speaks_of_different_things_cannot_be_set_side_by_side(ratebound):
    code, _, said = ratebound("diff", "dq_sgd", "sketched_sgd.heavymix.contraction")
    assert code == 2
    assert "no two of these bounds speak of one quantity" in said


@pytest.mark.parametrize("word", ["export", "diff"])
def test_both_are_in_the_help(ratebound, word):
    assert word in ratebound("--help")[1]
