"""From a method's name and name=value to what the exact readings take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from empirical import catalogue
from empirical.algorithm import Algorithm
from empirical.cli.plan_request import TUNED, grid, put
from empirical.description import build, field_names
from empirical.falsification.exact_measures import MeasuredPoint
from empirical.field_values import to_float
from empirical.problem import ExactProblem, Problem
from empirical.progress import Progress
from empirical.readings.performance_estimation.setting import FunctionClass, Setting, Summary
from empirical.readings.worst_case import tuned_step_size
from theory.cli.arguments import parse
from theory.measures import Quantity
from theory.notation import GLOSSARY

_QUANTITIES = (
    *("num_workers", "local_steps", "num_rounds", "step_size", "pullback", "anchor_momentum"),
    *("smoothness", "strong_convexity", "gradient_noise", "heterogeneity"),
    *("initial_gap", "initial_distance"),
)
"""Quantities for which their symbols and other names may stand, such as K and lr."""

_CLASSES = ("nonconvex", "convex", "strongly_convex")

_BOUNDS = (
    "initial_gap",
    "initial_distance",
    "heterogeneity",
    "heterogeneity_on_average",
    "heterogeneity_at_optimum",
)

_SETTING = ("functions", "smoothness", "strong_convexity", "measure", "summary", *_BOUNDS)

_RUN = ("num_rounds", "num_workers", "gradient_noise")


@dataclass(frozen=True)
class Asked:
    """One worst case that was asked for.

    Attributes:
        algorithm: the method.
        setting: functions, start, measure.
        num_rounds: R.
        num_workers: M; None for every M >= 2.
        gradient_noise: sigma of the bound and the moments beside it; a worst case has none.
        given: the assignments that led here, for tables.
        tuned: whether the step size was chosen on the certificate.
    """

    algorithm: Algorithm[Any]
    setting: Setting
    num_rounds: int
    num_workers: int | None = None
    gradient_noise: float = 0.0
    given: Mapping[str, Any] = field(default_factory=dict)
    tuned: bool = False

    @property
    def values(self) -> dict[str, float]:
        """Numbers for the parameters of bounds on this method."""
        fields = {n: getattr(self.algorithm, n) for n in field_names(type(self.algorithm))}
        known: dict[str, float | None] = {
            name: float(value) for name, value in fields.items() if name in GLOSSARY
        }
        known |= {name: getattr(self.setting, name) for name in _BOUNDS if name in GLOSSARY}
        if self.setting.heterogeneity is None:
            known["heterogeneity"] = self.setting.heterogeneity_on_average
        known |= {
            "smoothness": self.setting.function_class.smoothness,
            "num_rounds": float(self.num_rounds),
            "num_workers": float(self.num_workers or 2),
            "gradient_noise": self.gradient_noise,
        }
        return {name: value for name, value in known.items() if value is not None}


def worst_cases(name: str, tokens: Iterable[str], progress: Progress | None = None) -> list[Asked]:
    """Every worst case of a request; ranges make a grid.

    Args:
        name: of the algorithm.
        tokens: name=value of the algorithm's fields, functions=nonconvex, convex or
            strongly_convex, smoothness (1 if left out), initial_gap (1 if no start is given and
            functions are non-convex) or initial_distance (1, convex), heterogeneity,
            heterogeneity_on_average, heterogeneity_at_optimum, measure, summary, num_rounds,
            num_workers, gradient_noise; step_size=tuned takes the one with the least worst case.
        progress: receives the name of what is being tuned.

    Raises:
        ValueError: a name, field or value is not allowed; the message lists what is.
    """
    points = list(grid(parse(tokens, _QUANTITIES)))
    found = []
    for index, point in enumerate(points):
        tuned = point.get("step_size") == TUNED
        if tuned and progress is not None:
            progress(index, len(points), "tuning step sizes on the certificate")
        asked = _asked(name, {**point, "step_size": 1.0} if tuned else point)
        found.append(_tuned(asked) if tuned else asked)
    return found


def one_method(name: str, tokens: Iterable[str]) -> tuple[Algorithm[Any], int | None]:
    """The single method of a request, and its num_rounds if that was given.

    Raises:
        ValueError: a range was given, or a name, field or value is not allowed.
    """
    points = list(grid(parse(tokens, _QUANTITIES)))
    if len(points) > 1:
        raise ValueError(f"one method at a time: the ranges make {len(points)}")
    own = dict(points[0])
    rounds = own.pop("num_rounds", None)
    checked = rounds and int(GLOSSARY["num_rounds"].check(to_float(rounds, "num_rounds")))
    return method(name, _with_step_size(own)), checked


def methods_on(
    name: str, tokens: Iterable[str]
) -> list[tuple[Algorithm[Any], ExactProblem, dict[str, Any]]]:
    """Every method of a request with the problem it is to run on and its assignments.

    Raises:
        ValueError: a name, field or value is not allowed, or the problem has no exact gradient.
    """
    found = []
    for point in grid(parse(tokens, _QUANTITIES)):
        chosen = {key: value for key, value in point.items() if _of_problem(key)}
        own = {key: value for key, value in point.items() if key not in chosen}
        found.append((method(name, _with_step_size(own)), _problem(chosen), dict(point)))
    return found


def point_named(at: str, *, alone: bool = False) -> MeasuredPoint:
    """Where to measure, by its name.

    Args:
        at: the name.
        alone: whether the report point is the only choice, as for figures.

    Raises:
        ValueError: there is no such point.
    """
    allowed = [item.value for item in MeasuredPoint][: 1 if alone else None]
    if at not in allowed:
        raise ValueError(f"at={at} must be one of {', '.join(allowed)}")
    return MeasuredPoint(at)


def _of_problem(key: str) -> bool:
    return key == "problem" or key.startswith("problem.")


def _problem(settings: Mapping[str, Any]) -> ExactProblem:
    """The problem of a request: one worker of curvature L, one of -L/2, if it says nothing."""
    data: dict[str, Any] = {"problem": "two_camps"}
    for path, value in settings.items():
        put(data, path.split("."), value)
    chosen = data["problem"]
    table = {"name": chosen} if isinstance(chosen, str) else chosen
    if table.get("name") == "two_camps":
        table = {"num_workers": 2, "second": -0.5, **table}
    catalogue.problems()
    made = build(Problem, table, "problem")
    if not isinstance(made, ExactProblem):
        raise ValueError(
            f"problem={table['name']} has no exact gradient; choose two_camps or quadratic"
        )
    return made


def _with_step_size(settings: Mapping[str, Any]) -> dict[str, Any]:
    """A step size where none matters and none was given."""
    return {"step_size": 1.0, **settings}


def method(name: str, settings: Mapping[str, Any]) -> Algorithm[Any]:
    """The algorithm of a name and its fields, as dotted paths.

    Raises:
        ValueError: a name, field or value is not allowed.
    """
    catalogue.algorithms()  # every class that a name may mean is now loaded
    data: dict[str, Any] = {"name": name}
    for path, value in settings.items():
        put(data, path.split("."), value)
    made = build(Algorithm, data, "algorithm")
    assert isinstance(made, Algorithm)
    return made


def _asked(name: str, point: Mapping[str, Any]) -> Asked:
    own = {key: value for key, value in point.items() if key not in (*_SETTING, *_RUN)}
    if "num_rounds" not in point:
        raise ValueError("worst-case needs num_rounds; give num_rounds=VALUE")
    given = {key: point[key] for key in _RUN if key in point}
    checked = {key: GLOSSARY[key].check(to_float(value, key)) for key, value in given.items()}
    return Asked(
        algorithm=method(name, own),
        setting=_setting(point),
        num_rounds=int(checked["num_rounds"]),
        num_workers=int(checked["num_workers"]) if "num_workers" in checked else None,
        gradient_noise=float(checked.get("gradient_noise", 0.0)),
        given=dict(point),
    )


def _tuned(asked: Asked) -> Asked:
    """Returns the request at the step size with the least worst case, from 0.01/(L K) to 2/L."""
    unit = 1 / (asked.setting.function_class.smoothness * asked.algorithm.local_steps)
    best = tuned_step_size(
        asked.algorithm,
        asked.setting,
        num_rounds=asked.num_rounds,
        num_workers=asked.num_workers,
        low=unit / 100,
        high=2 * unit * asked.algorithm.local_steps,
    )
    return replace(asked, algorithm=replace(asked.algorithm, step_size=best), tuned=True)


def _setting(point: Mapping[str, Any]) -> Setting:
    smoothness = _number(point, "smoothness", 1.0)
    kind = _chosen(point, "functions", _CLASSES)
    if (kind == "strongly_convex") != ("strong_convexity" in point):
        raise ValueError("strong_convexity=VALUE goes with functions=strongly_convex")
    lowest = {"nonconvex": -smoothness, "convex": 0.0}.get(kind)
    if lowest is None:
        lowest = _number(point, "strong_convexity", 0.0)
    bounds = {name: _number(point, name, 0.0) for name in _BOUNDS if name in point}
    if not {"initial_gap", "initial_distance"} & set(bounds):
        bounds["initial_gap" if kind == "nonconvex" else "initial_distance"] = 1.0
    quantities = [item.name.lower() for item in Quantity]
    summaries = [item.name.lower() for item in Summary]
    return Setting(
        function_class=FunctionClass(smoothness=smoothness, lowest=lowest),
        quantity=Quantity[_chosen(point, "measure", quantities).upper()],
        summary=Summary[_chosen(point, "summary", summaries).upper()],
        **bounds,
    )


def _number(point: Mapping[str, Any], name: str, default: float) -> float:
    row = GLOSSARY.get(name, GLOSSARY["heterogeneity"])  # on average it is the same quantity
    return float(row.check(to_float(point.get(name, default), name)))


def _chosen(point: Mapping[str, Any], name: str, allowed: Iterable[str]) -> str:
    allowed = list(allowed)
    value = str(point.get(name, allowed[0]))
    if value not in allowed:
        raise ValueError(f"{name}={value} must be one of {', '.join(allowed)}")
    return value
