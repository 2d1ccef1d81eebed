"""Result tables: two layouts, drawn for the terminal, Markdown, LaTeX, HTML, and written for machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from lemma_eval.scores.row import ScoreRow
from lemma_eval.tables.averages import macro_averages
from lemma_eval.tables.details import details_grid
from lemma_eval.tables.grid import Grid
from lemma_eval.tables.latex import latex_text
from lemma_eval.tables.leaderboard import leaderboard_grid
from lemma_eval.tables.markdown import markdown_text
from lemma_eval.tables.page import html_text
from lemma_eval.tables.records import csv_text, json_text
from lemma_eval.tables.score_table import Scores, scores
from lemma_eval.tables.terminal import print_grid

if TYPE_CHECKING:
    from rich.console import Console

Layout = Literal["details", "leaderboard"]
Signatures = Literal["short", "long", "none"]

__all__ = ["FORMATS", "Grid", "Layout", "Scores", "Signatures", "grid_of", "json_table", "print_grid", "print_table",
           "scores", "table_text"]  # fmt: skip

FORMATS = ("rich", "markdown", "latex", "csv", "json", "html")
_DRAWN = {"markdown": markdown_text, "latex": latex_text, "html": html_text}
_WRITTEN = {"csv": csv_text, "json": json_text}


def grid_of(table: Scores, layout: Layout, signatures: Signatures | None = None) -> Grid:
    """The table as a grid; signatures are short in a leaderboard and long among details unless said otherwise."""
    if layout == "leaderboard":
        return leaderboard_grid(table, signatures or "short")
    return details_grid(table, signatures or "long")


def table_text(table: Scores, form: str, layout: Layout = "details", signatures: Signatures | None = None) -> str:
    """The table in one of the `FORMATS` but rich, which `print_grid` prints. A leaderboard has averages."""
    if form in _WRITTEN:
        text = _WRITTEN[form](table, macro_averages(table) if layout == "leaderboard" else [])
        return text if text.endswith("\n") else f"{text}\n"
    return _DRAWN[form](grid_of(table, layout, signatures))


def print_table(rows: Sequence[ScoreRow], console: Console | None = None) -> None:
    """Print the scores of a run in detail, for people to read; see `print_grid`."""
    print_grid(details_grid(scores(rows)), console)


def json_table(rows: Sequence[ScoreRow]) -> str:
    """The scores as JSON."""
    return json_text(scores(rows))
