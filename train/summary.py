"""What `--dry-run` prints: steps, token statistics, rejects, and one decoded row with its masks in colour."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby, zip_longest
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from lemma_eval.errors import UsageError
from lemma_eval.printable import printable
from lemma_eval.protocol import EvalProtocol

from .base_model import Base
from .encode import IGNORE
from .plan import TrainPlan
from .rows import Rows

if TYPE_CHECKING:
    from rich.text import Text

# What becomes of a token, with its colour; the words stand before each line, so that they are seen without colours.
_PROMPT, _MASKED, _ERROR, _LOSS, _END = "prompt", "error, no loss", "error, loss", "loss", "end, loss"
_COLOURS = {_PROMPT: "dim", _MASKED: "red", _ERROR: "yellow", _LOSS: "green", _END: "bold green"}
_WIDTH = max(map(len, _COLOURS))
_PROCESSES = (1, 8)
_EDGE = re.compile("^ +| +$")


def print_summary(plan: TrainPlan, protocol: EvalProtocol, base: Base, rows: Rows, taken: Sequence[int]) -> None:
    """Print what a training would do to standard output: on a terminal in colours, else the same without.

    `taken` are the rows (indices) in the order of training. What data and checkpoint hold is printed as text only.
    """
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    settings = ", ".join(f"{name} {value}" for name, value in asdict(plan).items() if value != "")
    for name, told in (
        ("model", _model(base)),
        ("protocol", f"{protocol.name}/{protocol.version}, without shots"),
        ("rows", _rows(rows)),
        *_tokens(plan, rows, taken),
        *_steps(plan, rows, taken),
        *zip_longest(["settings"], wrap(settings, 100), fillvalue=""),
    ):
        console.print(Text(f"{name:<17}{printable(told)}"), soft_wrap=True)
    console.print()
    for line in _masks(base.tokenizer, rows):
        console.print(line, soft_wrap=True)


def _model(base: Base) -> str:
    parameters = _parameters(base.checkpoint.folder)
    return base.checkpoint.name + (f", {parameters:,} parameters" if parameters else "")


def _parameters(folder: Path) -> int:
    """The numbers in the checkpoint's weights, by the heads of their files; 0 where these cannot be read."""
    import safetensors

    count = 0
    try:
        for path in folder.glob("model*.safetensors"):
            with safetensors.safe_open(str(path), "numpy") as weights:
                count += sum(math.prod(weights.get_slice(name).get_shape()) for name in weights.keys())  # noqa: SIM118
    except (OSError, safetensors.SafetensorError):
        return 0
    return count


def _rows(rows: Rows) -> str:
    rejected = ", ".join(f"{count:,} {reason}" for reason, count in rows.reasons().items())
    told = f" ({rejected})" if rejected else ""
    return f"{len(rows.input_ids):,} to train on, {len(rows.rejects):,} rejected{told}"


def _tokens(plan: TrainPlan, rows: Rows, taken: Sequence[int]) -> Iterator[tuple[str, str]]:
    import numpy as np

    lengths = np.array(rows.lengths)
    total, supervised = int(lengths.sum()), rows.supervised
    yield "tokens", (f"{total:,}: {rows.prompts:,} of prompts, {rows.masked:,} erroneous without loss, "
                     f"{supervised:,} with loss ({100 * supervised / total:.1f} %)")  # fmt: skip
    median, most = np.percentile(lengths, [50, 95])
    yield "tokens of a row", (f"min {lengths.min():,}, mean {lengths.mean():,.1f}, median {median:,.0f}, "
                              f"95 % {most:,.0f}, max {lengths.max():,}")  # fmt: skip
    read, size = lengths[list(taken)], plan.micro_batch_size
    padded = sum(int(read[at : at + size].max()) * len(read[at : at + size]) for at in range(0, len(read), size))
    share = 100 - 100 * int(read.sum()) / padded
    yield (
        "tokens read",
        f"{read.sum():,} in all steps; beside them {share:.1f} % pad tokens, in micro batches of {size}",
    )


def _steps(plan: TrainPlan, rows: Rows, taken: Sequence[int]) -> Iterator[tuple[str, str]]:
    count, size = len(rows.input_ids), plan.batch_size
    if plan.tokens:
        told = f"to {plan.tokens:,} tokens, {len(taken) / count:.2f} passes over {count:,} rows"
    else:
        passes = int(plan.epochs * count + 1e-9)
        told = f"{plan.epochs:g} pass{'es' if plan.epochs != 1 else ''} over {count:,} rows in batches of {size:,}"
        if left := passes - len(taken):
            told += f"; {left:,} of {passes:,} row passes do not fill a batch"
    yield "steps", f"{len(taken) // size:,}: {told}"
    yield "accumulation", "; ".join(_accumulation(plan, processes) for processes in _PROCESSES)


def _accumulation(plan: TrainPlan, processes: int) -> str:
    who = f"{processes} process{'es' if processes > 1 else ''}"
    try:
        count = plan.accumulation(processes)
        return f"{count} micro batch{'es' if count > 1 else ''} of {plan.micro_batch_size} with {who}"
    except UsageError:
        return f"{plan.batch_size} rows cannot be shared by {who}"


def _masks(tokenizer: Any, rows: Rows) -> Iterator[Text]:
    """The row that is shown, a line for each of its lines, and where a mask changes."""
    from rich.text import Text

    if rows.first is None:
        return
    kind = "an erroneous span" if rows.error else "no erroneous span"
    yield Text(f"a row with {kind}, {len(rows.first.input_ids):,} tokens (↵ is a line end, ␣ a space at an edge):")
    for fate, text in _pieces(tokenizer, rows):
        lines = text.split("\n")
        for number, line in enumerate(lines):
            end = "↵" if number < len(lines) - 1 else ""
            if line or end:
                shown = printable(_EDGE.sub(lambda found: "␣" * len(found[0]), line), lines=True) + end
                yield Text.assemble(f"{fate:>{_WIDTH}} │ ", (shown, _COLOURS[fate]))


def _pieces(tokenizer: Any, rows: Rows) -> Iterator[tuple[str, str]]:
    """(what becomes of it, text) of each stretch of the row's tokens, in order."""
    assert rows.first is not None
    tokens, labels, prompt = rows.first.input_ids, rows.first.labels, rows.first.prompt

    def fate(place: int) -> str:
        if place < prompt or labels[place] == IGNORE:
            return _PROMPT if place < prompt else _MASKED
        return _END if place == len(tokens) - 1 else _ERROR if place in rows.error else _LOSS

    before = ""
    for each, places in groupby(range(len(tokens)), fate):
        # All from the beginning: a decoder may treat the first token of a text otherwise than the same within it.
        stop = list(places)[-1] + 1
        text = tokenizer.decode(tokens[:stop], skip_special_tokens=False, clean_up_tokenization_spaces=False)
        yield each, text[len(before.rstrip("\ufffd")) :]  # of a character that ends in the next stretch
        before = text
