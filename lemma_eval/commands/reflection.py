"""`lemma-eval reflection`: how often solutions reflect and change course, and whether that helps."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from lemma_eval.self_correction.reflecting import CorrectionRow
    from lemma_eval.self_correction.reflection import Share

_HEADS = ("run", "benchmark", "n", "reflect", "%", "course", "answer", "R→R", "W→R", "R→W", "W→W",
          "with", "95 %", "without", "95 %")  # fmt: skip
_COUNTED = 11  # of them are counts
_ACCURACY_HEADS = (*_HEADS[:_COUNTED], "accuracy with", "95 %", "accuracy without", "95 %")
_LEGEND = (
    "numbers of solutions: reflect; change their course; change their answer; first answer Right or Wrong → final one. "
    "with, without: accuracy in % with and without reflection"
)


@click.command(short_help="Show how often solutions reflect, change course and recover.")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option("-b", "--benchmark", "benchmarks", multiple=True, help="Only this one; may be repeated. Default: all.")
@click.option("--format", "form", type=click.Choice(["rich", "markdown", "json"]), default="rich", show_default=True)
@click.option("--examples", type=click.IntRange(min=0), default=0, show_default=True, help="Samples shown per flip.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes.")
def reflection(runs: tuple[Path, ...], benchmarks: tuple[str, ...], form: str, examples: int, workers: int) -> None:
    """Show self-correction in RUN folders: a line for each run and benchmark.

    A solution reflects where a phrase at the beginning of a clause announces a re-check or a change of course. Its
    first answer, proposed before that, is held against its final one.
    """
    from lemma_eval.rows.progress import row_progress
    from lemma_eval.running.folders import run_names
    from lemma_eval.running.manifest import read_whole_manifest
    from lemma_eval.running.plan import planned_samples
    from lemma_eval.self_correction.reflecting import as_json, correction_rows

    planned = [read_whole_manifest(folder)["run"] for folder in runs]
    total = sum(planned_samples(run, each) for run in planned for each in benchmarks or run["benchmarks"]
                if each in run["benchmarks"])  # fmt: skip
    with row_progress(total) as tick:
        rows = [
            row
            for run, name in zip(runs, run_names(runs), strict=True)
            for row in correction_rows(run, name, benchmarks=benchmarks, examples=examples, workers=workers, tick=tick)
        ]
    if form == "json":
        click.echo(json.dumps([as_json(row) for row in rows], indent=1))
    elif form == "markdown":
        click.echo("\n".join(_markdown(rows)))
    else:
        _print(rows)


def _cells(row: CorrectionRow) -> list[str]:
    found = row.found
    return [
        row.run,
        row.benchmark,
        str(found.completions),
        str(found.reflects.count),
        _percent(found.reflects.share),
        str(found.changes.count),
        str(found.changes_answer.count),
        *(str(flip.count) for flip in found.flips),
        *_accuracy(found.accuracy_with),
        *_accuracy(found.accuracy_without),
    ]


def _accuracy(share: Share) -> tuple[str, str]:
    return _percent(share.share), f"{_percent(share.low)}-{_percent(share.high)}" if share.of else "-"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}" if share == share else "-"


def _notes(rows: Sequence[CorrectionRow]) -> Iterator[str]:
    yield _LEGEND
    for row in rows:
        found, place = row.found, f"{row.run}, {row.benchmark}"
        if found.reflects.count == 0:
            yield f"{place}: 0 of {found.completions} reflect"
        flips = sum(flip.count for flip in found.flips)
        if flips:
            yield f"{place}: in {sum(found.stated)} of {flips} flips the first answer was stated, else a last result"
        if found.undecided:
            yield f"{place}: {found.undecided} with a first answer that could not be judged"
        if row.ungraded:
            yield f"{place}: {row.ungraded} samples without a verdict are left out"


def _examples(rows: Sequence[CorrectionRow]) -> Iterator[str]:
    for row in rows:
        for flip, found in row.examples.items():
            for each in found:
                place = f"{row.run}, {row.benchmark}, problem {each.problem}, sample {each.sample}"
                yield f"{place}: {flip} ({each.first} -> {each.final})"
                yield from (f"    {sentence}" for sentence in each.sentences)


def _markdown(rows: Sequence[CorrectionRow]) -> Iterator[str]:
    from lemma_eval.printable import printable

    yield f"| {' | '.join(_HEADS)} |"
    yield f"|{'---|' * len(_HEADS)}"
    for row in rows:
        yield "| " + " | ".join(printable(cell).replace("|", "\\|") for cell in _cells(row)) + " |"
    for text in (*_notes(rows), *_examples(rows)):
        yield ""
        yield printable(text).replace("<", "&lt;")


def _print(rows: Sequence[CorrectionRow]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from lemma_eval.printable import printable

    console = Console()
    cells = [[printable(cell) for cell in _cells(row)] for row in rows]
    # In two tables, so that eighty columns are enough: counts, and accuracy with and without reflection.
    for places, heads in ((range(_COUNTED), _HEADS), ((0, 1, *range(_COUNTED, len(_HEADS))), _ACCURACY_HEADS)):
        table = Table(box=None, pad_edge=False)
        for place in places:
            number = place > 1
            table.add_column(heads[place], justify="right" if number else "left", overflow="fold", no_wrap=number)
        for each in cells:
            table.add_row(*(Text(each[place]) for place in places))
        console.print(table)
        console.print()
    for note in _notes(rows):
        console.print(Text(printable(note)))
    for line in _examples(rows):
        console.print(Text(printable(line)))
