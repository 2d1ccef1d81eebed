"""Tables in Markdown, as GitHub reads it."""

from __future__ import annotations

import re

from lemma_eval.printable import printable
from lemma_eval.tables.grid import Cell, Grid, note_text

_SPECIAL = re.compile(r"[\\`*|~$\[\]!]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
_BACKTICKS = re.compile(r"`+")


def markdown_text(grid: Grid) -> str:
    """The table, notes and signatures below it. Groups of lines are parted by an empty line of cells."""
    lines = [_line([escaped(column.title) for column in grid.columns])]
    lines.append("|" + "".join("---:|" if column.figures else "---|" for column in grid.columns))
    for number, group in enumerate(grid.groups):
        if number:
            lines.append(_line(["---"] * len(grid.columns)))
        lines += [_line([_cell(cell) for cell in line]) for line in group]
    below = [escaped(note_text(note), marks=True) for note in grid.notes]
    below += [f"[{mark}] {_code(line)}" if mark else _code(line) for mark, line in grid.signatures]
    return "\n".join([*lines, "", *(f"{line}  " for line in below)]).rstrip() + "\n"


def escaped(text: str, *, marks: bool = False) -> str:
    """`text` in which nothing is markup; a footnote's mark in front of it stays if `marks`."""
    text = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    kept = re.match(r"\[(?:[0-9]+|[a-z]+|p[0-9]+)\] ", text) if marks else None
    rest = text[kept.end() :] if kept else text
    return (kept[0] if kept else "") + _SPECIAL.sub(lambda match: "\\" + match[0], rest)


def _cell(cell: Cell) -> str:
    text = f"**{escaped(cell.text)}**" if cell.strong else escaped(cell.text)
    parts = [text, escaped(cell.stars), *(f"[{mark}]" for mark in cell.marks)]
    if cell.detail:
        parts.append(f"({escaped(cell.detail)})")
    return " ".join(part for part in parts if part)


def _line(texts: list[str]) -> str:
    return "| " + " | ".join(texts) + " |"


def _code(text: str) -> str:
    """`text` as code, within more backticks than it has in a row."""
    text = printable(text)
    fence = "`" * (1 + max((len(found) for found in _BACKTICKS.findall(text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"
