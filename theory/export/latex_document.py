r"""Theorems as a LaTeX document, with a table of their notation and the sources they cite."""

from __future__ import annotations

from collections.abc import Sequence

from theory.bound import Bound, Constants, Provenance, Side, Standing
from theory.export.bibliography import entries
from theory.export.typeset import escaped, typeset
from theory.notation import GLOSSARY, latex

_PREAMBLE = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage[margin=2.5cm]{geometry}
\usepackage{amsmath,amssymb,amsthm,longtable}
\allowdisplaybreaks
\newtheorem{theorem}{Theorem}"""

_CLOSING = r"""\bibliographystyle{plain}
\bibliography{sources}
\end{document}
"""

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
    main = "\n".join([_PREAMBLE, r"\begin{document}", r"\input{theorems}", _CLOSING])
    return {
        "main.tex": main,
        "theorems.tex": fragment(bounds),
        "sources.bib": bibliography(bounds),
    }


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
        [r"\section*{Notation}", notation(bounds), r"\section*{Theorems}", *map(theorem, bounds)]
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
        *([rf"at $\eta = {latex(bound.step_size)}$."] if bound.step_size is not None else []),
        r"\end{theorem}",
        _source(bound),
    ]
    return "\n".join(parts)


def _assumptions(bound: Bound) -> str:
    statements = sorted((item.name, typeset(item.value)) for item in bound.assumptions)
    items = [f"  \\item {text}" for _, text in statements]
    items += [f"  \\item ${latex(relation)}$" for relation in bound.conditions]
    items += [f"  \\item \\texttt{{{escaped(f'{name} = {value}')}}}" for name, value in bound.fixes]
    run = rf"Let \texttt{{{escaped(bound.algorithm)}}} run, and assume:"
    return "\n".join([run, r"\begin{itemize}", *items, r"\end{itemize}"])


def _claim(bound: Bound) -> str:
    constant = ", up to an absolute constant," if bound.constants is Constants.ORDER else ""
    return f"Then the {typeset(_uncapped(str(bound.measure)))}, {_VERBS[bound.side]}{constant}"


def _uncapped(statement: str) -> str:
    return statement if statement.startswith("time average") else f"quantity {statement}"


def _terms(bound: Bound) -> str:
    rows = [
        rf"  {'' if index == 0 else '{}+{}'} & {latex(term.expression)}"
        rf" && \text{{({typeset(term.name)})}}"
        for index, term in enumerate(bound.terms)
    ]
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


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
    said += [rf"Amended in \texttt{{{escaped(bound.amended)}}}."] if bound.amended else []
    said += [rf"Key: \texttt{{{escaped(bound.key)}}}."]
    return "\n".join(said)
