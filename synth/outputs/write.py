"""All derived files of a synthesis, made anew from its outcome: equal outcomes give equal bytes."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lemma_eval.errors import MissingExtraError, RunError

from ..engine.outcome import Outcome
from ..funnel.funnel import FILE as FUNNEL
from ..funnel.funnel import count, to_json
from .card import card
from .forms import alpaca, sharegpt, write_parquet
from .rows import ASSEMBLE, reject_rows, stage_rows, trajectory_rows

STAGES, REJECTS, DATA = "stages", "rejects.jsonl", "data"
TRAJECTORIES = "data/trajectories.jsonl"
SPLIT = "data/train-00000-of-00001.parquet"  # within the dataset's folder, where the hub's own files lie


def write_all(
    folder: Path, outcome: Outcome, about: Mapping[str, Any], say: Callable[[str], None] | None = None
) -> None:
    """Write stages/, rejects.jsonl, funnel.json and data/, each file whole or not at all.

    What is there of an earlier outcome and not of this one (stages that this one does not reach) is removed, so that
    all files tell of one outcome. `about` says what the records do not: questions, student, teacher, settings, prompts,
    seed. `say` (default: to stderr) is told in one line each what was removed, and that there are no Parquet files
    without pyarrow.
    """
    say = say or _to_stderr
    (folder / STAGES).mkdir(parents=True, exist_ok=True)
    wanted = {f"{name}.jsonl" for name in outcome.stages}
    gone = [path for path in sorted((folder / STAGES).glob("*.jsonl")) if path.name not in wanted]
    for path in gone:
        path.unlink()
    for name, result in outcome.stages.items():
        _lines(folder / STAGES / f"{name}.jsonl", stage_rows(result))
    _lines(folder / REJECTS, reject_rows(outcome))
    funnel = count(outcome)
    if ASSEMBLE in outcome.stages:
        write_data(folder / DATA, list(trajectory_rows(outcome, about)), card(funnel, about), say)
    elif (folder / DATA).exists():
        shutil.rmtree(folder / DATA)
        gone.append(folder / DATA)
    if gone:
        say(f"removed what is of later stages: {', '.join(path.stem for path in gone)}; "
            f"`lemma-eval synth run {folder}` makes it again and asks for nothing twice")  # fmt: skip
    write_json(folder / FUNNEL, to_json(funnel))  # last: who sees it finds the others


def write_json(path: Path, value: Any) -> None:
    """Write the value for people and programs, whole or not at all."""
    with _draft(path) as draft:
        draft.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def write_data(folder: Path, rows: list[dict[str, Any]], text: str, say: Callable[[str], None] | None = None) -> None:
    """Write rows of trajectories in all forms, with `text` as the dataset card; `say` as of `write_all`."""
    say = say or _to_stderr
    folder.mkdir(exist_ok=True)
    _lines(folder / "trajectories.jsonl", rows)
    for name, form in (("alpaca.json", alpaca), ("sharegpt.json", sharegpt)):
        _array(folder / name, map(form, rows))
    whole, dataset = folder / "trajectories.parquet", folder / "dataset"
    try:
        with _draft(whole) as draft:
            write_parquet(draft, rows)
    except MissingExtraError:
        whole.unlink(missing_ok=True)
        shutil.rmtree(dataset, ignore_errors=True)
        say(f"{folder.name}/: without trajectories.parquet and dataset/, as pyarrow is not installed: run  "
            "pip install 'lemma-eval[parquet]'  and the same command again")  # fmt: skip
        return
    (dataset / SPLIT).parent.mkdir(parents=True, exist_ok=True)
    with _draft(dataset / SPLIT) as draft:
        shutil.copyfile(whole, draft)
    with _draft(dataset / "README.md") as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")


def _lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    with _draft(path) as draft, draft.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def _array(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """A JSON array, a row to a line."""
    with _draft(path) as draft, draft.open("w", encoding="utf-8", newline="\n") as file:
        file.write("[")
        for number, row in enumerate(rows):
            file.write(("," if number else "") + "\n" + json.dumps(row))
        file.write("\n]\n")


@contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its name once all is written; after an error it is gone.

    Raises RunError where it cannot be written, as on a full disk.
    """
    draft = path.with_name(f"{path.name}.part")
    try:
        yield draft
        os.replace(draft, path)
    except BaseException as error:
        draft.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise RunError(f"{path}: cannot be written: {error.strerror or error}; the replies are stored, and the "
                           "same command writes it again") from None  # fmt: skip
        raise


def _to_stderr(line: str) -> None:
    import click

    click.echo(line, err=True)
