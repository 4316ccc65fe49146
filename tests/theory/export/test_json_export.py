import copy
import json
from dataclasses import replace

import jsonschema
import pytest

from theory import catalogue
from theory.export import json_export

KEYS = (
    "overlap_local_sgd.nonconvex",
    "dq_sgd.strongly_convex.as_read",
    "local_sgd.nonconvex.tuned",
)


@pytest.fixture(scope="module")
def document():
    """Every theorem, through text and back."""
    return json.loads(json.dumps([*map(json_export.bound_as_json, catalogue.bounds().values())]))


@pytest.fixture(scope="module")
def validator():
    jsonschema.Draft202012Validator.check_schema(json_export.schema())
    return jsonschema.Draft202012Validator(json_export.schema())


def test_every_theorem_meets_the_schema(document, validator):
    assert next(validator.iter_errors(document), None) is None
    assert all(validator.is_valid(row) for row in document)


def test_every_theorem_comes_back_equal(document):
    assert json_export.bounds_from_json(document) == [*catalogue.bounds().values()]


def test_all_that_is_known_is_there():
    row = json_export.bound_as_json(catalogue.lookup("overlap_local_sgd.nonconvex"))
    assert row["measure"]["report_point"] == "ANCHORED_MEAN"
    assert row["measure"]["unit"] == row["terms"][0]["unit"] == "f^2/x^2"
    assert row["fixes"] == {"anchor_momentum": 0.0}
    assert row["standing"] == "PROVED"
    assert "is L-smooth" in row["assumptions"]["WORKERS_SMOOTH"]
    assert {item["name"]: item["latex"] for item in row["parameters"]}["pullback"] == r"\alpha"
    pullback = next(item for item in row["parameters"] if item["name"] == "pullback")
    assert pullback["range"]["low_excluded"]
    assert pullback["range"]["high"] == 1
    tuned = json_export.bound_as_json(catalogue.lookup("local_sgd.nonconvex.tuned"))
    assert tuned["step_size"]["expression"].startswith("Min(")
    assert tuned["terms"][0]["exponents"] == {
        "initial_gap": "1",
        "num_rounds": "-1",
        "smoothness": "1",
    }


@pytest.mark.parametrize("field", json_export.schema()["$defs"]["bound"]["required"])
def test_a_missing_field_is_noticed(field, validator):
    row = json_export.bound_as_json(catalogue.lookup(KEYS[0]))
    del row[field]
    assert not validator.is_valid(row)
    if field not in ("latex", "parameters"):
        with pytest.raises(ValueError, match=re_escaped(field)):
            json_export.bounds_from_json(row)


def re_escaped(field):
    return field.replace("$", r"\$")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("side",), "above"),
        (("standing",), "CERTAIN"),
        (("source", "provenance"), "HEARD"),
        (("terms", 0, "exponents"), {"smoothness": 1.5}),
        (("terms", 0, "colour"), "blue"),
        (("conditions", 0, "relation"), "!="),
        (("$schema",), "urn:ratebound:bound:0"),
    ],
)
def test_a_wrong_field_does_not_meet_the_schema(path, value, validator):
    row = copy.deepcopy(json_export.bound_as_json(catalogue.lookup(KEYS[0])))
    inside = row
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = value
    assert not validator.is_valid(row)


def test_a_foreign_document_is_refused_by_name():
    row = json_export.bound_as_json(catalogue.lookup(KEYS[0]))
    with pytest.raises(ValueError, match="must be urn:ratebound:bound:1"):
        json_export.bounds_from_json({**row, "$schema": "urn:ratebound:bound:99"})
    with pytest.raises(ValueError, match=r"overlap_local_sgd.nonconvex: 'LUCKY' is unknown"):
        json_export.bounds_from_json({**row, "assumptions": {"LUCKY": "all goes well"}})


def test_what_json_cannot_hold_is_refused():
    bound = replace(catalogue.lookup(KEYS[0]), fixes=(("inner_rule", object()),))
    with pytest.raises(ValueError, match="no plain value"):
        json_export.bound_as_json(bound)


def test_the_schema_lies_in_the_package():
    assert json_export.SCHEMA.parent.name == "export"
    assert json_export.schema()["$id"] == json_export.IDENTIFIER
