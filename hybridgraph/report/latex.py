r"""The tables of a report as LaTeX for the appendix of a paper: `\usepackage{booktabs}` and `longtable` are all they need."""

from __future__ import annotations

from collections.abc import Iterator

from hybridgraph.figures.latex import escaped, table
from hybridgraph.report.content import Facts, Report, Section, Table
from hybridgraph.report.evidence import Evidence

_SHORT = 24  # rows up to which a table floats; longer ones may break over pages
_LONG = 22  # letters of a cell that stays on one line
_TAKEN = ("stages",)
"""Tables that stand in `figures.latex`, where they line up their numbers."""


def latex(report: Report, evidence: Evidence) -> str:
    """The tables of the report; that of the stages is the one `export --format latex` writes."""
    own = table(evidence.graph, evidence.analysis, evidence.catalogue) if not evidence.analysis.errors else ""
    parts = [
        f"% {escaped(report.title)}: {escaped(report.subtitle)}",
        "% Needs \\usepackage{booktabs,longtable}.",
        "",
        own,
    ]
    for section in report.sections:
        for part in section.parts:
            if isinstance(part, Table) and part.name not in _TAKEN:
                parts += [*_table(part, evidence.name), ""]
        if any(isinstance(part, Facts) for part in section.parts) and section.title not in (
            "Design",
            "Model card",
        ):
            parts += [*_facts(section, evidence.name), ""]
    parts += [f"% {escaped(report.foot)}", ""]
    return "\n".join(parts)


def _table(part: Table, name: str) -> Iterator[str]:
    columns = "@{}" + "".join(_column(part, index) for index in range(len(part.head))) + "@{}"
    head = " & ".join(map(escaped, part.head))
    rows = [" & ".join(map(_cell, row)) for row in part.rows]
    total = " & ".join(map(_cell, part.total)) if part.total else ""
    if len(rows) <= _SHORT:
        yield from ("\\begin{table}[t]", "  \\centering", f"  \\caption{{{escaped(part.caption)}}}", f"  \\label{{{_label(part.name, name)}}}", "  \\footnotesize", "  \\setlength{\\tabcolsep}{4pt}", "  \\setlength{\\abovetopsep}{4pt}")  # fmt: skip
        yield from (
            f"  \\begin{{tabular}}{{{columns}}}",
            "    \\toprule",
            f"    {head} \\\\",
            "    \\midrule",
        )
        yield from (f"    {row} \\\\" for row in rows)
        if total:
            yield from ("    \\midrule", f"    {total} \\\\")
        yield from ("    \\bottomrule", "  \\end{tabular}", "\\end{table}")
        return
    yield from ("{\\footnotesize", f"\\begin{{longtable}}{{{columns}}}")
    yield f"  \\caption{{{escaped(part.caption)}}}\\label{{{_label(part.name, name)}}} \\\\"
    yield from ("  \\toprule", f"  {head} \\\\", "  \\midrule", "  \\endhead")
    yield from (f"  {row} \\\\" for row in rows)
    if total:
        yield from ("  \\midrule", f"  {total} \\\\")
    yield from ("  \\bottomrule", "\\end{longtable}}")


def _column(part: Table, index: int) -> str:
    """Numbers to the right; words to the left, broken into lines where they are long."""
    if index >= part.texts:
        return "r"
    longest = max((len(row[index]) for row in part.rows), default=0)
    if longest <= _LONG:
        return "l"
    return f"p{{{0.58 if part.texts == len(part.head) - 1 else 0.17:g}\\linewidth}}"


def _facts(section: Section, name: str) -> Iterator[str]:
    rows = [row for part in section.parts if isinstance(part, Facts) for row in part.rows]
    is_code = any(isinstance(part, Facts) and part.is_code for part in section.parts)
    yield from ("\\begin{table}[t]", "  \\centering", f"  \\caption{{{escaped(section.title)}.}}", f"  \\label{{{_label(section.title.lower(), name)}}}", "  \\footnotesize")  # fmt: skip
    yield from ("  \\begin{tabular}{@{}lp{0.62\\linewidth}@{}}", "    \\toprule")
    for title, value in rows:
        shown = f"\\texttt{{{_broken(value)}}}" if is_code else escaped(value)
        yield f"    {escaped(title)} & {shown} \\\\"
    yield from ("    \\bottomrule", "  \\end{tabular}", "\\end{table}")


def _broken(digest: str) -> str:
    """A digest that may break over lines after every eight letters."""
    return "\\allowbreak{}".join(digest[at : at + 8] for at in range(0, len(digest), 8))


def _cell(text: str) -> str:
    return "--" if text == "–" else escaped(text)


def _label(kind: str, name: str) -> str:
    word = (
        "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name)
        .strip("-")
        .lower()
    )
    return f"tab:{word or 'design'}:{kind.replace(' ', '-')}"
