"""`Grid`: a table as every format draws it. Its texts are plain and untrusted; a format escapes them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """`text` and what belongs to it: `stars` of significance, `marks` that notes explain, a smaller `detail`."""

    text: str
    strong: bool = False
    stars: str = ""
    marks: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """`figures`: the column holds numbers, which stand at its right and are never broken."""

    title: str
    figures: bool = True


@dataclass(frozen=True, slots=True)
class Note:
    """What stands below the table: the explanation of a `mark`, or of the whole table where the mark is empty."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """`groups` of lines, with a rule between them; a line has a cell for each column.

    `signatures` say how the scores were made, a line each, with the mark of the scores that differ by it if any.
    """

    caption: str
    columns: tuple[Column, ...]
    groups: tuple[tuple[tuple[Cell, ...], ...], ...]
    notes: tuple[Note, ...] = ()
    signatures: tuple[tuple[str, str], ...] = ()


def beside(cell: Cell) -> str:
    """What stands behind the cell's text, in plain text: `↑** [1] [a]`."""
    return " ".join(part for part in (cell.stars, *(f"[{mark}]" for mark in cell.marks)) if part)


def note_text(note: Note) -> str:
    """The note in plain text, its mark in front."""
    return f"[{note.mark}] {note.text}" if note.mark else note.text
