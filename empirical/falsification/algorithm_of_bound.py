"""The method of a bound as an algorithm of the catalogue, at the numbers of the bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from empirical import catalogue
from empirical.algorithm import Algorithm
from empirical.components.accelerated_rule import ACSA
from empirical.components.buffer_policy import BufferPolicy
from empirical.components.inner_rule import HeavyBall, Plain
from empirical.components.topology import Given
from empirical.description import method_name
from empirical.verdicts.applicability import method_mismatch
from theory.assumptions import Assumption
from theory.bound import Bound
from theory.discovery import is_reference
from theory.notation import GLOSSARY
from theory.tuning.corollary import own_step_size

Values = Mapping[str, float]


class NoReading(ValueError):
    """The error that no exact reading applies to a bound at some numbers; the message says why."""


@dataclass(frozen=True)
class CataloguedMethod:
    """An algorithm of the catalogue that, at some fields, is the method of a theorem.

    Attributes:
        name: name of the algorithm in the catalogue.
        parameters: parameters of the bound from which fields of other names are computed.
        alone: whether the theorem is about one worker.
    """

    name: str
    parameters: tuple[str, ...] = ()
    alone: bool = False


CATALOGUED_METHODS: Mapping[str, CataloguedMethod] = {
    "single_machine_sgd": CataloguedMethod("local_sgd", alone=True),
    "single_machine_ac_sa": CataloguedMethod("local_accelerated_sgd", alone=True),
    "fednova": CataloguedMethod("local_sgd"),
    "fedavg": CataloguedMethod("inner_outer_local_sgd"),
    "local_momentum_sgd": CataloguedMethod("local_sgd", ("momentum",)),
    "cooperative_sgd": CataloguedMethod(
        "decentralized_sgd", ("auxiliary_variables", "mixing_rate")
    ),
    "decentralized_sgd": CataloguedMethod("decentralized_sgd", ("mixing_rate",)),
    "oldsgd": CataloguedMethod("oldsgd", ("mixing_rate",)),
}
"""Methods of theorems that have another name in the catalogue, or parameters of other names.

FedNova is Local SGD where all workers take equally many plain steps. Cooperative SGD is run without
auxiliary variables (gossip) and with one (EASGD).
"""

_STEPS = (Assumption.ACCELERATED_STEPS, Assumption.HEAVY_BALL_STEPS)
"""Assumptions by which a theorem says that its local steps are not plain SGD."""

_ELSEWHERE = {
    Assumption.SAMPLED_WORKERS: "its workers are sampled",
    Assumption.CONTRACTION: "its messages are compressed",
    Assumption.UNBIASED_COMPRESSION: "its messages are compressed",
    Assumption.UNBIASED_ROUNDING: "its messages are rounded",
    Assumption.HEAVIEST_FIRST: "its messages are sketched",
}
"""Assumptions of methods that exact readings do not run, with the reason in words."""


def catalogued_method(bound: Bound) -> CataloguedMethod:
    """Returns the algorithm of the catalogue that runs as the method of a bound.

    It bears the name in the bound, which need not be in the catalogue, unless CATALOGUED_METHODS
    has another one.
    """
    return CATALOGUED_METHODS.get(bound.algorithm, CataloguedMethod(bound.algorithm))


def method_fields(bound: Bound) -> frozenset[str]:
    """Returns the names of parameters that a bound's method has; empty for an unknown method."""
    chosen = catalogued_method(bound)
    examples = catalogue.examples_of(chosen.name)
    own = {item.name for example in examples for item in fields(example)}
    return frozenset(own | set(chosen.parameters))


def not_run(bound: Bound) -> str | None:
    """Returns why the method of a bound has no exact reading; None if it has one."""
    if not catalogue.examples_of(catalogued_method(bound).name):
        return _unknown(bound)
    found = [words for item, words in _ELSEWHERE.items() if item in bound.assumptions]
    if found:
        return found[0]
    steps = (Assumption.PLAIN_STEPS, *_STEPS)
    if not any(item in bound.assumptions for item in steps) and not _fixes_rule(bound):
        return "it does not say what its local steps are"
    if bound.step_size is None and "step_size" not in bound.parameters:
        return "it does not say at which step size"
    return None


def _unknown(bound: Bound) -> str:
    if is_reference(bound.algorithm):
        return f"{bound.algorithm} has no example; end its file in EXAMPLES = (CLASS(...),)"
    return f"{bound.algorithm} is not in the catalogue"


def _fixes_rule(bound: Bound) -> bool:
    return "inner_rule" in dict(bound.fixes)


def num_workers_of(bound: Bound, values: Values) -> int:
    """Returns M: 1 for methods of one machine, and 2 where the numbers leave it open."""
    return 1 if catalogued_method(bound).alone else int(values.get("num_workers", 2))


def algorithm_of(bound: Bound, values: Values) -> Algorithm[Any]:
    """Returns the method of a bound as an algorithm whose fields have the bound's numbers.

    Args:
        bound: the bound; its own step size is taken where it is a corollary for one.
        values: numbers for the bound's parameters and for the schedule.

    Raises:
        NoReading: the catalogue lacks the method, or no algorithm of it fits these numbers.
    """
    chosen = catalogued_method(bound)
    if not catalogue.examples_of(chosen.name):
        raise NoReading(f"{bound.key}: {_unknown(bound)}")
    known: dict[str, Any] = {**values, **dict(bound.fixes)}
    if bound.step_size is not None:
        known["step_size"] = own_step_size(bound, values)
    name, more = _more(bound, chosen, known)
    known |= more
    example = replace(catalogue.examples_of(name)[0], inner_rule=_rule(bound, known))
    own = {item.name: known[item.name] for item in fields(example) if item.name in known}
    whole = {name: int(own[name]) for name in own if name in GLOSSARY and GLOSSARY[name].integer}
    try:
        made: Algorithm[Any] = replace(example, **{**own, **whole})
    except ValueError as error:
        raise NoReading(f"{bound.key}: {error}") from None
    # Names and report points may differ here (place_of deals with the latter); all other fields and
    # the kind of steps must be those of the theorem.
    measure = replace(bound.measure, report_point=made.report_point)
    alike = replace(bound, algorithm=method_name(type(made)), measure=measure)
    reason = method_mismatch(alike, made)
    if reason is not None:
        raise NoReading(f"{bound.key}: {reason}, and so nothing is attained here")
    return made


def _rule(bound: Bound, known: Mapping[str, Any]) -> Any:
    """Returns the inner rule that a bound fixes or assumes."""
    if "inner_rule" in known:
        return known["inner_rule"]
    if Assumption.ACCELERATED_STEPS in bound.assumptions:
        return ACSA()
    if Assumption.HEAVY_BALL_STEPS in bound.assumptions:
        return HeavyBall(float(known["momentum"]))
    return Plain()


def _more(
    bound: Bound, chosen: CataloguedMethod, known: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Returns the algorithm's name, and fields that are computed from the bound's parameters.

    Raises:
        NoReading: no algorithm here has the auxiliary variables with this mixing rate.
    """
    workers = num_workers_of(bound, known)
    if Assumption.HEAVY_BALL_STEPS in bound.assumptions:
        return chosen.name, {"memory": BufferPolicy.AVERAGE}
    if chosen.name == "easgd":
        # wang2021cooperative, Theorem 3, holds at this pull-back; anchor rate M alpha is symmetric.
        pullback = float(known.get("pullback", 2 / (workers + 2)))
        return chosen.name, {"pullback": pullback, "anchor_rate": workers * pullback}
    if "mixing_rate" not in chosen.parameters:
        return chosen.name, {}
    rate, auxiliary = float(known["mixing_rate"]), known.get("auxiliary_variables", 0)
    if auxiliary == 0:
        return chosen.name, {"topology": Given(_evenly_mixing(workers, rate))}
    # EASGD mixes with the eigenvalues 1 - alpha and 1 - (M + 1) alpha. Its alpha makes the first of
    # them the rate; the second must then not exceed the rate in modulus.
    pull = 1 - rate
    if auxiliary > 1 or abs(1 - (workers + 1) * pull) > rate:
        raise NoReading(f"{bound.key}: no method here has these auxiliary variables")
    return "easgd", {"pullback": pull, "anchor_rate": workers * pull}


def _evenly_mixing(num_workers: int, rate: float) -> tuple[tuple[float, ...], ...]:
    """Returns the symmetric (M, M) matrix with eigenvalue 1 on constants and the rate elsewhere."""
    matrix = rate * np.eye(num_workers) + (1 - rate) / num_workers
    return tuple(map(tuple, matrix.tolist()))
