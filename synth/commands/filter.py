"""`lemma-eval filter`: the filter of trajectories by itself, for anyone's."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ..filtering.run import Files

_TEXT = "text, completion, response, output, generation, solution"
_GOLD = "gold, answer, ground_truth, expected_answer"
_QUESTION = "question, problem, instruction (with input), prompt, query"
_FILE = click.Path(path_type=Path)


@click.command("filter", short_help="Keep the right trajectories of a file, reject the others with a reason.")
@click.argument("file", type=_FILE)
@click.option("--kept", type=_FILE, help="File of what is kept. Default: NAME.kept.SUFFIX next to FILE.")
@click.option("--rejected", type=_FILE, help="File of what is rejected. Default: NAME.rejected.SUFFIX next to FILE.")
@click.option("--overwrite", is_flag=True, help="Replace these two files.")
@click.option("--text", metavar="FIELD", help=f"Field of the trajectory. Default: one of {_TEXT}.")
@click.option("--gold", metavar="FIELD", help=f"Field of the gold. Default: one of {_GOLD}.")
@click.option("--question", metavar="FIELD", help=f"Field of the question. Default: one of {_QUESTION}.")
@click.option(
    "--finish", metavar="FIELD",
    help="Field that says why a text ended. Default: one of finish_reason, stop_reason, finish.",
)  # fmt: skip
@click.option(
    "--flawed", metavar="FIELD",
    help="Field of the flawed beginning that the text must begin with, or of the span of its wrong step, [start, end].",
)  # fmt: skip
@click.option("--policy", help="default, strict, lemma or a .toml file.  [default: strict]")
@click.option("--no-grade", is_flag=True, help="Do not grade answers; no gold is needed.")
@click.option(
    "--decontaminate", metavar="SPECS", default="none", show_default=True,
    help="Test sets whose questions are to be left out: `all`, `all,-ocw`, or `gsm8k,math:500`.",
)  # fmt: skip
@click.option(
    "--data-dir", type=click.Path(file_okay=False, path_type=Path), envvar="LEMMA_EVAL_DATA",
    help="Folder with the test sets as <benchmark>/<file>; without it they come from the hub.",
)  # fmt: skip
@click.option(
    "--skip-malformed", is_flag=True, help="Reject rows that cannot be read, instead of stopping at the first."
)
@click.option("--workers", type=click.IntRange(min=1), help="Processes that check rows. Default: all cores.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def filter_command(
    file: Path,
    kept: Path | None,
    rejected: Path | None,
    overwrite: bool,
    text: str | None,
    gold: str | None,
    question: str | None,
    finish: str | None,
    flawed: str | None,
    policy: str | None,
    no_grade: bool,
    decontaminate: str,
    data_dir: Path | None,
    skip_malformed: bool,
    workers: int | None,
    as_json: bool,
) -> None:
    """Keep the rows of FILE (JSONL, CSV, Parquet) whose text ends in the right answer; reject the others with a reason.

    Rejected are texts that are empty, cut by the token limit or a refusal, with a wrong or no answer, with one that the
    grader cannot decide (unknown), copies of an earlier row, and with the options malformed rows, texts that do not
    begin with their flawed beginning, and questions that overlap with a test set. Each row goes to one of the two
    files, in order; rejected ones get the fields reject_reason and reject_detail.
    """
    from lemma_eval.answers import policy_by_name
    from lemma_eval.errors import UsageError

    from ..filtering.checks import Checks
    from ..filtering.row_text import Names
    from ..filtering.run import Counts, all_cores, filter_file, lines

    if no_grade and (gold or policy):
        raise UsageError("--no-grade: nothing is graded, so leave out --gold and --policy")
    files = _files(file, kept, rejected, overwrite)
    counts = Counts()
    try:
        with ExitStack() as stack:
            index = _index(stack, decontaminate, data_dir)
            names = Names(text, gold, question, finish, flawed)
            checks = Checks(names, None if no_grade else policy_by_name(policy or "strict"), index)
            filter_file(files, checks, workers or all_cores(file), counts, skip_malformed=skip_malformed)
    except KeyboardInterrupt:
        unwritten = f"{files.kept} and {files.rejected} were not written"
        click.echo(f"lemma-eval: interrupted after {counts.rows} rows; {unwritten}", err=True)
        sys.exit(130)
    if as_json:
        found = {**asdict(counts), "kept_file": str(files.kept), "rejected_file": str(files.rejected)}
        click.echo(json.dumps(found, indent=1))
        return
    click.echo("\n".join(lines(counts, files)))


def _files(file: Path, kept: Path | None, rejected: Path | None, overwrite: bool) -> Files:
    """Raises UsageError where two of the three are one file."""
    from lemma_eval.errors import UsageError
    from lemma_eval.rows.files import format_of

    from ..filtering.run import Files

    suffix = file.suffix if format_of(file) not in ("json", None) else ".jsonl"  # those two are not written
    files = Files(
        file, kept or file.with_name(f"{file.stem}.kept{suffix}"),
        rejected or file.with_name(f"{file.stem}.rejected{suffix}"), overwrite,
    )  # fmt: skip
    if files.kept.absolute() == files.rejected.absolute():
        raise UsageError(f"--kept and --rejected are both {files.kept}; give two files")
    for out in (files.kept, files.rejected):
        if out.exists() and file.exists() and out.samefile(file):
            raise UsageError(f"{out}: is the file that is filtered; give another one to be written")
    return files


def _index(stack: ExitStack, specs: str, data_dir: Path | None) -> str | None:
    """A folder with the index of the test sets, for as long as `stack` is open."""
    from tempfile import TemporaryDirectory

    if specs == "none":
        return None
    from lemma_eval.errors import UsageError

    from ..folder.questions import load_tests
    from ..overlap import Index

    tests = load_tests(specs, data_dir)
    folder = stack.enter_context(TemporaryDirectory(prefix="lemma-eval-"))
    index = Index.of((each.spec, problem.question) for each in tests for problem in each.problems)
    try:
        index.save(Path(folder))
    except OSError as error:
        raise UsageError(f"{folder}: the index of the test sets cannot be written ({error}); "
                         "give TMPDIR more room") from None  # fmt: skip
    return folder
