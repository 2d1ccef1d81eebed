"""The student's part: a benchmark run in the folder of the synthesis, and its samples as records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lemma_eval.answers import GradingPolicy
from lemma_eval.backend import Backend
from lemma_eval.completion import Completion
from lemma_eval.errors import UsageError
from lemma_eval.problem_set import ProblemSet
from lemma_eval.protocol import EvalProtocol
from lemma_eval.request import Sampling
from lemma_eval.result import Result
from lemma_eval.running.grading import grader_id
from lemma_eval.running.plan import RunPlan
from lemma_eval.shots import ShotSet, choose_shots
from lemma_eval.store import Store

from ..engine.outcome import StageResult, Usage, tokens_of
from ..pipeline import SAMPLE
from ..records import Reason, Record, Reject
from .questions import Questions

VERSION = "1"
_FINAL = ("prompt_too_long", "refused")  # asking again brings the same
_VERDICTS = {True: "right", False: "wrong", None: "unknown"}


@dataclass(frozen=True, slots=True)
class StudentSettings:
    """How the student is asked: `samples` per question, `sampling` without the protocol's stop strings."""

    samples: int
    protocol: EvalProtocol
    sampling: Sampling
    seed: int = 0


def plan_of(settings: StudentSettings, sets: tuple[ProblemSet, ...], policy: GradingPolicy,
            data_dir: Path | None, keyed: bool) -> RunPlan:  # fmt: skip
    """The run that samples the student. Raises UsageError for settings that would draw the same text again."""
    if settings.samples > 1 and settings.sampling.temperature == 0 and not keyed:
        raise UsageError(f"-n {settings.samples} at --student-temperature 0 would draw the same text "
                         f"{settings.samples} times; give --student-temperature 0.7")  # fmt: skip
    shots: dict[str, ShotSet] = {}
    for each in sets:
        style = settings.protocol.style(each.family)
        shots[each.spec] = choose_shots(None, style.shots, style.own, data_dir)
    return RunPlan(sets, settings.protocol, shots, settings.sampling, policy, settings.samples, settings.seed)


def samples_of(
    questions: Questions, plan: RunPlan, store: Store | None, student: Backend, *, accept_missing: bool = False
) -> StageResult:
    """The stage `sample` as far as the run in `store` is; see `drawn`."""
    results = () if store is None else store.results(grader_id(plan.policy))
    return drawn(questions.records, results, plan.n, student.model, student.keyed, accept_missing=accept_missing)


def drawn(
    questions: Mapping[tuple[str, str], Record], results: Iterable[Result], n: int, model: str, keyed: bool, *,
    accept_missing: bool = False,
) -> StageResult:  # fmt: skip
    """The stage `sample`: a question (by set and problem id) is through when each of its `n` draws is a record or a
    reject (no reply).

    A draw that failed for a reason that may pass is waited for, as is one whose verdict is not there yet, unless
    `accept_missing`: then it is a reject as well. (What a file of generations does not hold it never will, while the
    results of a batch hold what was asked for then.)
    """
    final = (*_FINAL, "not_recorded") if keyed else _FINAL
    of: dict[str, list[Result]] = {record.id: [] for record in questions.values()}
    for result in results:
        of[questions[result.item.benchmark, result.item.problem.id].id].append(result)
    records: list[Record] = []
    rejects: list[Reject] = []
    completions: dict[str, Completion] = {}
    passed = waiting = 0
    for question in sorted(questions.values(), key=lambda each: each.id):
        made = [_record(result, question, model, final) for result in of[question.id]]
        if (len(made) < n or None in made) and not accept_missing:
            waiting += 1
            continue
        found = {each.data["sample"]: each for each in made if each is not None}
        for sample in range(n):
            record = found.get(sample) or _draw(question, "", sample, "", None, "", {"model": model})
            if record.data["verdict"]:
                records.append(record)
            else:
                rejects.append(Reject(record, Reason.NO_REPLY, record.data["finish"] or "accepted as missing"))
        passed += any(each.data["verdict"] for each in found.values())
        completions |= {each.item.request_id: each.completion for each in of[question.id] if each.completion}
    records.sort(key=lambda each: each.id)
    rejects.sort(key=lambda each: each.record.id)
    return StageResult(SAMPLE, VERSION, len(of), passed, waiting, tuple(records), tuple(rejects),
                       usage_of(completions.values()))  # fmt: skip


def _record(result: Result, question: Record, model: str, final: tuple[str, ...]) -> Record | None:
    """The draw, with an empty verdict where it failed for good; None while it is waited for."""
    completion, verdict, failure = result.completion, result.verdict, result.failure
    about = {"request": result.item.request_id, "model": model}
    if completion is not None and verdict is not None:
        told = (_VERDICTS[verdict.correct], verdict.answer, completion.finish_reason)
        return _draw(question, completion.text, result.item.sample, *told, about)
    if completion is None and failure is not None and failure.reason in final:
        return _draw(question, "", result.item.sample, "", None, f"{failure.reason}: {failure.message}", about)
    return None


def _draw(question: Record, text: str, sample: int, verdict: str, answer: str | None, finish: str,
          about: dict[str, str]) -> Record:  # fmt: skip
    data = {"sample": sample, "verdict": verdict, "answer": answer, "finish": " ".join(finish.split())}
    return Record("sample", question.problem, text, question, data, about)


def usage_of(completions: Iterable[Completion]) -> Usage:
    """Tokens and cost of these replies."""
    replies, prompt, new, cost = 0, 0, 0, 0.0
    for each in completions:
        of_prompt, of_reply = tokens_of(each)
        replies, prompt, new = replies + 1, prompt + of_prompt, new + of_reply
        cost += each.meta.get("cost", 0.0)
    return Usage(replies, prompt, new, cost)
