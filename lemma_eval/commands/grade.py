"""`lemma-eval grade`: grade the answers in a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from contextlib import ExitStack, closing
from dataclasses import asdict
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from lemma_eval.answers import GradingPolicy
    from lemma_eval.grader import Grader
    from lemma_eval.rows.files import PlacedRow
    from lemma_eval.rows.grade_summary import Counts
    from lemma_eval.rows.to_grade import Fields

_TEXT = "text, completion, response, output, generation, solution"
_GOLD = "gold, answer, ground_truth, expected_answer"
_AHEAD = 1000  # rows


@click.command(short_help="Grade the answers in a file.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--text", "text_field", metavar="FIELD", help=f"Field of the solution. Default: one of {_TEXT}.")
@click.option("--pred", "pred_field", metavar="FIELD", help="Field of a bare answer instead of a whole solution.")
@click.option("--gold", "gold_field", metavar="FIELD", help=f"Field of the gold. Default: one of {_GOLD}.")
@click.option(
    "--label", "label_field", metavar="FIELD", help="Field with another's verdict (true or false) to compare."
)
@click.option("--policy", default="default", show_default=True, help="default, strict, lemma or a .toml file.")
@click.option("--grader", "grader_name", default="lemma-eval", show_default=True, help="See `lemma-eval list graders`.")
@click.option("--cross-check", "cross_name", metavar="GRADER", help="Grade with this one too and list disagreements.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write rows with verdicts to this .jsonl, .csv or .parquet file."
)
@click.option("--overwrite", is_flag=True, help="Replace the file that --out names.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that grade.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@click.pass_context
def grade(
    context: click.Context,
    file: Path,
    text_field: str | None,
    pred_field: str | None,
    gold_field: str | None,
    label_field: str | None,
    policy: str,
    grader_name: str,
    cross_name: str | None,
    out: Path | None,
    overwrite: bool,
    workers: int,
    as_json: bool,
) -> None:
    """Grade each row of FILE (JSONL, CSV, Parquet): a solution or a bare answer against its gold.

    Fields are columns, or dotted paths into them. The gold is text, a number or a list of these, any of which may
    match; of a gold like GSM8K's "... #### 18" what stands behind the last ####, of one with a \\boxed{} answer the
    content of the box. A field `accepted` holds further golds. With the option texts in a field `choices` the gold is
    a letter, an index from 0 or the text of an option. (In CSV both are JSON arrays.)
    """
    from lemma_eval.answers import policy_by_name
    from lemma_eval.errors import UsageError
    from lemma_eval.grader import open_grader
    from lemma_eval.rows.grade_summary import Counts, lines
    from lemma_eval.rows.to_grade import Fields

    if text_field and pred_field:
        raise UsageError("give --text or --pred, not both")
    if cross_name == grader_name:
        raise UsageError(f"--cross-check {cross_name}: compares that grader with itself; give another")
    if out is not None and overwrite and out.exists() and file.exists() and out.samefile(file):
        raise UsageError(f"{out}: is the file that is graded; give another --out")
    chosen = policy_by_name(policy)
    graders = {name: open_grader(name) for name in (grader_name, cross_name) if name is not None}
    given = context.get_parameter_source("policy") == click.core.ParameterSource.COMMANDLINE
    if given and not any(grader.follows_policy for grader in graders.values()):
        raise UsageError(f"--policy {policy}: the grader {grader_name} follows no policy; leave it out")
    for grader in graders.values():
        if grader.warning:
            click.echo(f"lemma-eval: warning: {grader.warning}", err=True)
    counts = Counts()
    fields = Fields(text_field, pred_field, gold_field, label_field)
    try:
        _grade(file, fields, graders, chosen, workers, out, overwrite, counts)
    except KeyboardInterrupt:
        kept = f"; {out} was not written" if out is not None else ""
        click.echo(f"lemma-eval: interrupted after {counts.graded} rows{kept}", err=True)
        sys.exit(130)
    if as_json:
        click.echo(json.dumps(asdict(counts), indent=1))
        return
    click.echo("\n".join(lines(counts)))


def _grade(
    file: Path,
    fields: Fields,
    graders: dict[str, Grader],
    policy: GradingPolicy,
    workers: int,
    out: Path | None,
    overwrite: bool,
    counts: Counts,
) -> None:
    """Count all rows into `counts`, and write them if there is an `out`."""
    from lemma_eval.errors import UsageError
    from lemma_eval.grader import signature
    from lemma_eval.rows.files import count_rows, format_of
    from lemma_eval.rows.grade_summary import COLUMN_TYPES, CrossCheck, count, cross_columns, verdict_columns
    from lemma_eval.rows.progress import row_progress
    from lemma_eval.rows.to_grade import judged_rows, label_of
    from lemma_eval.rows.writer import writing_rows

    (ours, policy_name), *others = [signature(grader, policy) for grader in graders.values()]
    if others:
        counts.cross = CrossCheck(others[0][0])
    with ExitStack() as stack:
        rows = _rows(file, fields.label)
        put = None
        if out is not None:
            like = file if format_of(file) == format_of(out) == "parquet" else None
            put = stack.enter_context(writing_rows(out, overwrite=overwrite, columns=COLUMN_TYPES, like=like))
        tick = stack.enter_context(row_progress(count_rows(file)))
        judged = stack.enter_context(closing(judged_rows(rows, fields, tuple(graders), policy, workers)))
        for (place, row), item, verdicts in judged:
            label = label_of(place, row, fields.label) if fields.label is not None else None
            if put is not None:
                added = verdict_columns(verdicts[0], ours, policy_name)
                if others:
                    added |= cross_columns(verdicts[1], others[0][0])
                taken = [name for name in added if name in row]
                if taken:
                    raise UsageError(
                        f"{place}: has a field '{taken[0]}' already, which --out would overwrite; rename it"
                    )
                put(place, {**row, **added})
            count(counts, place, item, verdicts, label)
            tick()


def _rows(file: Path, label: str | None) -> Iterable[PlacedRow]:
    """The rows of the file. Raises DataError if there are none, or none of the first 1000 has the label field.

    A wrong name is told before the work, not after it.
    """
    from lemma_eval.errors import DataError
    from lemma_eval.rows.files import iterate_rows
    from lemma_eval.rows.reading import lookup

    rows = iterate_rows(file)
    ahead = list(islice(rows, 1 if label is None else _AHEAD))
    if not ahead:
        raise DataError(f"{file}: holds no rows")
    if label is not None and all(lookup(row, label) is None for _, row in ahead):
        names = ", ".join(ahead[0][1])
        which = f"none of the first {_AHEAD} rows" if len(ahead) == _AHEAD else "no row"
        raise DataError(f"{file}: {which} has the field '{label}' that --label names (fields: {names})")
    return chain(ahead, rows)
