"""The funnel on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lemma_eval.printable import printable

from .funnel import Funnel, StageCount
from .wording import reasons, summary, type_rows

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

HEAD = ("in", "passed", "rejected", "waiting", "out", "replies", "tokens in", "tokens out", "USD")


def print_funnel(funnel: Funnel, console: Console | None = None) -> None:
    """Print the stages, the types of error, and what came of it all in a few lines."""
    from rich.console import Console
    from rich.text import Text

    console = console or Console()
    if not console.is_terminal:
        console.width = 1_000_000  # a table in a file is not cut
    console.print(_stages(funnel), crop=False)
    told = [f"{stage.name}: {reasons(stage)}" for stage in funnel.stages if stage.reasons]
    for line in ["\nrejects by reason", *(f"  {each}" for each in told)] if told else []:
        console.print(Text(printable(line, lines=True), overflow="fold"))
    if funnel.types:
        console.print()
        console.print(_types(funnel), crop=False)
        console.print()
    for line in summary(funnel):
        console.print(Text(printable(line), overflow="fold"))


def cells(stage: StageCount) -> list[str]:
    """The figures under `HEAD`."""
    figures = [f"{getattr(stage, name):,}" for name in ("taken", "passed", "rejected", "waiting", "records", "replies")]
    figures += [short(stage.prompt_tokens), short(stage.completion_tokens), f"{stage.cost:,.2f}" if stage.cost else "0"]
    return ["-" if each == "0" else each for each in figures]


def short(number: int) -> str:
    """A number of tokens in few characters: `9,999`, `12.3k`, `4.5M`."""
    for unit, size in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if number >= 10 * size or (number >= size and unit != "k"):
            return f"{number / size:,.1f}{unit}"
    return f"{number:,}"


def _stages(funnel: Funnel) -> Table:
    rows = [(stage.name, *cells(stage)) for stage in funnel.stages]
    # A column in which nothing stands, as mostly that of the waiting, takes no room.
    told = [any(row[place] != "-" for row in rows) for place in range(len(HEAD) + 1)]
    shown = [place for place, name in enumerate(HEAD, 1) if told[place] or name in ("in", "passed", "rejected", "out")]
    table = _table("stage", *(HEAD[place - 1] for place in shown))
    for row in rows:
        table.add_row(_plain(row[0]), *(_plain(row[place]) for place in shown))
    return table


def _types(funnel: Funnel) -> Table:
    head, rows = type_rows(funnel)
    table = _table(*head)
    for row in rows:
        table.add_row(*map(_plain, row))
    return table


def _table(first: str, *names: str) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=0)
    table.add_column(first, overflow="fold")
    for name in names:
        table.add_column(name, justify="right", overflow="fold")
    return table


def _plain(text: str) -> Text:
    from rich.text import Text

    return Text(printable(text))
