"""`lemma-eval compare`: two runs on the same problems, and which of them flipped."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from lemma_eval.result import Result
    from lemma_eval.scores.comparing import Compared

_FLIP_FIELDS = ("benchmark", "problem", "flip", "first_share", "second_share", "gold", "first_answer", "second_answer")
_TEXTS = ("question", "first_text", "second_text")


@click.command(short_help="Show on which problems two runs differ.")
@click.argument("first", type=click.Path(path_type=Path), metavar="A")
@click.argument("second", type=click.Path(path_type=Path), metavar="B")
@click.option("-b", "--benchmark", help="This benchmark only. Default: all that both runs have.")
@click.option(
    "--measure", default="pass@1", show_default=True, help="What to compare: pass@K, maj@K, mean, tokens, ..."
)
@click.option(
    "--limit", type=click.IntRange(0), default=20, show_default=True, help="Flipped problems to list a benchmark."
)
@click.option("--all", "everything", is_flag=True, help="List every flipped problem.")
@click.option("--format", "form", type=click.Choice(["rich", "json", "csv"]), default="rich", show_default=True)
@click.option("--show", is_flag=True, help="Show questions and replies as well.")
def compare(first: Path, second: Path, benchmark: str | None, measure: str, limit: int, everything: bool, form: str,
            show: bool) -> None:  # fmt: skip
    """Hold run B against run A, on the same problems and each under its own grader.

    A problem is solved when at least half of its samples are right; it flipped when one run solves it and the other
    does not.
    """
    from lemma_eval.running.folders import run_names
    from lemma_eval.scores.comparing import compare_runs

    names = run_names([first, second])
    found = compare_runs(first, second, names, measure, benchmark)
    most = None if everything else limit
    if form == "json":
        click.echo(json.dumps([_record(each, first, second, measure, most, show) for each in found], indent=1))
    elif form == "csv":
        _write_csv(found, first, second, most, show)
    else:
        for each in found:
            _print(each, first, second, measure, most, show)


def _flips(each: Compared, first: Path, second: Path, most: int | None, show: bool) -> Iterator[dict[str, Any]]:
    from lemma_eval.scores.comparing import results_of

    for pair, one, two in results_of(first, second, each, each.flipped[:most]):
        texts = {"question": one.item.problem.question, "first_text": _text(one), "second_text": _text(two)}
        yield {
            "benchmark": each.benchmark,
            "problem": pair.id,
            "flip": pair.flip,
            "first_share": pair.first_share,
            "second_share": pair.second_share,
            "gold": one.item.problem.answer,
            "first_answer": pair.first.answer,
            "second_answer": pair.second.answer,
            **(texts if show else {}),
        }


def _text(result: Result) -> str | None:
    return None if result.completion is None else result.completion.text


def _record(each: Compared, first: Path, second: Path, measure: str, most: int | None, show: bool) -> dict[str, Any]:
    from lemma_eval.scores.flips import tally

    comparison = each.comparison
    scores = {}
    for side, row in (("first", each.first), ("second", each.second)):
        estimate = row.estimate(measure)
        assert estimate is not None  # compare_runs has looked
        scores[side] = {
            "run": row.run,
            "value": _number(estimate.value),
            "low": _number(estimate.low),
            "high": _number(estimate.high),
            "marks": list(row.marks),
            "signature": row.signature.long,
        }
    return {
        "benchmark": each.benchmark,
        "measure": measure,
        **scores,
        "difference": _number(comparison.difference),
        "low": _number(comparison.low),
        "high": _number(comparison.high),
        "p": _number(comparison.p),
        "test": comparison.method,
        "problems": comparison.problems,
        "first_only": comparison.baseline_only,
        "second_only": comparison.ours_only,
        "signatures_differ": [
            {"part": part.part, "first": part.ours, "second": part.theirs} for part in each.differences
        ],
        "tally": tally(each.pairs),
        "flipped": list(_flips(each, first, second, most, show)),
    }


def _number(value: float) -> float | None:
    return None if value != value else value


def _write_csv(found: list[Compared], first: Path, second: Path, most: int | None, show: bool) -> None:
    from lemma_eval.tables.records import csv_cell

    fields = (*_FLIP_FIELDS, *(_TEXTS if show else ()))
    writer = csv.DictWriter(sys.stdout, fields, lineterminator="\n")
    writer.writeheader()
    for each in found:
        for flip in _flips(each, first, second, most, show):
            writer.writerow({name: csv_cell(flip[name]) for name in fields})
    for each in found:
        _tell_how(each)
        _tell_rest(each, most)


def _tell_how(each: Compared) -> None:
    """What the flips would mislead without, where there is no room for it beside them."""
    from lemma_eval.printable import printable
    from lemma_eval.tables.comparison import signatures_note

    told = [f"{row.run}: {mark}" for row in (each.first, each.second) for mark in row.marks]
    for text in (*told, *([signatures_note(each)] if each.differences else [])):
        click.echo(printable(f"{each.benchmark}: {text}"), err=True)


def _tell_rest(each: Compared, most: int | None) -> None:
    left = len(each.flipped) - len(each.flipped[:most])
    if left:
        click.echo(f"{each.benchmark}: {left} more flipped; --all lists every one", err=True)


def _print(each: Compared, first: Path, second: Path, measure: str, most: int | None, show: bool) -> None:
    from rich.console import Console
    from rich.text import Text

    from lemma_eval.printable import printable
    from lemma_eval.tables.comparison import flips_grid, scores_grid
    from lemma_eval.tables.terminal import print_grid

    console = Console()
    flips = [*_flips(each, first, second, most, show)]
    print_grid(scores_grid(each, measure), console)
    console.print()
    if flips:
        print_grid(flips_grid(flips, each.first.run, each.second.run), console)
        console.print()
    for flip in flips if show else ():
        for heading, text in _blocks(each, flip):
            console.print(Text(printable(heading), style="bold"), soft_wrap=True)
            console.print(Text(printable(text, lines=True)), soft_wrap=True)
        console.print()
    _tell_rest(each, most)


def _blocks(each: Compared, flip: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Headings and texts of one flipped problem."""
    yield f"problem {flip['problem']}: {flip['flip']}", flip["question"]
    for side, row in (("first", each.first), ("second", each.second)):
        text = flip[f"{side}_text"]
        yield row.run, "(no completion)" if text is None else text
