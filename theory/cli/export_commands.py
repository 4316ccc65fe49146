"""The commands `export`, theorems as JSON or LaTeX, and `diff`, two theorems side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from theory.cli.options import Json
from theory.presentation.terminal import DONE, console, print_json, print_rows

if TYPE_CHECKING:
    from theory.bound import Bound

Folder = Annotated[Path | None, Parameter(name="--folder", help="Write files into this folder.")]


def export(
    *names: str,
    latex: Annotated[bool, Parameter(negative="")] = False,
    fragment: Annotated[bool, Parameter(negative="")] = False,
    schema: Annotated[bool, Parameter(negative="")] = False,
    answers_schema: Annotated[bool, Parameter(negative="")] = False,
    folder: Folder = None,
) -> int:
    """Export theorems as JSON or as a LaTeX document.

    Args:
        names: keys, entries of the bibliography or algorithms; every theorem if left out.
        latex: write a document that compiles alone; with --folder, the files main.tex,
            theorems.tex and sources.bib.
        fragment: write only the part of the document that another document can input; with
            --folder, theorems.tex and sources.bib.
        schema: write the JSON Schema of exported theorems, and no theorem.
        answers_schema: write the JSON Schema of what every command prints with --json, and no
            theorem.
    """
    from theory import catalogue
    from theory.export import answers, json_export, latex_document

    if schema or answers_schema:
        return print_json(json_export.schema() if schema else answers.schema())
    found = [item for name in names for item in catalogue.named(name)]
    bounds = list(dict.fromkeys(found)) or list(catalogue.bounds().values())
    if latex or fragment:
        if folder is not None and fragment:
            return _write(folder, latex_document.fragment_files(bounds))
        if folder is not None:
            _check_main(folder / "main.tex")
            return _write(folder, latex_document.files(bounds))
        made = latex_document.fragment if fragment else latex_document.standalone
        print(made(bounds))
        return DONE
    document = [json_export.bound_as_json(item) for item in bounds]
    if folder is None:
        return print_json(document)
    return _write(folder, {"bounds.json": document, json_export.SCHEMA.name: json_export.schema()})


def diff(left: str, right: str, *, seed: int = 0, as_json: Json = False) -> int:
    """Show two theorems side by side: assumptions, terms of equal powers, and which is less.

    Args:
        left: a key; an entry of the bibliography or an algorithm stands for all its theorems.
        right: a key, entry or algorithm; of several theorems, those on one quantity are compared,
            and of these those of one algorithm if there are any.
        seed: the seed of the random numbers at which both are compared.
    """
    from theory import catalogue
    from theory.comparison.difference import difference_as_json, pairs
    from theory.comparison.reduction_table import between

    if seed < 0:
        raise ValueError(f"seed={seed} must be a whole number >= 0")
    compared = pairs(catalogue.named(left), catalogue.named(right))
    found = [
        {
            **difference_as_json(ours, theirs, seed=seed),
            "reductions": between(ours.key, theirs.key),
        }
        for ours, theirs in compared
    ]
    if as_json:
        return print_rows(found)
    for bounds, row in zip(compared, found, strict=True):
        _print_difference(bounds, row)
    return DONE


def _check_main(path: Path) -> None:
    """Raises ValueError if a document of somebody's own would be written over."""
    from theory.export.latex_document import is_ours

    if path.exists() and not is_ours(path.read_text(encoding="utf-8", errors="replace")):
        raise ValueError(
            f"{path} is there already and was not written by export; give --fragment for what it "
            "can input, or another --folder"
        )


def _write(folder: Path, files: Mapping[str, Any]) -> int:
    import json

    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content, indent=2) + "\n"
        (folder / name).write_text(text, encoding="utf-8")
        console().print(str(folder / name), highlight=False)
    return DONE


def _print_difference(bounds: tuple[Bound, Bound], row: Mapping[str, Any]) -> None:
    from theory.notation.plain_formula import plain
    from theory.presentation.fitted_table import table
    from theory.presentation.tables import letters
    from theory.presentation.typography import typographic

    left, right = row["left"], row["right"]
    facts = [
        [name, str(left[name]), str(right[name])]
        for name in ("statement", "unit", "side", "constants", "standing", "source")
    ]
    facts[0] = ["measure", *(typographic(side["statement"]) for side in (left, right))]
    facts.append(["conditions", *("\n".join(map(plain, b.conditions)) for b in bounds)])
    assumed = row["assumptions"]
    facts.append(["only here", "\n".join(assumed["left"]), "\n".join(assumed["right"])])
    out = console()
    out.print(table(["", left["key"], right["key"]], facts))
    out.print(f"both assume {', '.join(assumed['both']) or 'nothing'}", highlight=False)
    for name, how in assumed["by_conversion"].items():
        out.print(f"{name} follows from what the other assumes: {how}", highlight=False)
    columns = [left["key"], right["key"], "ratio", "powers of both"]
    out.print(table(columns, _term_rows(row["aligned_terms"])))
    out.print(letters({*bounds[0].parameters, *bounds[1].parameters}), highlight=False)
    for line in _verdicts(row):
        out.print(line, highlight=False)
    out.print()


def _term_rows(terms: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    from theory.export.formula import parsed
    from theory.notation.plain_formula import plain

    return [
        [
            ", ".join(term["left"]),
            ", ".join(term["right"]),
            plain(parsed(term["ratio"])) if term["ratio"] else "",
            "none" if term["powers"] is None else _product(term["powers"]),
        ]
        for term in terms
    ]


def _product(powers: Mapping[str, str]) -> str:
    """Returns a product of powers as text, such as L² η."""
    import sympy as sp

    from theory.notation import GLOSSARY
    from theory.notation.plain_formula import plain

    factors = (GLOSSARY[name].symbol ** sp.Rational(power) for name, power in powers.items())
    return plain(sp.Mul(*factors))


def _verdicts(row: Mapping[str, Any]) -> list[str]:
    names = {"left": row["left"]["key"], "right": row["right"]["key"]}
    said = []
    if row["certified_less"] == "equal":
        said.append("certified: they are equal")
    elif row["certified_less"] is not None:
        said.append(f"certified: {names[row['certified_less']]} is at most the other")
    for found in row["numbers"]:
        how = {"shared": "at one step size", "best": "at best step sizes", "none": "of both"}
        ratio = found["ratios"]
        said.append(
            f"{names['left']} is less at {found['share_left_less']:.1%} of {found['points']} random"
            f" points {how[found['step_sizes']]}; ratio {ratio['least']:.3g} to"
            f" {ratio['greatest']:.3g}, median {ratio['median']:.3g}"
        )
    said += row["reductions"]
    return [*said, *(f"caution: {text}" for text in row["caution"])]
