"""From a TOML file and name=value to a plan: what `run` takes."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from empirical import catalogue
from empirical.algorithm import Algorithm
from empirical.description import class_of, field_names, method_name, names
from empirical.experiments.experiment import Experiment, build_experiment
from empirical.experiments.plan import Plan
from empirical.field_values import to_bool, to_float, to_path
from empirical.problem import Problem
from empirical.runtime.slow_link import Link
from empirical.transport import TIMEOUT
from empirical.verdicts.applicability import at_best_step_size, theorems_on
from theory.bound import Bound
from theory.catalogue import bounds, lookup
from theory.cli.arguments import numbers, parse
from theory.notation.aliases import canonical

OPTIONS = ("seeds", "records", "ranks", "device", "ordered", "together", "timeout")
"""How to carry out, beside what to run; see Plan."""

_CHOSEN = ("algorithm", "problem")
"""Settings that may list several names; other text may hold commas."""

TUNED = "tuned"
"""As a step size: the one at which a bound on the algorithm is least.

tuned takes the bound ALGORITHM.nonconvex of the catalogue; tuned:KEY any bound, own ones included.
"""


def plan(tokens: Iterable[str]) -> Plan:
    """The plan of a request: TOML files first, name=value on top; ranges make a grid.

    A TOML file may begin with extends = "OTHER.toml", relative to itself: the other comes first.

    Names are dotted paths into the description (algorithm.step_size, problem.partition.alpha); a
    first part that only one of experiment, link, algorithm and problem knows needs no owner.

    Raises:
        ValueError: a name, field or value is not allowed; the message lists what is.
        FileNotFoundError: a TOML file is not there.
    """
    tokens = list(tokens)
    settings: dict[str, Any] = {}
    for token in tokens:
        if _is_file(token):
            for table in _read(to_path(token)):
                settings.update(_flat(table))
    settings.update(parse(token for token in tokens if not _is_file(token)))
    options = {name: settings.pop(name) for name in OPTIONS if name in settings}
    experiments = tuple(_experiment(point) for point in grid(_owned(settings)))
    return Plan(
        experiments=experiments,
        seeds=_seeds(options.get("seeds", 1)),
        records=to_path(options.get("records", "records/records.jsonl")),
        num_ranks=_whole("ranks", options.get("ranks", 1), least=1),
        device=str(options.get("device", "cpu")),
        ordered=to_bool(options.get("ordered", False), "ordered"),
        together=_whole("together", options.get("together", 0)),
        timeout=to_float(options.get("timeout", TIMEOUT), "timeout"),
    )


def _is_file(token: str) -> bool:
    """Whether a word names a TOML file, as lr=0.1.toml does where there is such a file."""
    return "=" not in token or (token.endswith(".toml") and Path(token).is_file())


def _read(path: Path, extending: tuple[Path, ...] = ()) -> list[dict[str, Any]]:
    """Returns the table of a TOML file, after those that it extends."""
    if not path.is_file():
        raise FileNotFoundError(f"{path} is neither NAME=VALUE nor a TOML file that exists")
    if path.resolve() in extending:
        raise ValueError(f"{path} extends itself by way of {extending[-1]}; remove one extends")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # Windows editors write a mark
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no TOML in UTF-8: {error}") from None
    first = table.pop("extends", None)
    if first is None:
        return [table]
    return [*_read(path.parent / str(first), (*extending, path.resolve())), table]


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as dotted names; algorithm.name is written algorithm, as on the command."""
    found: dict[str, Any] = {}
    for key, value in table.items():
        path = prefix.rstrip(".") if key == "name" else prefix + key
        found.update(_flat(value, f"{path}.") if isinstance(value, Mapping) else {path: value})
    return found


def _owned(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the settings with every name's owner in front."""
    catalogue.load()  # every class that a name may mean is now loaded
    owners = {"experiment": ["num_rounds", "measure_every", "dtype"], "link": field_names(Link)}
    for owner, kind in (("algorithm", Algorithm), ("problem", Problem)):
        if owner not in settings:
            raise ValueError(f"give {owner}=NAME; choose from {', '.join(sorted(names(kind)))}")
        chosen = [class_of(kind, str(name), owner) for name in _listed(settings[owner], owner)]
        owners[owner] = sorted({field for item in chosen for field in field_names(item)})
    return {_path(name, owners): value for name, value in settings.items()}


def _path(name: str, owners: Mapping[str, list[str]]) -> str:
    first = name.split(".")[0]
    if first in owners:
        return name
    having = [owner for owner, fields in owners.items() if first in fields]
    if len(having) == 1:
        return name if having == ["experiment"] else f"{having[0]}.{name}"
    if having:
        choices = " or ".join(f"{owner}.{name}" for owner in having)
        raise ValueError(f"{name} is ambiguous; write {choices}")
    meant = canonical(first, {field for fields in owners.values() for field in fields})
    if meant != first:
        return _path(meant + name.removeprefix(first), owners)
    allowed = [*OPTIONS, *itertools.chain.from_iterable(owners.values())]
    raise ValueError(f"{name} is unknown; this request takes {', '.join(allowed)}")


def grid(settings: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every combination of the listed values."""
    choices = [_listed(value, name) for name, value in settings.items()]
    for point in itertools.product(*choices):
        yield dict(zip(settings, point, strict=True))


def _listed(value: Any, name: str) -> list[Any]:
    """The values that a setting stands for: one, or those of a list or range."""
    if isinstance(value, list):
        return value
    if isinstance(value, str) and re.fullmatch(r"[-+\d.e]+([:,][-+\d.elog]+)+", value):
        return list(map(float, numbers(name, value)))
    return value.split(",") if isinstance(value, str) and name in _CHOSEN else [value]


def _experiment(settings: Mapping[str, Any]) -> Experiment:
    data: dict[str, Any] = {}
    tuned, colon, key = str(settings.get("algorithm.step_size")).partition(":")
    if tuned != TUNED:
        for path, value in settings.items():
            put(data, path.split("."), value)
        return build_experiment(data)
    for path, value in settings.items():
        put(data, path.split("."), 1.0 if path == "algorithm.step_size" else value)
    experiment = build_experiment(data)
    return at_best_step_size(experiment, lookup(key) if colon else _usual_bound(experiment))


def _usual_bound(experiment: Experiment) -> Bound:
    algorithm = experiment.algorithm
    usual = f"{method_name(type(algorithm))}.nonconvex"
    if usual in bounds():
        return bounds()[usual]
    having = [item.key for item in theorems_on(algorithm) if "step_size" in item.parameters]
    choices = f" ({', '.join(having)})" if having else ""
    raise ValueError(
        f"step_size=tuned: there is no bound {usual}; name one as step_size=tuned:KEY{choices}, "
        "or give a number"
    )


def put(data: dict[str, Any], path: list[str], value: Any) -> None:
    """Enters a value at a dotted path, turning a bare name on the way into a table."""
    for part in path[:-1]:
        inner = data.setdefault(part, {})
        if not isinstance(inner, dict):
            inner = data[part] = {"name": inner}
        data = inner
    last = path[-1]
    if isinstance(data.get(last), dict):
        data[last]["name"] = value
    else:
        data[last] = value


def _seeds(value: Any) -> tuple[int, ...]:
    """A number of seeds, counted from 0, or a list of them."""
    many = isinstance(value, list) or "," in str(value)
    listed = value if isinstance(value, list) else str(value).split(",")
    seeds = tuple(_whole("seeds", item) for item in listed) if many else ()
    count = len(seeds) if many else _whole("seeds", value)
    if count < 1 or len(set(seeds)) != len(seeds):
        raise ValueError(
            f"seeds={value} must be a whole number >= 1, or a list of different ones such as 3,5,7"
        )
    return seeds or tuple(range(count))


def _whole(name: str, value: Any, least: int = 0) -> int:
    if not re.fullmatch(r"\d+", str(value)) or int(value) < least:
        raise ValueError(f"{name}={value} must be a whole number >= {least}")
    return int(value)
