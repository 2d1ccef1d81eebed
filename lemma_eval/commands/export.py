"""`lemma-eval export`: the samples of runs as flat rows, for notebooks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from lemma_eval.result import GraderId
    from lemma_eval.rows.exporting import Row


@click.command(short_help="Write the samples of runs as flat rows.")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option("--format", "form", type=click.Choice(["jsonl", "parquet", "hf"]), default="jsonl", show_default=True)
@click.option(
    "-o", "--out", required=True, type=click.Path(path_type=Path, allow_dash=True),
    help="The file, or the folder of --format hf; - is standard output (JSONL only).",
)  # fmt: skip
@click.option("--policy", metavar="NAME", help="The verdicts under this policy. Default: the run's own.")
@click.option("--grader", metavar="NAME", help="The verdicts of this grader. Default: the run's own.")
@click.option("--texts/--no-texts", default=True, help="With question, prompt and completion, or without.")
@click.option("--overwrite", is_flag=True, help="Replace what --out names.")
def export(
    runs: tuple[Path, ...], form: str, out: Path, policy: str | None, grader: str | None, texts: bool, overwrite: bool
) -> None:
    """Write every sample of RUN folders as a row: question, gold, completion, verdict and how it was made.

    A datasets folder (--format hf) loads with `datasets.load_from_disk`.
    """
    from lemma_eval.errors import UsageError
    from lemma_eval.rows.exporting import rows, write_dataset, write_file
    from lemma_eval.rows.files import format_of
    from lemma_eval.rows.progress import row_progress
    from lemma_eval.running.folders import run_names
    from lemma_eval.running.manifest import read_whole_manifest
    from lemma_eval.running.plan import planned_samples

    to_output = str(out) == "-"
    if to_output and form != "jsonl":
        raise UsageError(f"-o -: standard output takes JSONL only; give a path for --format {form}")
    if not to_output and form != "hf" and format_of(out) != form:
        raise UsageError(f"-o {out}: give a name that ends in .{form}, or another --format")
    sets = [_verdicts(run, policy, grader) for run in runs]
    described = [read_whole_manifest(folder)["run"] for folder in runs]
    total = sum(planned_samples(run, benchmark) for run in described for benchmark in run["benchmarks"])
    with row_progress(total) as tick:

        def found() -> Iterator[tuple[str, Row]]:
            for run, name, known in zip(runs, run_names(runs), sets, strict=True):
                for row in rows(run, name, known, texts=texts):
                    yield row
                    tick()

        if to_output:
            _print(found())
            return
        write = write_dataset if form == "hf" else write_file
        count = write(found(), out, texts=texts, overwrite=overwrite)
    click.echo(f"{count} rows written to {out}")


def _verdicts(run: Path, policy: str | None, grader: str | None) -> GraderId:
    from lemma_eval.errors import UsageError
    from lemma_eval.running.regrading import own_grader
    from lemma_eval.scores.verdict_sets import verdict_sets

    own = own_grader(run)
    found = verdict_sets(run, [policy] if policy else [], [grader] if grader else []) or [own]
    if len(found) > 1:
        named = [each for each in found if each.grader == own.grader] if grader is None else []
        if len(named) != 1:
            raise UsageError(f"{run}: several sets of verdicts fit ({', '.join(each.key() for each in found)}); "
                             "name one with --policy NAME/VERSION and --grader NAME/VERSION")  # fmt: skip
        found = named
    return found[0]


def _print(found: Iterable[tuple[str, Row]]) -> None:
    import sys

    for _, row in found:
        sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()
