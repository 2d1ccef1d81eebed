"""The live display of a run: a bar on a terminal, a line now and then elsewhere; always on standard error."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lemma_eval.running.runner import Progress

_LINE_EVERY = 10.0  # seconds between lines when there is no terminal
_REDRAW_EVERY = 0.1


def summary(progress: Progress, seconds: float) -> str:
    """One line: answered of all, throughput, running accuracy, failures, time left. `seconds` since the start."""
    done = progress.stored + progress.answered
    parts = [f"{done}/{progress.requests} answered"]
    if progress.stored and not progress.answered:
        parts[0] += f" ({progress.stored} from before)"
    settled = progress.graded + progress.failed  # failures count as not correct, as in the table
    if settled:
        parts.append(f"accuracy {100 * progress.correct / settled:.1f} % of {settled}")
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    if progress.cost:
        parts.append(f"{progress.cost:.2f} USD")
    rate = (progress.answered + progress.failed) / seconds if seconds > 0 else 0.0
    if progress.answered and seconds > 0:
        parts.append(f"{rate:.1f}/s")
        if progress.tokens:
            parts.append(f"{progress.tokens / seconds:.0f} tokens/s")
        left = max(0, progress.requests - done - progress.failed)
        if left and rate:
            parts.append(f"{_clock(left / rate)} left")
    return " · ".join(parts)


@contextmanager
def display() -> Iterator[Callable[[Progress], None]]:
    """Yield what the runner is to call after each change."""
    from rich.console import Console

    console = Console(stderr=True)
    start = time.monotonic()
    latest: Progress | None = None
    shown = start
    if console.is_terminal:
        from rich.live import Live
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        def draw() -> Table:
            grid = Table.grid(padding=(0, 1))
            if latest is not None:
                done = latest.stored + latest.answered + latest.failed
                bar = ProgressBar(total=max(1, latest.requests), completed=done, width=24)
                grid.add_row(bar, Text(summary(latest, time.monotonic() - start)))
            return grid

        with Live(get_renderable=draw, console=console, refresh_per_second=1 / _REDRAW_EVERY):

            def observe(progress: Progress) -> None:
                nonlocal latest
                latest = progress

            yield observe
        return

    def observe_lines(progress: Progress) -> None:
        nonlocal latest, shown
        latest = progress
        if time.monotonic() - shown >= _LINE_EVERY:
            shown = time.monotonic()
            console.print(summary(progress, shown - start), markup=False, highlight=False, soft_wrap=True)

    try:
        yield observe_lines
    finally:
        if latest is not None:
            line = summary(latest, time.monotonic() - start)
            console.print(line, markup=False, highlight=False, soft_wrap=True)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
