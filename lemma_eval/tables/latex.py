"""Tables in LaTeX, with the rules of the package booktabs."""

from __future__ import annotations

import re

from lemma_eval.printable import printable
from lemma_eval.tables.grid import Cell, Grid

_ESCAPES = {"\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{",
            "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
            ">": r"\textgreater{}", "|": r"\textbar{}", "`": r"\textasciigrave{}", "'": r"\textquotesingle{}",
            '"': r"\textquotedbl{}", "↑": r"$\uparrow$", "↓": r"$\downarrow$", "·": r"$\cdot$"}  # fmt: skip
# -- would be a dash, and a bracket or an asterisk after the end of a line its argument.
_SPECIAL = re.compile("[" + re.escape("".join(_ESCAPES)) + "]|-(?=-)")
_ARGUMENT = re.compile(r"^\s*[\[*]")


def latex_text(grid: Grid) -> str:
    """A table environment: the preamble needs booktabs, and fontenc with T1."""
    shape = "".join("r" if column.figures else "l" for column in grid.columns)
    lines = [
        r"% needs \usepackage[T1]{fontenc} and \usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{escaped(grid.caption)}}}",
        rf"\begin{{tabular}}{{{shape}}}",
        r"\toprule",
        _line([escaped(column.title) for column in grid.columns]),
        r"\midrule",
    ]
    for number, group in enumerate(grid.groups):
        if number:
            lines.append(r"\midrule")
        lines += [_line([_cell(cell) for cell in line]) for line in group]
    lines += [r"\bottomrule", r"\end{tabular}"]
    below = [(rf"\textsuperscript{{{note.mark}}} " if note.mark else "") + escaped(note.text) for note in grid.notes]
    for mark, line in grid.signatures:
        text = escaped(line).replace(r"\textbar{}", r"\textbar{}\allowbreak{}")
        below.append((rf"\textsuperscript{{{mark}}} " if mark else "") + rf"\texttt{{{text}}}")
    if below:
        lines += ["", r"\medskip", r"\raggedright\footnotesize", *(rf"{text}\par" for text in below)]
    return "\n".join([*lines, r"\end{table}"]) + "\n"


def escaped(text: str) -> str:
    """`text` in which nothing is a command."""
    text = _SPECIAL.sub(lambda match: _ESCAPES.get(match[0], "-{}"), printable(text))
    return f"{{}}{text}" if _ARGUMENT.match(text) else text


def _cell(cell: Cell) -> str:
    text = rf"\textbf{{{escaped(cell.text)}}}" if cell.strong else escaped(cell.text)
    marks = ",".join(cell.marks)
    text += rf"\textsuperscript{{{escaped(cell.stars)}}}" if cell.stars else ""
    text += rf"\textsuperscript{{{' ' * bool(cell.stars)}{marks}}}" if marks else ""
    return text + (rf" {{\scriptsize ({escaped(cell.detail)})}}" if cell.detail else "")


def _line(texts: list[str]) -> str:
    return " & ".join(texts) + r" \\"
