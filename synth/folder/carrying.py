"""Carrying a synthesis on in its folder: the student's run, then the stages, then all derived files."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lemma_eval.backend import BatchWriter
from lemma_eval.errors import BudgetError, ModelError, RunError, UsageError
from lemma_eval.request import Request
from lemma_eval.running.grading import grader_id
from lemma_eval.running.manifest import check_folder
from lemma_eval.running.plan import describe as describe_run
from lemma_eval.running.plan import requests, work_of
from lemma_eval.running.runner import STORE, Progress, carry_out, unanswered
from lemma_eval.store import Store

from ..engine.dataflow import carry_through
from ..engine.outcome import Outcome, StageResult
from ..engine.progress import Observe
from ..funnel.funnel import read_funnel
from ..outputs.rows import ASSEMBLE
from ..outputs.write import write_all
from ..pipeline import QUESTIONS, SAMPLE
from .models import Asked
from .plan import FILE, Plan, about, check_synthesis, write_synthesis
from .student import samples_of

_PORTION = 500

Stop = BudgetError | ModelError | KeyboardInterrupt


@dataclass(frozen=True, slots=True)
class Carried:
    """How far it came; `stopped` is what ended the asking before its time, None if nothing did."""

    outcome: Outcome
    stopped: Stop | None = None


@dataclass(frozen=True, slots=True)
class Watching:
    """Displays: contexts that yield what is to be told of the student's and of the stages' progress."""

    student: Callable[[], AbstractContextManager[Callable[[Progress], None]]]
    stages: Callable[[], AbstractContextManager[Observe]]


def carry_on(
    plan: Plan, folder: Path, last: str, given: Mapping[str, Any], watching: Watching, *, accept_missing: bool = False
) -> Carried:
    """Carry `plan` on in `folder` up to and including the stage `last`, and write what came of it.

    What is stored is not asked again; a model is opened only to be asked. Where stages after `last` have been reached
    before, what is written goes as far as they. `given` are the options to be kept. A spent
    budget, a model that is gone and Ctrl-C end the asking; what is there by then is written all the same.
    Raises RunError for a folder that holds something else or is being written.
    """
    stages = plan.stages(last)
    _check(plan, folder)
    furthest = _furthest(plan, folder, last)
    stopped: Stop | None = None
    if last == SAMPLE or _stored_samples(plan, folder, accept_missing).waiting:
        try:
            _sample(plan, folder, given, watching)
        except (BudgetError, ModelError, KeyboardInterrupt) as error:
            if not (folder / FILE).exists():  # nothing came of it
                raise
            stopped = error
    with Store(folder / STORE) as store:
        write_synthesis(folder, plan, given)
        roots = _roots(plan, store, accept_missing)
        asking = None if stopped or roots[SAMPLE].waiting else plan.teacher
        try:
            with watching.stages() as observe:
                outcome = carry_through(stages, roots, store, asking, observe, accept_missing=accept_missing)
        except (BudgetError, ModelError, KeyboardInterrupt) as error:
            stopped = error
        if stopped is not None or last != furthest:
            stages = plan.stages(furthest)
            outcome = carry_through(stages, roots, store, None, accept_missing=accept_missing)
        write_all(folder, outcome, about(plan))
    return Carried(outcome, stopped)


def _furthest(plan: Plan, folder: Path, last: str) -> str:
    """The last stage that files were written of, or `last` if that is later."""
    names = [SAMPLE, *(stage.name for stage in plan.stages(ASSEMBLE))]
    try:
        funnel = read_funnel(folder)
    except RunError:  # of another version, or damaged: it is written anew
        funnel = None
    reached = [stage.name for stage in funnel.stages if stage.name in names] if funnel is not None else []
    return max([last, *reached], key=names.index)


def foreseen(plan: Plan, folder: Path, last: str, *, accept_missing: bool = False) -> tuple[Outcome, list[Request]]:
    """How far the replies in `folder` carry, and what of the student's is unanswered. Nothing is asked or written."""
    stages = plan.stages(last)
    _check(plan, folder)
    with _readable(folder) as store:
        outcome = carry_through(stages, _roots(plan, store, accept_missing), store, None, accept_missing=accept_missing)
        wanted = [request for _, _, request in requests(plan.run, plan.student)]
        parts = [wanted[start : start + _PORTION] for start in range(0, len(wanted), _PORTION)]
        answered = {each for part in parts for each in store.answered([request.id for request in part])}
    return outcome, [request for request in wanted if request.id not in answered]


def export_student(plan: Plan, folder: Path, given: Mapping[str, Any], path: Path) -> int:
    """Write what is still to be asked of the student as a batch file; the number of requests. `folder` becomes its own.

    Raises UsageError for an engine that writes no such files, RunError as `carry_on` does.
    """
    writer = _writer(plan.student, "student")
    _check(plan, folder)
    with unanswered(work_of(plan.run, plan.student), plan.student, folder) as wanted:
        write_synthesis(folder, plan, given)
        return writer.write_batch(wanted, path)


def export_teacher(
    plan: Plan, folder: Path, last: str, given: Mapping[str, Any], path: Path, *, accept_missing: bool = False
) -> int:
    """Write what can be asked of the teacher now, up to the stage `last`, as a batch file; the number of requests.

    Raises UsageError where the student's samples are not complete, else as `export_student` does.
    """
    assert plan.teacher is not None
    writer = _writer(plan.teacher, "teacher")
    _check(plan, folder)
    if waiting := _stored_samples(plan, folder, accept_missing).waiting:
        raise UsageError(f"--batch-export: {waiting} questions wait for the student; first complete `lemma-eval synth "
                         f"sample {folder}` (which has a --batch-export of its own)")  # fmt: skip
    outcome, _ = foreseen(plan, folder, last, accept_missing=accept_missing)
    write_synthesis(folder, plan, given)
    return writer.write_batch((request for _, request in outcome.unanswered), path)


def _writer(model: Asked, whose: str) -> BatchWriter:
    engine = model.engine()
    if not isinstance(engine, BatchWriter):
        told = f"the backend {engine.name} writes no batch files; give --{whose}-backend openai"
        raise UsageError(f"--batch-export: {told}")
    return engine


def _check(plan: Plan, folder: Path) -> None:
    with _readable(folder) as store:
        taught = store.heard_for_none()
    check_synthesis(folder, plan, taught=taught)
    check_folder(folder, describe_run(plan.run, plan.student))


def _sample(plan: Plan, folder: Path, given: Mapping[str, Any], watching: Watching) -> None:
    """The student's run. `synth.json` comes with its first result: a run that fails before leaves no trace."""
    with _readable(folder) as store:
        results = store.results(grader_id(plan.run.policy))
        stored = sum(result.completion is not None for result in results)
    written = False

    with watching.student() as observe:

        def told(progress: Progress) -> None:
            nonlocal written
            if not written:
                written = True
                write_synthesis(folder, plan, given)
            observe(replace(progress, stored=stored))  # the runner counts the teacher's replies, too

        carry_out(work_of(plan.run, plan.student), plan.student, folder, told)


def _roots(plan: Plan, store: Store, accept_missing: bool) -> dict[str, StageResult]:
    sample = samples_of(plan.questions, plan.run, store, plan.student, accept_missing=accept_missing)
    return {QUESTIONS: plan.questions.result, SAMPLE: sample}


def _stored_samples(plan: Plan, folder: Path, accept_missing: bool) -> StageResult:
    with _readable(folder) as store:
        return _roots(plan, store, accept_missing)[SAMPLE]


@contextmanager
def _readable(folder: Path) -> Iterator[Store]:
    """The folder's store, to be read; where there is none yet, an empty one elsewhere."""
    if (folder / STORE).is_file():
        with Store(folder / STORE, write=False) as store:
            yield store
        return
    with tempfile.TemporaryDirectory() as elsewhere, Store(Path(elsewhere) / STORE) as store:
        yield store
