"""How far a training is: a line now and then, a bar on a terminal, and `log.jsonl` with every step."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .processes import first

LOG = "log.jsonl"  # within the folder of the training
_LINE_EVERY = 10.0  # seconds, where there is no terminal


@dataclass(frozen=True, slots=True)
class Step:
    """A step that is done: its loss (mean over the tokens of its batch), the learning rate it was made with, the
    tokens trained on up to its end, prompts included, and the seconds since the first start, pauses left out."""

    step: int
    loss: float
    rate: float
    tokens: int
    seconds: float


def read_log(folder: Path, until: int) -> list[Step]:
    """The steps in the log of a training, up to step `until`; what a kill has cut is passed over."""
    found: dict[int, Step] = {}
    path = folder / LOG
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            step = Step(**json.loads(line))
        except (ValueError, TypeError):
            continue
        if step.step <= until:
            found[step.step] = step
    return [found[number] for number in sorted(found)]


def summary(done: Step, of: int, speed: float, left: float) -> str:
    """One line: `speed` in tokens a second, `left` in seconds."""
    minutes, rest = divmod(int(left), 60)
    clock = f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
    return (f"step {done.step} of {of} · loss {done.loss:.4f} · rate {done.rate:.2e} · {speed:,.0f} tokens/s · "
            f"{clock} left")  # fmt: skip


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Says on a terminal what takes its time; nothing elsewhere, and nothing of it stays."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal or not first():
        yield
        return
    with console.status(what):
        yield


@contextmanager
def watching(folder: Path, tokens: Sequence[int]) -> Iterator[Callable[[int, int, dict[str, float]], None]]:
    """Yields what is to be told of each step: its number, of how many, and `loss` and `rate`; once with nothing, before
    the first one. `tokens` are those trained on up to the end of each step, 0 at its beginning.
    """
    from rich.console import Console

    console = Console(stderr=True)
    began, start, before, shown = time.monotonic(), 0, 0.0, 0.0
    with (folder / LOG).open("a", encoding="utf-8") as log, _display(console) as show:

        def watch(step: int, of: int, told: dict[str, float]) -> None:
            nonlocal began, start, before, shown
            now = time.monotonic()
            if not told:
                began, start = now, step
                kept = read_log(folder, step)
                before = kept[-1].seconds if kept else 0.0
                log.truncate(0)
                log.write("".join(json.dumps(asdict(each)) + "\n" for each in kept))
                log.flush()
                return
            spent = now - began
            done = Step(step, told["loss"], told["rate"], tokens[step], round(before + spent, 2))
            log.write(json.dumps(asdict(done)) + "\n")
            log.flush()
            each = spent / max(step - start, 1)
            line = summary(done, of, (tokens[step] - tokens[start]) / max(spent, 1e-9), each * (of - step))
            last = step in (start + 1, of)
            if console.is_terminal or last or now - shown >= _LINE_EVERY:
                shown = now
                show(step, of, line)

        yield watch


@contextmanager
def _display(console: Any) -> Iterator[Callable[[int, int, str], None]]:
    if not console.is_terminal:
        yield lambda step, of, line: console.print(line, markup=False, highlight=False, soft_wrap=True)
        return
    from rich.progress import BarColumn, Progress, TextColumn

    with Progress(BarColumn(24), TextColumn("{task.description}", markup=False), console=console) as progress:
        task = progress.add_task("the first step", total=None)
        yield lambda step, of, line: progress.update(task, total=of, completed=step, description=line)
