"""`lemma-eval synth`: make error-corrective training data, in one go or stage by stage."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lemma_eval.commands.config_file import config_option

from .export import export
from .options import Given, carrying_options, given_to, plan_of

if TYPE_CHECKING:
    from ..folder.carrying import Carried
    from ..folder.plan import Plan

LAST = "assemble"
# Of each stage what its command is good for; in the order of the pipeline, which a test holds it against.
STAGES = {
    "sample": "Have the student solve the questions, and grade what it writes.",
    "grade": "Choose the student's wrong solutions.",
    "diagnose": "Have the teacher find type and first wrong step of each.",
    "distribution": "Draw the types of errors that are to be injected.",
    "inject": "Have the teacher write solutions with errors of these types.",
    "diagnose-injected": "Have the teacher find the first wrong step of each of them.",
    "truncate": "Cut the wrong solutions after their first wrong step.",
    "fix": "Have the teacher correct that step and go on (Fix & Continue).",
    "fresh": "Have the teacher start anew in another way (Fresh & Restart).",
    "smooth": "Have the teacher smooth the trajectories.",
    "verify": "Keep trajectories with the right answer.",
    "deduplicate": "Leave out copies.",
    LAST: "Put out the trajectories, as `run` does.",
}
_STUDENT_ONLY = ("sample", "grade")


class _InOrder(click.Group):
    """A group whose help lists the commands as they were added."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=_InOrder, short_help="Make error-corrective training data from a student's errors.")
def synth() -> None:
    """The LEMMA pipeline: a student's wrong solutions, cut at the first wrong step and corrected by a teacher.

    `lemma-eval synth run --questions gsm8k:train --student MODEL --teacher MODEL2 -o DIR` does all of it; the command
    of a stage carries on up to that stage. `lemma-eval synth run DIR` goes on where it stopped: what is stored is not
    asked again.
    """


def _command(name: str, last: str, help: str) -> click.Command:
    """The command `name`, which carries on up to the stage `last`."""

    @click.pass_context
    def carry(context: click.Context, /, **options: Any) -> None:
        given = given_to(context, synth.commands["run"], options)
        _carry(given, last)

    carry.__doc__ = help
    short = help.partition("\n\n")[0]
    added = carrying_options(
        config_option(carry, lambda: synth.commands["run"]), choice=last != "sample", teacher=last not in _STUDENT_ONLY
    )
    return click.command(name, short_help=short)(added)


synth.add_command(_command("run", LAST, """Carry a synthesis through all its stages.

    DIR goes on with the one there: questions, student, teacher and settings are known. -o DIR begins a new one, for
    which they have to be given."""))  # fmt: skip
for _name, _help in STAGES.items():
    _more = f"{_help}\n\nCarries the synthesis on up to and including this stage; what is stored is not asked again."
    synth.add_command(_command(_name, _name, _more))
synth.add_command(export)


def _carry(given: Given, last: str) -> None:
    from ..folder import carrying

    options, folder = given.options, given.folder
    if options["batch_export"] and options["dry_run"]:
        raise click.UsageError("give --dry-run or --batch-export, not both")
    plan = plan_of(given, asking=last not in _STUDENT_ONLY)
    _announce(plan, folder)
    accept = options["accept_missing"]
    if options["dry_run"]:
        from .dry_run import print_estimate

        outcome, unanswered = carrying.foreseen(plan, folder, last, accept_missing=accept)
        print_estimate(plan, last, outcome, unanswered, options, as_json=options["as_json"])
        return
    if options["batch_export"]:
        _export(plan, given, last, options["batch_export"])
        return
    _finish(carrying.carry_on(plan, folder, last, given.kept, _watching(), accept_missing=accept), given, last)


def _watching() -> Any:
    from lemma_eval.running.display import display as student_display

    from ..folder.carrying import Watching
    from .display import display

    return Watching(student_display, display)


def _announce(plan: Plan, folder: Path) -> None:
    from ..folder.questions import is_for_testing

    click.echo(f"folder: {folder}", err=True)
    for each in plan.questions.loaded:
        if each.mismatch:
            click.echo(f"warning: {each.spec} ({each.source}): {each.mismatch}", err=True)
        if is_for_testing(each.spec):
            click.echo(f"warning: {each.spec} is for testing; what is trained on it cannot be measured by it", err=True)
    left = plan.questions.result
    reasons = [str(reject.reason) for reject in left.rejects]
    dropped = "".join(f", {reasons.count(reason):,} {reason}" for reason in sorted(set(reasons)))
    click.echo(f"questions: {left.passed:,} of {left.taken:,}{dropped}", err=True)


def _export(plan: Plan, given: Given, last: str, path: Path) -> None:
    from ..folder.carrying import export_student, export_teacher

    whose = "student" if last in _STUDENT_ONLY else "teacher"
    if given.options[f"{whose}_batch_import"]:
        raise click.UsageError(f"give --{whose}-batch-import first, and --batch-export for the rest then; not both")
    if whose == "student":
        count = export_student(plan, given.folder, given.kept, path)
    else:
        accept = given.options["accept_missing"]
        count = export_teacher(plan, given.folder, last, given.kept, path, accept_missing=accept)
    if not count:
        click.echo("nothing can be asked now; no batch file was written", err=True)
        return
    command = f"lemma-eval synth {last if last != LAST else 'run'} {given.folder} --{whose}-batch-import RESULTS"
    click.echo(f"{count} requests written to {path}; when they are answered: {command}", err=True)


def _finish(carried: Carried, given: Given, last: str) -> None:
    """Print what came of it, and leave with the code that says how it ended."""
    from ..funnel.funnel import count, to_json
    from ..funnel.terminal import print_funnel

    funnel = count(carried.outcome)
    if given.options["as_json"]:
        click.echo(json.dumps(to_json(funnel), indent=1))
    else:
        print_funnel(funnel)
    _remarks(carried, given.folder, last)
    if isinstance(carried.stopped, KeyboardInterrupt):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C has nothing more to stop
        click.echo(f"interrupted; what is stored is kept: lemma-eval synth run {given.folder} goes on", err=True)
        sys.exit(130)
    if carried.stopped is not None:
        raise carried.stopped


def _remarks(carried: Carried, folder: Path, last: str) -> None:
    """What failed, what waits, and what to do about it: the command up to `last` asks for nothing behind that."""
    from lemma_eval.errors import RunError
    from lemma_eval.printable import printable
    from lemma_eval.running.folders import failure_lines

    failures = failure_lines(folder)
    for line in failures:
        click.echo(printable(line), err=True)
    stages = carried.outcome.stages.values()
    waiting = [each for each in stages if each.waiting]
    if waiting and carried.stopped is None:
        told = ", ".join(f"{each.waiting:,} at {each.name}" for each in waiting)
        reached = list(STAGES)[: list(STAGES).index(last) + 1]
        todo = (
            "the same command asks again, --accept-missing goes on without"
            if any(each.name in reached for each in waiting)
            else f"lemma-eval synth run {folder} goes on"
        )
        click.echo(f"not complete, waiting: {told}; {todo}", err=True)
    asked = [each for each in stages if each.usage.replies or each.waiting or each.name == "sample"]
    if failures and carried.stopped is None and not any(each.usage.replies for each in asked):
        raise RunError(f"nothing was answered; the same command asks again (-o {folder})")


@synth.command("show", short_help="Trace a trajectory back to its question.")
@click.argument("where", nargs=-1, required=True, metavar="[DIR] ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(where: tuple[str, ...], as_json: bool) -> None:
    """Trace a trajectory, or any record, of the synthesis in DIR back to its question, stage by stage.

    ID is its id, or the beginning of it. Without DIR the one synthesis here or in runs/ is meant.
    """
    from ..outputs.tracing import print_trace, to_json, trace

    if len(where) > 2:
        raise click.UsageError("give DIR and ID, or ID alone")
    found = trace(Path(where[0]) if len(where) == 2 else _only_synthesis(), where[-1])
    if as_json:
        click.echo(json.dumps(to_json(found), indent=1))
    else:
        print_trace(found)


def _only_synthesis() -> Path:
    from ..folder.plan import FILE

    found = sorted(path.parent for path in (*Path().glob(FILE), *Path("runs").glob(f"*/{FILE}")))
    if len(found) != 1:
        told = "no synthesis" if not found else f"{len(found)} ({', '.join(map(str, found[:3]))}, ...)"
        raise click.UsageError(f"here and in runs/ there is {told}; say which: lemma-eval synth show DIR ID")
    return found[0]


@synth.command("funnel", short_help="Show what came out of each stage.")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def funnel(folder: Path, as_json: bool) -> None:
    """Show the funnel of the synthesis in DIR: in, out, rejects by reason, replies, tokens, cost, types of errors."""
    from lemma_eval.errors import RunError

    from ..funnel.funnel import read_funnel, to_json
    from ..funnel.terminal import print_funnel

    found = read_funnel(folder)
    if found is None:
        raise RunError(f"{folder}: holds no finished stages of a synthesis (no funnel.json)")
    if as_json:
        click.echo(json.dumps(to_json(found), indent=1))
    else:
        print_funnel(found)


@synth.command("replies", short_help="Write the teacher's replies as a file that can replay them.")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="The .jsonl file to be written.")
def replies(folder: Path, out: Path) -> None:
    """Write the stored replies of the teacher of the synthesis in DIR.

    As `--teacher FILE.jsonl` they answer the same prompts, so that the synthesis can be repeated without its server.
    """
    from ..folder.replies import write_replies

    count = write_replies(folder, out)
    click.echo(f"{count:,} replies written to {out}", err=True)
