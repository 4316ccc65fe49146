"""The report page: one HTML file with tables and figures that needs no network."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from empirical.experiments.records import commit, versions
from theory.presentation.figures import save

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 66rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; }
th, td { border-bottom: 1px solid #ccc; }
.scroll { overflow-x: auto; } img { max-width: 100%; } figure { margin: 1rem 0; }
@media screen and (max-width: 40rem) {
  tr:first-child { display: none; } tr { display: block; border-bottom: 2px solid #999; }
  td { display: flex; justify-content: space-between; gap: 1rem; border: 0; padding: .1rem 0; }
  td::before { content: attr(data-column); color: #666; } td:first-child { font-weight: bold; }
}
@media print { body { font-size: 11px; max-width: none; } .scroll { overflow: visible; } }
.HOLDS, .PROVED { color: #17692e; } .VIOLATED { color: #b00020; font-weight: bold; }
.INCONCLUSIVE, .INAPPLICABLE { color: #7a5b00; }
"""


def write_page(
    folder: Path,
    *,
    title: str,
    lead: Sequence[str],
    tables: Sequence[tuple[str, Sequence[str], Sequence[Sequence[str]]]],
    figures: Sequence[tuple[str, Figure, str]],
) -> Path:
    """Writes index.html with everything it shows, figures included, and the figures beside it.

    Args:
        folder: the folder of the page, which must exist.
        title: title of the page.
        lead: paragraphs at the top.
        tables: heading, columns and rows of each; at least one.
        figures: name, figure and caption of each; they follow the first table, and lie beside the
            page as NAME.png.

    Returns:
        The path of the page.
    """
    parts = [f"<h1>{html.escape(title)}</h1>"]
    parts += [f"<p>{html.escape(text)}</p>" for text in lead]
    first, *others = (_html_table(heading, columns, rows) for heading, columns, rows in tables)
    parts += [
        first,
        *(_html_figure(folder / f"{name}.png", drawn, caption) for name, drawn, caption in figures),
        *others,
    ]
    packages = ", ".join(f"{name} {value}" for name, value in versions().items())
    parts.append(f"<p><small>{html.escape(packages)}; commit {commit() or 'none'}</small></p>")
    page = folder / "index.html"
    page.write_text(
        "<!doctype html><html lang=en><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style>{''.join(parts)}</html>\n",
        encoding="utf-8",
    )
    return page


def write_json(path: Path, value: Any) -> None:
    """Writes plain data to a file as indented JSON."""
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _html_table(heading: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def cell(column: str, text: str) -> str:
        # Words in capitals are outcomes, and the style sheet has a class of that name for each.
        kind = text if re.fullmatch("[A-Z ]+", text) else ""
        # Narrow screens show a row as lines, each with the name of its column.
        named = f'data-column="{html.escape(column)}"'
        return f'<td class="{kind}" {named}><span>{_breakable(text)}</span></td>'

    def line(row: Sequence[str]) -> str:
        return "".join(cell(*pair) for pair in zip(columns, row, strict=True))

    head = "".join(f"<th>{html.escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{line(row)}</tr>" for row in rows)
    return (
        f"<h2>{html.escape(heading)}</h2><div class=scroll>"
        f"<table><tr>{head}</tr>{body}</table></div>"
    )


def _breakable(text: str) -> str:
    """Returns text for HTML whose names may break behind their dots, underscores and brackets."""
    return re.sub(r"([_.,(\[=])(?=[a-z])", r"\1<wbr>", html.escape(text))


def _html_figure(path: Path, figure: Figure, caption: str) -> str:
    save(figure, path)
    data = base64.b64encode(path.read_bytes()).decode()
    text = html.escape(caption)
    image = f'<img alt="{text}" src="data:image/png;base64,{data}">'
    return f"<figure>{image}<figcaption>{text}</figcaption></figure>"
