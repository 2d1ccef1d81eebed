"""The live display of the stages: a table on a terminal, a line now and then elsewhere; always on standard error."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..engine.progress import Observe, StageProgress

if TYPE_CHECKING:
    from rich.table import Table

_LINE_EVERY = 10.0  # seconds between lines when there is no terminal
_REDRAW_EVERY = 0.2


def summary(stages: Sequence[StageProgress], seconds: float) -> str:
    """One line: how far each stage with something to do is; replies, their rate, cost. `seconds` since the start."""
    parts = [f"{stage.name} {_through(stage)}/{stage.taken}" for stage in stages if stage.taken > _through(stage)]
    replies, failed = sum(stage.answered for stage in stages), sum(stage.failed for stage in stages)
    parts.append(f"{replies} replies")
    if stored := sum(stage.stored for stage in stages):
        parts.append(f"{stored} from before")
    if failed:
        parts.append(f"{failed} failed")
    if replies and seconds > 0:
        parts.append(f"{replies / seconds:.1f}/s")
    if cost := sum(stage.cost for stage in stages):
        parts.append(f"{cost:.2f} USD")
    return " · ".join(parts)


def row(stage: StageProgress) -> tuple[str, str, str, str, str, str]:
    """Of one stage: inputs through of all, rejected, replies of those wanted, failed, new tokens, USD."""
    replies = f"{stage.stored + stage.answered}/{stage.asked}" if stage.asked else ""
    figures = (stage.rejected, stage.failed, stage.tokens)
    rejected, failed, tokens = (f"{figure:,}" if figure else "" for figure in figures)
    return (f"{_through(stage)}/{stage.taken}", rejected, replies, failed, tokens,
            f"{stage.cost:.2f}" if stage.cost else "")  # fmt: skip


def _through(stage: StageProgress) -> int:
    return stage.passed + stage.rejected


@contextmanager
def display(seconds: Callable[[], float] = time.monotonic) -> Iterator[Observe]:
    """Yield what the engine is to call after each change; `seconds` is the clock."""
    from rich.console import Console

    console = Console(stderr=True)
    start = shown = seconds()
    latest: Sequence[StageProgress] = ()
    if console.is_terminal:
        from rich.live import Live

        with Live(get_renderable=lambda: _table(latest), console=console, refresh_per_second=1 / _REDRAW_EVERY):

            def observe(stages: Sequence[StageProgress]) -> None:
                nonlocal latest
                latest = stages

            yield observe
        return

    def tell() -> None:
        console.print(summary(latest, seconds() - start), markup=False, highlight=False, soft_wrap=True)

    def observe_lines(stages: Sequence[StageProgress]) -> None:
        nonlocal latest, shown
        latest = stages
        if seconds() - shown >= _LINE_EVERY:
            shown = seconds()
            tell()

    try:
        yield observe_lines
    finally:
        if any(stage.answered or stage.failed for stage in latest):
            tell()


def _table(stages: Sequence[StageProgress]) -> Table:
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    table = Table(box=None, padding=(0, 1))
    for name in ("stage", ""):
        table.add_column(name)
    for name in ("through", "rejected", "replies", "failed", "new tokens", "USD"):
        table.add_column(name, justify="right")
    for stage in stages:
        bar = ProgressBar(total=max(1, stage.taken), completed=_through(stage), width=16)
        table.add_row(stage.name, bar, *row(stage))
    return table
