"""A small synthesis without processes and servers: bundled questions, scripted student and teacher, a real store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lemma_eval.answers import PRESETS, grade
from lemma_eval.completion import Completion, Failure
from lemma_eval.problem import Problem
from lemma_eval.request import Request
from lemma_eval.store import Store
from lemma_eval.synth.engine.dataflow import carry_through
from lemma_eval.synth.engine.outcome import Outcome, StageResult
from lemma_eval.synth.pipeline import SAMPLE, stages
from lemma_eval.synth.records import Record
from lemma_eval.synth.settings import Settings
from lemma_eval.synth.teacher import Teacher
from tests.scripted_backend import Scripted
from tests.servers.student_script import samples
from tests.servers.teacher_script import SHARES, Asked, Said, answer, recognize, templates
from tests.synth.whole import Question, mini

_VERDICTS = {True: "right", False: "wrong", None: "unknown"}
Reply = Callable[[Request], Completion | Failure | None]
GOOD: Mapping[str, Mapping[str, float]] = {}


def problem(question: Question) -> Problem:
    """A question in GSM8K's form."""
    solution, _, gold = question["answer"].rpartition("####")
    return Problem("any", question["question"], gold.strip(), kind="number", solution=solution.strip())


def sampled(questions: Sequence[Question] | int = 6, n: int = 4) -> dict[str, StageResult]:
    """What the student made of the questions, as roots for the engine."""
    records = []
    for question in mini(questions) if isinstance(questions, int) else questions:
        root = Record("question", problem(question), question["question"])
        for number, row in enumerate(samples(question["question"], question["answer"], n)):
            verdict = grade(row["completion"], root.problem.answer, kind="number", policy=PRESETS["strict"])
            data = {"sample": number, "verdict": _VERDICTS[verdict.correct], "answer": verdict.answer,
                    "finish": row["finish_reason"]}  # fmt: skip
            records.append(Record("sample", root.problem, row["completion"], root, data))
    records.sort(key=lambda record: record.id)
    return {SAMPLE: StageResult(SAMPLE, "1", len(records), len(records), 0, tuple(records), ())}


def asked_about(request: Request) -> Asked:
    """What a request of the pipeline is about."""
    found = recognize(_messages(request), templates())
    assert found is not None, request.prompt
    return found


def _messages(request: Request) -> list[dict[str, str]]:
    return [asdict(each) for each in request.prompt if not isinstance(each, str)]


def scripted(shares: Mapping[str, Mapping[str, float]] = SHARES, change: Callable[[Asked, Said], Any] | None = None,
             model: str = "scripted") -> Scripted:  # fmt: skip
    """A backend that answers as the scripted teacher; `change` may give another result: a text, a Failure, or None."""

    def reply(request: Request) -> Any:
        about = asked_about(request)
        said = answer(_messages(request), request.seed(0), about, shares)
        other = change(about, said) if change else said
        if isinstance(other, str):
            return Completion(request.id, other, completion_tokens=5)
        if not isinstance(other, Said):
            return other and Failure(request.id, other[0], other[1])
        meta = {"refusal": other.refusal} if other.refusal else {}
        return Completion(request.id, other.text, other.finish, 7, 5, meta=meta)

    return Scripted(reply, model=model)


def carry(folder: Path, backend: Scripted, roots: Mapping[str, StageResult], settings: Settings | None = None,
          **more: Any) -> Outcome:  # fmt: skip
    """Carry the samples through all stages, with a store in the folder."""
    folder.mkdir(exist_ok=True)
    with Store(folder / "store.sqlite") as store:
        found = stages(settings or Settings(), Teacher(backend.model))
        return carry_through(found, roots, store, backend, **more)
