"""The published schema of what commands print with --json.

An answer is an object of names of answer_fields.py. The commands of both packages are here, since
users read their answers alike.
"""

from __future__ import annotations

from collections.abc import Mapping

from theory.export import json_export
from theory.export.answer_fields import FIELDS, NUMBER, TEXT, TEXTS, Schema, by_name
from theory.notation import GLOSSARY

IDENTIFIER = "urn:ratebound:answers:1"
"""The $id of the schema; its number rises when readers of answers must change."""


def _closed(required: str, optional: str = "", **own: Schema) -> Schema:
    """Returns a schema of an object that has given names and no others.

    Args:
        required: names that are always there, separated by spaces.
        optional: names that may be there.
        own: schemas of names that mean something here only, which are always there.
    """
    names = [*required.split(), *optional.split()]
    fields = {name: {"$ref": f"#/$defs/fields/{name}"} for name in names}
    return {
        "type": "object",
        "properties": {**fields, **own},
        "required": [*required.split(), *own],
        "additionalProperties": False,
    }


SHAPES: Mapping[str, Schema] = {
    "condition": _closed("condition", "holds"),
    "beside": _closed("key", "bound tightness outcome sentence reason largest_admissible"),
    "scaling_of_term": _closed("", term=TEXT, exponents=by_name(TEXT, "by quantity", GLOSSARY)),
    "crossing_of_terms": _closed(
        "", first=TEXT, second=TEXT, formula=TEXT, larger_above=TEXT, latex=TEXT
    ),
    "crossing": _closed("", value=NUMBER, less_below=TEXT, less_above=TEXT),
    "step": _closed("", claim=TEXT, how=TEXT, holds=FIELDS["holds"]),
    "survivor": _closed("key", alteration=TEXT),
    "attack": _closed(
        "bound attained values reading",
        share=NUMBER,
        command_of_bound=TEXT,
        command_of_attained=TEXT,
        where=TEXT,
    ),
    "theorem_of_two": _closed(
        "key unit standing conditions", statement=TEXT, side=TEXT, constants=TEXT, source=TEXT
    ),
    "assumptions_of_two": _closed(
        "", both=TEXTS, left=TEXTS, right=TEXTS, by_conversion=by_name(TEXT, "by assumption")
    ),
    "terms_of_two": _closed(
        "",
        powers={"anyOf": [by_name(TEXT, "of both, by quantity", GLOSSARY), {"type": "null"}]},
        left=TEXTS,
        right=TEXTS,
        ratio={"type": ["string", "null"]},
    ),
    "numbers_of_two": _closed(
        "",
        points={"type": "integer"},
        step_sizes={"enum": ["shared", "best", "none"]},
        share_left_less={"type": "number"},
        ratios=by_name(NUMBER, "least, median and greatest of left over right"),
    ),
}
"""Shapes of what stands inside answers."""


def _two(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}_of_two"}


_THEOREM = {"$ref": json_export.IDENTIFIER}

ANSWERS: Mapping[str, Schema] = {
    "bounds": {"type": "array", "items": _THEOREM},
    "show": _THEOREM,
    "evaluate": _closed(
        "key values bound terms leading_term conditions report_point unit",
        "stands_in attained tightness reading reason",
    ),
    "tune": _closed(
        "key values bound",
        "step_size largest_admissible relative_gap leading_term local_steps num_rounds",
    ),
    "invert": _closed(
        "key values local_steps num_rounds bound bound_with_one_less certain gradients",
        "step_size bytes seconds",
    ),
    "exponents": _closed("key scaling", "values slopes"),
    "compare": _closed("values bounds least", "gap_to_lower_bound"),
    "crossover": _closed("quantity crossings_of_terms crossings"),
    "diff": _closed(
        "",
        left=_two("theorem"),
        right=_two("theorem"),
        assumptions=_two("assumptions"),
        aligned_terms={"type": "array", "items": _two("terms")},
        certified_less={"enum": ["left", "right", "equal", None]},
        numbers={"type": "array", "items": _two("numbers")},
        caution=TEXTS,
        reductions=TEXTS,
    ),
    "prove": {
        "anyOf": [
            _closed("proof verdict steps"),
            _closed("key instance verdict bound attained amended"),
        ]
    },
    "mutate": _closed("planted survivors"),
    "falsify": _closed(
        "key standing outcome refuted reason seed seconds attempts solved attempts_by_reading "
        "tightness_over_attacks best versions commit created"
    ),
    "run": _closed(
        "experiment_key experiment algorithm num_rounds step_size num_seeds diverged "
        "squared_gradient_norm sent_bytes seconds_by_part",
        "objective test_accuracy",
    ),
    "judge": _closed(
        "key claim outcome sentence evidence bound measured interval num_seeds tightness"
    ),
    "report": _closed(
        "algorithm measure at_end standard_deviation num_seeds sent_bytes received_bytes "
        "compression seconds num_rounds step_size",
    ),
    "moments": _closed(
        "algorithm experiment num_rounds measured_at average round_starts best_round end bounds "
        "stationary"
    ),
    "mixing": _closed("algorithm reported certified num_rounds exact key"),
    "stability": _closed("settings largest_stable bounds"),
    "worst-case": _closed(
        "settings step_size tuned worst_case certificate solver_gap status workers report_point "
        "bounds"
    ),
}
"""By command the schema of one row of its answer; `verify` answers as `judge` does."""


def schema() -> Schema:
    """Returns the JSON Schema, draft 2020-12, of every answer.

    The answer of a command is described by $defs/COMMAND: one row, or a list of rows where ranges
    or several subjects were given. Numbers that are not finite are null.

    Example:
        >>> schema()["$defs"]["fields"]["leading_term"]["description"]
        'name of the largest term'
    """
    rows = {**ANSWERS, "verify": ANSWERS["judge"]}
    answers = {
        name: {"anyOf": [row, {"type": "array", "items": row}]} for name, row in rows.items()
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": IDENTIFIER,
        "title": "Answers of the commands with --json",
        "$defs": {
            "fields": dict(FIELDS),
            **SHAPES,
            json_export.IDENTIFIER: json_export.schema(),
            **answers,
        },
    }
