"""A bar on a terminal for work over many rows; silent elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def row_progress(total: int | None) -> Iterator[Callable[[], None]]:
    """Yield what is to be called after each row; on standard error. `total`: the number of rows, if known."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    rate = TextColumn("{task.fields[rate]}")
    columns = [BarColumn(), MofNCompleteColumn(), rate, *([TimeRemainingColumn()] if total is not None else [])]
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=total, rate="")
        rows = 0

        def tick() -> None:
            nonlocal rows
            rows += 1
            if rows % 50 == 0 or rows == total:
                speed = progress.tasks[0].speed
                progress.update(task, completed=rows, rate=f"{speed:.0f} rows/s" if speed else "")

        yield tick
