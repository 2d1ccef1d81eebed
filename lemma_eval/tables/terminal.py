"""Tables on the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from lemma_eval.printable import printable
from lemma_eval.tables.grid import Cell, Grid, beside, note_text

if TYPE_CHECKING:
    from rich.console import Console, Group
    from rich.text import Text

_MIN_NAME = 12  # columns that a name keeps on a narrow terminal; the rest of it goes on below
_UNBOUNDED = 1_000_000  # columns


def print_grid(grid: Grid, console: Console | None = None) -> None:
    """Print the table to standard output (or `console`), for people to read.

    Into a file or pipe it goes at its natural width. On a terminal names are folded to fit; figures never are, so a
    table may run over a narrow one, which then wraps its lines.
    """
    from rich.console import Console

    console = console or Console()
    if not console.is_terminal:
        console.width = _UNBOUNDED
    console.print(rich_grid(grid, console.width), crop=False)


def rich_grid(grid: Grid, width: int) -> Group:
    """The table for a terminal of `width` columns, notes and signatures below it; to be printed with `crop=False`."""
    from rich.box import Box
    from rich.cells import cell_len
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    rule, none = " ── \n", "    \n"
    table = Table(box=Box(none + none + rule + none + rule + none * 3), show_edge=False, padding=0)
    body = [line for group in grid.groups for line in group]
    least = -1  # there is a space between columns
    marked = []  # columns with marks behind figures: these stand in a column of their own, so that figures line up
    for index, column in enumerate(grid.columns):
        title = printable(column.title)
        figures = [part for line in body for part in (line[index].text, line[index].detail)]
        longest = max((cell_len(printable(text)) for text in figures), default=0)
        if column.figures:  # a figure without its end would be a wrong figure; a title may be folded
            longest = max(longest, min(cell_len(title), _MIN_NAME + 1))
        else:
            longest = min(max(longest, cell_len(title)), _MIN_NAME)
        justify: Literal["left", "right"] = "right" if column.figures else "left"
        table.add_column(Text(title), justify=justify, overflow="fold", min_width=longest)
        least += 1 + longest
        behind = max((cell_len(beside(line[index])) for line in body), default=0)
        if behind:
            marked.append(index)
            table.add_column("", overflow="fold", min_width=behind)
            least += 1 + behind
    if width < least:
        table.width = least  # else rich takes the missing columns from all, down to nothing
    for group in grid.groups:
        for line in group:
            table.add_row(*(part for index, cell in enumerate(line) for part in _cell(cell, index in marked)))
        table.add_section()
    lines = [Text(printable(note_text(note)), overflow="fold") for note in grid.notes]
    for mark, signature in grid.signatures:
        told = f"[{mark}] {signature}" if mark else signature
        lines.append(Text(printable(told), style="dim", overflow="fold"))
    return Group(table, *lines)


def _cell(cell: Cell, marked: bool) -> Iterator[Text]:
    """The cell's text and detail, and, for a column with marks, what stands behind them."""
    from rich.text import Text

    text = Text(printable(cell.text), style="bold" if cell.strong else "")  # Text: no name is ever markup
    if cell.detail:
        text.append(f"\n{printable(cell.detail)}", style="not bold dim")
    yield text
    if marked:
        yield Text(beside(cell))
