"""`lemma-eval regrade`: new verdicts on the completions of runs, beside the old ones."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from lemma_eval.answers import GradingPolicy
    from lemma_eval.grader import Grader
    from lemma_eval.result import GraderId
    from lemma_eval.rows.writer import Put
    from lemma_eval.running.verdict_changes import Change


@click.command(short_help="Grade the completions of runs anew, and show what changed.")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option("--policy", help="Grading policy: default, strict, lemma or a .toml file. Default: the run's own.")
@click.option("--grader", "grader_name", default="lemma-eval", show_default=True, help="See `lemma-eval list graders`.")
@click.option("--against", metavar="POLICY", help="Compare with these verdicts. Default: the run's own.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that grade.")
@click.option(
    "--changes",
    "changes_file",
    type=click.Path(path_type=Path),
    help="Write all changed samples to this .jsonl or .csv.",
)
@click.option("--overwrite", is_flag=True, help="Replace the file that --changes names.")
@click.option(
    "--limit", type=click.IntRange(min=0), default=20, show_default=True, help="Changed samples shown per run."
)
def regrade(
    runs: tuple[Path, ...],
    policy: str | None,
    grader_name: str,
    against: str | None,
    workers: int,
    changes_file: Path | None,
    overwrite: bool,
    limit: int,
) -> None:
    """Give the completions of RUN folders verdicts under another policy or by another grader.

    The new verdicts stand beside the old ones in the run's store; completions and manifest are not touched. What has
    such a verdict already is not graded again, so an interrupted command can be repeated.
    """
    from lemma_eval.answers import policy_by_name
    from lemma_eval.errors import UsageError
    from lemma_eval.grader import identity, open_grader
    from lemma_eval.rows.writer import writing_rows

    grader = open_grader(grader_name)
    if policy is not None and not grader.follows_policy:
        raise UsageError(f"--policy {policy}: the grader {grader_name} follows no policy; leave it out")
    chosen = policy_by_name(policy) if policy is not None else None
    policies = [chosen or _own_policy(run) for run in runs]
    if grader.warning:
        click.echo(f"lemma-eval: warning: {grader.warning}", err=True)
    with ExitStack() as stack:
        put = None
        if changes_file is not None:
            put = stack.enter_context(writing_rows(changes_file, overwrite=overwrite, columns=_columns()))
        for number, (run, each) in enumerate(zip(runs, policies, strict=True)):
            if number:
                click.echo()
            done = _grade(run, grader, each, workers)
            after, before = identity(grader, each), _before(run, against)
            if len(runs) > 1:
                click.echo(f"{run}:")
            if not done:
                click.echo(f"nothing to grade: every completion has a verdict of {after.key()}")
            else:
                click.echo(f"{done} verdicts added of {after.key()}")
            if before == after:
                click.echo("these are the verdicts to compare with themselves; name others with --against POLICY")
                continue
            _show(run, before, after, limit, put)


def _grade(run: Path, grader: Grader, policy: GradingPolicy, workers: int) -> int:
    from lemma_eval.grader import identity
    from lemma_eval.rows.progress import row_progress
    from lemma_eval.running.regrading import regrade as regraded
    from lemma_eval.running.regrading import to_do

    done = 0
    try:
        with row_progress(to_do(run, identity(grader, policy))) as tick:
            for added in regraded(run, grader, policy, workers=workers, tick=tick):
                done += added
    except KeyboardInterrupt:
        click.echo(f"lemma-eval: interrupted; {done} new verdicts are kept, the same command goes on", err=True)
        sys.exit(130)
    return done


def _own_policy(run: Path) -> GradingPolicy:
    from lemma_eval.errors import RunError
    from lemma_eval.running.grading import policy_of
    from lemma_eval.running.manifest import read_whole_manifest

    recorded = read_whole_manifest(run)["run"]["policy"]
    try:
        return policy_of(recorded)
    except RunError:
        raise RunError(f"{run}: this version of lemma-eval has no grading policy {recorded.get('name')}/"
                       f"{recorded.get('version')}, the run's own; name one with --policy") from None  # fmt: skip


def _before(run: Path, against: str | None) -> GraderId:
    """Which verdicts to compare with. Raises RunError where the run has none of that policy."""
    from lemma_eval.answers import policy_by_name
    from lemma_eval.errors import RunError
    from lemma_eval.running.grading import grader_id
    from lemma_eval.running.regrading import own_grader
    from lemma_eval.running.runner import STORE
    from lemma_eval.scores.verdict_sets import verdict_sets
    from lemma_eval.store import Store

    if against is None:
        return own_grader(run)
    if not against.endswith(".toml"):
        return (verdict_sets(run, [against]) or [own_grader(run)])[0]
    wanted = grader_id(policy_by_name(against))
    with Store(run / STORE, write=False) as store:
        if wanted not in store.graders():
            raise RunError(f"{run}: no verdicts under policy {against}; make them with  "
                           f"lemma-eval regrade {run} --policy {against}")  # fmt: skip
    return wanted


def _columns() -> dict[str, type]:
    from dataclasses import fields

    from lemma_eval.running.verdict_changes import Change

    return {"run": str, **{each.name: int if each.name == "sample" else str for each in fields(Change)}}


def _show(run: Path, before: GraderId, after: GraderId, limit: int, put: Put | None) -> None:
    from lemma_eval.running.verdict_changes import Changes, changes, lines

    found = Changes()
    shown = list(_kept(changes(run, before, after, found), run, limit, put))
    click.echo("\n".join(lines(found, shown, before, after)))


def _kept(found: Iterator[Change], run: Path, limit: int, put: Put | None) -> Iterator[Change]:
    """The first `limit`, while all go to the file."""
    from dataclasses import asdict

    for number, change in enumerate(found):
        if put is not None:
            put(f"{change.benchmark} {change.problem}", {"run": str(run), **asdict(change)})
        if number < limit:
            yield change
