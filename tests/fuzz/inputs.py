"""Strategies of inputs that are nearly right: what people type, write and keep, with mistakes."""

from __future__ import annotations

import json
import string

from hypothesis import strategies as st

from theory.catalogue import bounds

KEYS = sorted(bounds())
UPPER = [key for key in KEYS if ".lower" not in key]

ODD_VALUES = (
    *("", " ", "0", "-1", "1e400", "1e-400", "nan", "inf", "-inf", "0x10", "1_000", "1,", ",1"),
    *("1:", ":1", "1:2", "1:2:3", "2:1:log2", "1:4:log2", "1:64:log0", "0.1:1:10", "1:9:1e9"),
    *("1,2,3", "true", "null", "None", "[1, 2]", "{}", "tuned", "½", "١٢", "−1", "1e3000000000"),
    *("9" * 400, "1" + "0" * 25, "λ", "\N{PILE OF POO}", "a=b", "--json", "-h", "\\", "$HOME"),
)
"""Values that somebody may type for anything.

None of them asks for hours of honest work, such as worst cases of 64 steps.
"""

ODD_NAMES = ("", "lr", "σ", "K", "eta", "beta", "no_such_name", "a.b.c", "inner_rule", "…", "1")
"""Names that mean nothing, or something else, in many places."""

odd_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
odd_values = st.sampled_from(ODD_VALUES) | odd_text
numbers = st.sampled_from(["1", "2", "3", "0.5", "0.1", "1e-3", "4", "7"])


def mutated(draw, tokens):
    """Tokens with a few mistakes: some dropped, doubled, exchanged, or with another value."""
    tokens = list(tokens)
    for _ in range(draw(st.integers(0, 3))):
        if not tokens:
            break
        index = draw(st.integers(0, len(tokens) - 1))
        kind = draw(st.sampled_from(["drop", "double", "value", "name", "junk", "flag"]))
        name, equals, value = tokens[index].partition("=")
        if kind == "drop":
            del tokens[index]
        elif kind == "double":
            tokens.append(tokens[index])
        elif kind == "value" and equals and name not in ("records", "ranks"):
            tokens[index] = f"{name}={draw(odd_values)}"
        elif kind == "name" and equals:
            tokens[index] = f"{draw(st.sampled_from(ODD_NAMES) | odd_text)}={value}"
        elif kind == "junk":
            tokens.insert(index, draw(odd_values))
        else:
            tokens.append(draw(st.sampled_from(["--json", "--nonsense", "--figure", "--all"])))
    return tokens


@st.composite
def theory_requests(draw):
    """A command of the theory, with everything that it needs, and a few mistakes."""
    command = draw(
        st.sampled_from(
            ["bounds", "show", "evaluate", "tune", "compare", "exponents", "crossover", "diff",
             "invert", "export"]
        )
    )  # fmt: skip
    bound = bounds()[draw(st.sampled_from(UPPER))]
    given = [f"{name}={draw(numbers)}" for name in bound.parameters]
    free = [token for token in given if not token.startswith("step_size=")]
    other = draw(st.sampled_from([key for key in UPPER if key.split(".")[0] == bound.algorithm]
                                 or UPPER))  # fmt: skip
    tokens = {
        "bounds": [draw(st.sampled_from(["slowmo", "lower", "nothing"]))],
        "show": [bound.key],
        "evaluate": [bound.key, *given],
        "tune": [bound.key, *free],
        "compare": [bound.key, other, *free],
        "exponents": [bound.key, *draw(st.sampled_from([[], free]))],
        "crossover": [
            bound.key,
            other,
            draw(st.sampled_from(bound.parameters or ("local_steps",))),
        ],
        "diff": [bound.key, other],
        "invert": [
            bound.key,
            *(t for t in free if not t.startswith(("num_rounds=", "num_steps="))),
            f"accuracy={draw(numbers)}",
        ],
        "export": [bound.key, *draw(st.sampled_from([[], ["--latex"], ["--fragment"]]))],
    }[command]
    flags = [] if command == "export" else draw(st.sampled_from([[], ["--json"]]))
    return [command, *mutated(draw, [*tokens, *flags])]


METHODS = {
    "local_sgd": {"local_steps": "2"},
    "minibatch_sgd": {"local_steps": "2"},
    "overlap_local_sgd": {"local_steps": "2", "pullback": "0.5"},
    "slowmo": {"local_steps": "2", "slow_momentum": "0.5"},
    "easgd": {"local_steps": "2"},
    "dq_sgd": {"local_steps": "2"},
    "sketched_sgd": {"local_steps": "1"},
    "scaffold": {"local_steps": "2"},
    "decentralized_sgd": {"local_steps": "2", "topology": "ring"},
}
PROBLEMS = {
    "quadratic": {"num_workers": "2", "size": "3"},
    "tilted": {"num_workers": "2", "size": "3"},
    "two_camps": {"num_workers": "2"},
    "bent": {"num_workers": "2"},
}


@st.composite
def plans(draw):
    """The names and values of a small experiment."""
    method, problem = (
        draw(st.sampled_from(sorted(METHODS))),
        draw(st.sampled_from(sorted(PROBLEMS))),
    )
    values = {"algorithm": method, **METHODS[method], "problem": problem, **PROBLEMS[problem]}
    values |= {"num_rounds": draw(st.sampled_from(["1", "2"])), "step_size": draw(numbers)}
    if draw(st.booleans()):
        values["gradient_noise"] = draw(numbers)
    return values


@st.composite
def empirical_requests(draw):
    """A command that runs or reads a method, with a few mistakes."""
    values = draw(plans())
    tokens = [f"{name}={value}" for name, value in values.items()]
    method = values["algorithm"]
    own = [f"{n}={v}" for n, v in METHODS[method].items()]
    command = draw(st.sampled_from(["run", "moments", "mixing", "stability", "worst-case"]))
    arguments = {
        "run": [*tokens, "records=records.jsonl", draw(st.sampled_from(["seeds=1", "seeds=2"]))],
        "moments": tokens,
        "mixing": [method, *own],
        "stability": [method, *own],
        "worst-case": [
            "local_sgd", "local_steps=1", "num_rounds=1", "step_size=0.1", "heterogeneity=1"
        ],
    }[command]  # fmt: skip
    return [command, *mutated(draw, [*arguments, *draw(st.sampled_from([[], ["--json"]]))])]


@st.composite
def toml_plans(draw):
    """The bytes of a TOML file that is nearly a plan."""
    values = draw(plans())
    tables = {"algorithm": {}, "problem": {}, "": {}}
    method, problem = values.pop("algorithm"), values.pop("problem")
    for name, value in values.items():
        where = "problem" if name in {**PROBLEMS[problem], "gradient_noise": ""} else "algorithm"
        tables["" if name == "num_rounds" else where][name] = value
    lines = [f"{name} = {value}" for name, value in tables[""].items()]
    for table, called in (("algorithm", method), ("problem", problem)):
        lines += [f"[{table}]", f'name = "{called}"']
        for name, value in tables[table].items():
            quoted = value if value[0].isdigit() else json.dumps(value)
            lines.append(f"{name} = {quoted}")
    for _ in range(draw(st.integers(0, 3))):
        index = draw(st.integers(0, len(lines) - 1))
        name = lines[index].partition(" = ")[0]
        odd = draw(odd_values)
        lines[index] = draw(
            st.sampled_from(
                [f"{name} = {odd}", f"{name} = {json.dumps(odd)}", odd, f"[{odd}]", "",
                 f"{name} = [1, 2]", 'extends = "plan.toml"', f"{name} = 1979-05-27"]
            )
        )  # fmt: skip
    data = "\n".join(lines).encode()
    return damaged(draw, data)


def damaged(draw, data):
    """Bytes as they are, or cut, with a bit flipped, with a mark in front, or in another form."""
    kind = draw(st.sampled_from(["whole", "whole", "cut", "flip", "bom", "utf-16", "junk"]))
    if kind == "cut":
        return data[: draw(st.integers(0, len(data)))]
    if kind == "flip" and data:
        index = draw(st.integers(0, len(data) - 1))
        return data[:index] + bytes([data[index] ^ draw(st.integers(1, 255))]) + data[index + 1 :]
    if kind == "bom":
        return b"\xef\xbb\xbf" + data
    if kind == "utf-16":
        return data.decode(errors="replace").encode("utf-16")
    if kind == "junk":
        return data + draw(st.binary(max_size=20))
    return data


odd_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.sampled_from([*ODD_VALUES, "local_sgd", "finished", "diverged"])
    | st.text(string.printable, max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(value, path=()):
    """The path of every value in a JSON document."""
    yield path
    if isinstance(value, dict):
        for name, item in value.items():
            yield from places(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


def altered(draw, document):
    """A JSON document with a few values replaced, dropped or added."""
    document = json.loads(json.dumps(document))
    for _ in range(draw(st.integers(1, 3))):
        *path, last = draw(st.sampled_from([p for p in places(document) if p]))
        holder = document
        for name in path:
            holder = holder[name]
        kind = draw(st.sampled_from(["replace", "drop", "add"]))
        if kind == "replace":
            holder[last] = draw(odd_json)
        elif kind == "drop":
            del holder[last]
        elif isinstance(holder, dict):
            holder[draw(st.text(string.ascii_lowercase, min_size=1, max_size=8))] = draw(odd_json)
        if not document:
            break
    return document


@st.composite
def image_folders(draw):
    """What lies in a folder of images: paths below it, each with a size, a mode and a format."""
    names = st.sampled_from(["cat", "dog", "Cat", "caf\u00e9", "cafe\u0301", ".hidden", "a b"])
    file = st.tuples(
        st.sampled_from(["train", "test", "validation"]),
        names,
        st.sampled_from(
            ["0.png", "1.jpg", "2.WEBP", "3.bmp", "deep/4.png", "notes.txt", "5", ".6.png"]
        ),
        st.sampled_from([(32, 32), (32, 32), (32, 32), (31, 32), (1, 1)]),
        st.sampled_from(["RGB", "RGB", "RGB", "L", "RGBA", "bytes"]),
    )
    return draw(st.lists(file, max_size=8))
