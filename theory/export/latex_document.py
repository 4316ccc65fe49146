r"""Theorems as a LaTeX document, with a table of their notation and the sources they cite."""

from __future__ import annotations

import re
from collections.abc import Sequence

import sympy as sp

from theory.bound import Bound, Constants, Provenance, Side, Standing
from theory.export.bibliography import entries
from theory.export.typeset import escaped, typeset
from theory.notation import GLOSSARY, latex

_PREAMBLE = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage[margin=2.5cm]{geometry}
\usepackage{amsmath,amssymb,amsthm,graphicx,longtable}
\allowdisplaybreaks
\emergencystretch=4em
\newtheorem{theorem}{Theorem}"""

_CLOSING = r"""\bibliographystyle{plain}
\bibliography{sources}
\end{document}
"""

_FITTED = r"""% Needs amsmath, amssymb, amsthm, graphicx, longtable, \newtheorem{theorem}{Theorem}
% A formula that is wider than a part of the line is made smaller to fit.
\providecommand{\fitted}[2]{\sbox0{$\displaystyle #2$}%
  \ifdim\wd0>#1\linewidth\resizebox{#1\linewidth}{!}{\usebox0}\else\usebox0\fi}"""

_OURS = "% Written by `ratebound export`, which may write it again."
"""The first line of main.tex, by which it is told from a document of somebody's own."""

_VERBS = {Side.UPPER: "is at most", Side.LOWER: "is at least", Side.EXACT: "equals"}

_STANDINGS = {
    Standing.PROVED: "Proved: its derivation replays step by step.",
    Standing.TRANSCRIBED: "Transcribed; not proved here.",
    Standing.REFUTED: "Refuted: a stored counterexample lies above it.",
}


def files(bounds: Sequence[Bound]) -> dict[str, str]:
    r"""Returns the files of a folder by name, with their text.

    theorems.tex can be \input into a paper, main.tex is a document that does so, and sources.bib
    holds the sources.
    """
    main = [_OURS, _PREAMBLE, r"\begin{document}", r"\input{theorems}", _CLOSING]
    return {"main.tex": "\n".join(main), **fragment_files(bounds)}


def fragment_files(bounds: Sequence[Bound]) -> dict[str, str]:
    """Returns the files that a document of one's own can input, by name, with their text."""
    return {"theorems.tex": fragment(bounds), "sources.bib": bibliography(bounds)}


def is_ours(text: str) -> bool:
    """Returns whether a main.tex was written by `export`, so that it may be written again."""
    return text.startswith(_OURS)


def standalone(bounds: Sequence[Bound]) -> str:
    """Returns the text of one file that compiles alone; LaTeX writes sources.bib from it."""
    sources = f"\\begin{{filecontents*}}[overwrite]{{sources.bib}}\n{bibliography(bounds)}"
    parts = [sources + r"\end{filecontents*}", _PREAMBLE, r"\begin{document}", fragment(bounds)]
    return "\n".join([*parts, _CLOSING])


def bibliography(bounds: Sequence[Bound]) -> str:
    """Returns the bibliography entries that some theorems cite, sorted by key.

    Raises:
        ValueError: a source is not an entry of the bibliography.
    """
    known, cited = entries(), sorted({bound.source.key for bound in bounds})
    for key in cited:
        if key not in known:
            raise ValueError(f"{key} is no entry of the bibliography")
    return "\n\n".join(known[key] for key in cited) + "\n"


def fragment(bounds: Sequence[Bound]) -> str:
    """Returns LaTeX of the notation that is used and of one theorem environment for each bound."""
    return "\n\n".join(
        [
            _FITTED,
            r"\section*{Notation}",
            notation(bounds),
            r"\section*{Theorems}",
            *map(theorem, bounds),
        ]
    )


def notation(bounds: Sequence[Bound]) -> str:
    """Returns a LaTeX table of the quantities in some bounds, in the order of the glossary."""
    used = set().union(*(bound.parameters for bound in bounds))
    rows = [
        rf"${row.latex}$ & {typeset(row.meaning)} & ${row.unit.latex}$ & {typeset(row.allowed)} \\"
        for name, row in GLOSSARY.items()
        if name in used
    ]
    return "\n".join(
        [
            r"\begin{longtable}{lp{8cm}ll}",
            r"symbol & meaning & unit & range \\ \hline",
            *rows,
            r"\end{longtable}",
            r"Units: $f$ is that of the objective, $x$ that of the parameters.",
        ]
    )


def theorem(bound: Bound) -> str:
    """Returns LaTeX of one theorem: assumptions, conditions, bound, source and standing."""
    parts = [
        # The braces around the title keep a bracket in it from ending the optional argument.
        rf"\begin{{theorem}}[{{{typeset(bound.title)}}}]\label{{thm:{bound.key}}}",
        _assumptions(bound),
        _claim(bound),
        _terms(bound),
        *_at_step_size(bound),
        r"\end{theorem}",
        _source(bound),
    ]
    return "\n".join(parts)


def _assumptions(bound: Bound) -> str:
    statements = sorted((item.name, typeset(item.value)) for item in bound.assumptions)
    items = [f"  \\item {text}" for _, text in statements]
    items += [rf"  \item {_formula(relation, 0.95)}" for relation in bound.conditions]
    items += [rf"  \item {_code(f'{name} = {value}')}" for name, value in bound.fixes]
    run = rf"Let {_code(bound.algorithm)} run, and assume:"
    return "\n".join([run, r"\begin{itemize}", *items, r"\end{itemize}"])


def _claim(bound: Bound) -> str:
    constant = ", up to an absolute constant," if bound.constants is Constants.ORDER else ""
    return f"Then the {typeset(_uncapped(str(bound.measure)))}, {_VERBS[bound.side]}{constant}"


def _uncapped(statement: str) -> str:
    return statement if statement.startswith("time average") else f"quantity {statement}"


def _terms(bound: Bound) -> str:
    rows = [
        rf"  {'' if index == 0 else '{}+{}'} & {_formula(term.expression, 0.74)}"
        rf" && \text{{({typeset(term.name)})}}"
        for index, term in enumerate(bound.terms)
    ]
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def _at_step_size(bound: Bound) -> list[str]:
    if bound.step_size is None:
        return []
    return [rf"at $\eta = {_formula(bound.step_size, 0.9)}$."]


def _formula(expression: sp.Basic, share: float) -> str:
    """Returns a formula that takes a share of the line at most."""
    return rf"\fitted{{{share}}}{{{latex(expression)}}}"


def _code(text: str) -> str:
    """Returns a name in the code, which may break behind its dots and underscores."""
    broken = re.sub(r"(\\_|\.)", r"\1\\allowbreak{}", escaped(text))
    return rf"\texttt{{{broken}}}"


def _source(bound: Bound) -> str:
    source = bound.source
    known = {
        Provenance.READ: "Read in",
        Provenance.RESTATED: "Read in another work that restates",
        Provenance.RECALLED: "Recalled, not read, from",
        Provenance.DERIVED: "Derived; compare",
    }[source.provenance]
    said = [
        rf"\noindent \emph{{Source.}} {known} \cite{{{source.key}}}, {typeset(source.locator)}."
    ]
    said += [rf"Note: {typeset(source.note)}."] if source.note else []
    said += [_STANDINGS[bound.standing]]
    said += [rf"Amended in {_code(bound.amended)}."] if bound.amended else []
    said += [rf"Key: {_code(bound.key)}."]
    return "\n".join(said)
