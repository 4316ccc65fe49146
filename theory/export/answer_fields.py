"""The names in answers of commands: each is described once, and means the same everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from theory.notation import GLOSSARY

Schema = dict[str, Any]
"""A JSON Schema as plain data."""


def _typed(kind: str, description: str) -> Schema:
    """Returns a schema of one type; a kind such as `number?` allows null as well."""
    name = kind.removesuffix("?")
    return {"type": [name, "null"] if kind.endswith("?") else name, "description": description}


def by_name(values: Schema, description: str, names: Iterable[str] | None = None) -> Schema:
    """Returns a schema of an object whose values are alike, under any names or under given ones."""
    made = {"type": "object", "additionalProperties": values, "description": description}
    return made if names is None else {**made, "propertyNames": {"enum": list(names)}}


def _listed(name: str, description: str) -> Schema:
    """Returns a schema of a list whose items have one of the SHAPES."""
    return {"type": "array", "items": {"$ref": f"#/$defs/{name}"}, "description": description}


NUMBER = {"type": ["number", "null"]}
"""A number, or null for one that is not finite."""

TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
_PLAIN = {"type": ["number", "string", "boolean", "null"]}

_OF_COSTS = (
    *("accuracy", "latency_seconds", "bytes_per_second", "bytes_per_number"),
    *("step_seconds", "excess_seconds", "pareto_shape"),
)
"""What `invert` takes beside quantities of the glossary."""

FIELDS: Mapping[str, Schema] = {
    # bounds and their numbers
    "key": _typed("string", "key of a bound in the catalogue, or of a bound of one's own"),
    "values": by_name(NUMBER, "given values of quantities, by name", (*GLOSSARY, *_OF_COSTS)),
    "settings": by_name(_PLAIN, "given fields of a method and of its functions, by path"),
    "bound": _typed("number?", "value of the bound, in the unit of its measure; null: it is none"),
    "bound_with_one_less": _typed("number?", "value of the bound with one round less"),
    "relative_gap": _typed("number", "share by which another step size may make the bound less"),
    "unit": _typed("string", "unit of the value; f of the objective, x of the parameters"),
    "terms": by_name(NUMBER, "value of every term of the bound, by its name"),
    "leading_term": _typed("string", "name of the largest term"),
    "condition": _typed("string", "condition as a formula"),
    "holds": _typed("boolean", "whether it holds"),
    "conditions": _listed("condition", "conditions of the bound at these values"),
    "report_point": _typed("string", "iterate that the measure is taken at"),
    "stands_in": by_name(TEXT, "what each constant that was not given follows from"),
    "bounds": _listed("beside", "bounds at these values"),
    "least": {**TEXTS, "description": "keys of the least bounds; several are a tie"},
    "gap_to_lower_bound": _typed("number?", "least bound over the greatest lower bound"),
    # choices
    "step_size": _typed("number?", "step size eta, unit x^2/f; null: the bound has none"),
    "largest_admissible": _typed("number?", "largest step size that the conditions allow; null: 0"),
    "local_steps": _typed("integer", "local steps K"),
    "num_rounds": _typed("integer?", "communication rounds R; null: no number of rounds is enough"),
    "certain": _typed("boolean", "whether one round less is known not to be enough"),
    "gradients": _typed("number?", "stochastic gradients of all workers"),
    "bytes": _typed("number?", "bytes that a worker sends"),
    "seconds": _typed("number?", "seconds of wall-clock time"),
    # scaling and crossing
    "scaling": _listed("scaling_of_term", "exponents of every term"),
    "slopes": by_name(NUMBER, "d log bound / d log quantity, at the values given"),
    "quantity": _typed("string", "quantity that is varied"),
    "crossings_of_terms": _listed("crossing_of_terms", "where two terms are equal, as formulas"),
    "crossings": _listed("crossing", "where the bounds change order"),
    # proofs and counterexamples
    "proof": _typed("string", "name of a derivation"),
    "steps": _listed("step", "steps of the derivation"),
    "verdict": {
        "enum": ["PROVED", "NOT PROVED", "REFUTED", "NOT REFUTED"],
        "description": "what the replay of a derivation or counterexample came to",
    },
    "instance": _typed("string", "instance that the bound is tried on, in words"),
    "attained": _typed("number?", "what an instance within the conditions attains"),
    "amended": _typed("string?", "key of the bound that stands in place of a refuted one"),
    "planted": _typed("integer", "number of errors planted"),
    "survivors": _listed("survivor", "planted errors that no check noticed"),
    # verdicts and tightness
    "claim": _typed("string", "what is judged: a level, or the rate in one quantity"),
    "outcome": _typed("string", "outcome in one or two words, such as HOLDS or VIOLATED"),
    "sentence": _typed("string", "outcome with its numbers and reason"),
    "reason": _typed("string?", "why a number is missing"),
    "reading": _typed("string", "reading by which a number was found"),
    "evidence": _typed("string?", "exact or statistical; null: nothing was measured"),
    "measured": _typed("number?", "measured value, a mean over seeds"),
    "interval": {
        **{"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2},
        "description": "95 % interval of the measured value; null: no end",
    },
    "tightness": _typed("number?", "bound over what is attained or measured"),
    "num_seeds": _typed("integer", "number of seeds"),
    # methods and runs
    "algorithm": _typed("string", "name of the method"),
    "experiment_key": _typed("string", "content key of the experiment"),
    "experiment": {"type": "object", "description": "description of the experiment, as recorded"},
    "diverged": _typed("integer", "number of seeds whose run diverged"),
    "objective": _typed("number?", "F at the end, mean over seeds; null where a run diverged"),
    "test_accuracy": _typed("number?", "accuracy on test data at the end, mean over seeds"),
    "squared_gradient_norm": _typed("number?", "time average of |grad F|^2, mean over seeds"),
    "seconds_by_part": by_name(NUMBER, "seconds computed, and of messages hidden and exposed"),
    "sent_bytes": _typed("number", "bytes that a worker hands to the wire, mean over seeds"),
    "received_bytes": _typed("number", "bytes that a worker takes from the wire, mean over seeds"),
    "compression": _typed("number?", "bytes of uncompressed SGD over own bytes; null: no bytes"),
    "measure": _typed("string", "name of the measure"),
    "at_end": _typed("number?", "the measure at the end, mean over seeds; null: a run diverged"),
    "standard_deviation": _typed("number?", "standard deviation over seeds; null: one seed"),
    # exact readings
    "measured_at": _typed("string", "point that the measures are taken at"),
    "average": by_name(NUMBER, "expected measures by name, averaged over all steps"),
    "round_starts": by_name(NUMBER, "the same, averaged over the starts of rounds"),
    "best_round": by_name(NUMBER, "the same, the least at the start of a round"),
    "end": by_name(NUMBER, "the same, after the last step"),
    "stationary": {"type": "object", "description": "where the run settles, or the reason why not"},
    "largest_stable": _typed("number?", "largest stable step size, unit x^2/f; null: any is"),
    "worst_case": _typed("number", "greatest value over all functions of the class"),
    "certificate": _typed("number", "dual value, which no function of the class exceeds"),
    "solver_gap": _typed("number", "certificate less worst case"),
    "status": _typed("string", "status of the solver"),
    "workers": _typed("string", "numbers of workers that the value is for"),
    "tuned": _typed("boolean", "whether the step size was chosen for the least worst case"),
    "reported": _typed("boolean", "whether the conserved average is the report point"),
    "certified": by_name(NUMBER, "numbers of Theorem G, for every number of rounds"),
    "exact": {
        **by_name(NUMBER, "the same, exact for num_rounds; null: no rounds were given"),
        "type": ["object", "null"],
    },
    # searches for counterexamples
    "standing": _typed("string", "standing of the bound in the catalogue"),
    "refuted": _typed("boolean", "whether a counterexample was found"),
    "seed": _typed("integer", "seed of the search"),
    "attempts": _typed("integer", "number of attacks"),
    "solved": _typed("integer", "number of worst cases solved"),
    "attempts_by_reading": by_name({"type": "integer"}, "number of attacks by each reading"),
    "tightness_over_attacks": by_name(NUMBER, "quantiles of the tightness over all attacks"),
    "best": {
        "anyOf": [{"$ref": "#/$defs/attack"}, {"type": "null"}],
        "description": "the attack that came closest to refuting; null: there was none",
    },
    "versions": by_name(TEXT, "versions of Python and of the libraries"),
    "commit": _typed("string?", "commit of the code; null outside a checkout"),
    "created": _typed("string", "time of the search, ISO 8601"),
}
"""Every name that stands in an answer, with its schema."""
