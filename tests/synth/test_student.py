"""The student's samples as records: every draw is put out, rejected or waited for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lemma_eval.answers import PRESETS
from lemma_eval.completion import Completion, Failure
from lemma_eval.errors import UsageError
from lemma_eval.problem import Problem
from lemma_eval.problem_set import ProblemSet
from lemma_eval.protocols import PROTOCOLS
from lemma_eval.request import Request
from lemma_eval.running.plan import RunPlan
from lemma_eval.running.runner import STORE, run
from lemma_eval.store import Store
from lemma_eval.synth.engine.outcome import StageResult, Usage
from lemma_eval.synth.folder.questions import Questions, chosen
from lemma_eval.synth.folder.student import StudentSettings, plan_of, samples_of, usage_of
from lemma_eval.synth.records import Reason
from tests.scripted_backend import Scripted

N = 3


def questions(count: int = 4) -> Questions:
    problems = tuple(Problem(str(i), f"What is {i} plus {i}?", str(2 * i), kind="number") for i in range(count))
    return chosen((ProblemSet("sums", "custom", problems, "", "sums", None),), (), 13)


def plan(asked: Questions, n: int = N, keyed: bool = False) -> RunPlan:
    sampling = replace(PROTOCOLS["recorded"].sampling, temperature=0.7)
    settings = StudentSettings(n, PROTOCOLS["recorded"], sampling)
    return plan_of(settings, asked.sets, PRESETS["strict"], None, keyed)


def reply(request: Request) -> str | Failure | None:
    assert request.problem is not None
    number = int(request.problem.id)
    if number == 3 and request.sample:
        return Failure(request.id, "refused" if request.sample == 1 else "error", "no such luck")
    return f"Well.\nThe answer is {2 * number + (request.sample == 1)}."


def sampled(folder: Path, backend: Scripted, *, accept_missing: bool = False) -> StageResult:
    asked = questions()
    run(plan(asked), backend, folder)
    with Store(folder / STORE, write=False) as store:
        return samples_of(asked, plan(asked), store, backend, accept_missing=accept_missing)


def test_before_anything_is_asked_all_questions_wait() -> None:
    asked = questions()
    result = samples_of(asked, plan(asked), None, Scripted(reply))
    assert (result.taken, result.passed, result.waiting, result.records, result.rejects) == (4, 0, 4, (), ())


def test_samples_have_their_verdicts(tmp_path: Path) -> None:
    result = sampled(tmp_path / "run", Scripted(reply))
    assert (result.taken, result.passed, result.waiting) == (
        4,
        3,
        1,
    )  # the last question has a draw that may still come
    assert len(result.records) == 3 * N
    for record in result.records:
        assert record.parent is not None
        assert record.parent.kind == "question"
        right = record.data["sample"] != 1
        assert record.data["verdict"] == ("right" if right else "wrong")
        assert record.data["answer"] == str(2 * int(record.problem.id) + (not right))
        assert record.data["finish"] == "stop"
        assert record.about["model"] == "scripted"
    assert [each.id for each in result.records] == sorted(each.id for each in result.records)
    assert result.usage == Usage(9, 0, 27, 0.0)


def test_what_failed_may_be_accepted_as_missing(tmp_path: Path) -> None:
    result = sampled(tmp_path / "run", Scripted(reply), accept_missing=True)
    assert (result.taken, result.passed, result.waiting, len(result.records)) == (4, 4, 0, 10)
    assert [each.reason for each in result.rejects] == [Reason.NO_REPLY] * 2
    assert {each.detail for each in result.rejects} == {"refused: no such luck", "accepted as missing"}


@pytest.mark.parametrize(("keyed", "waiting"), [(True, 0), (False, 4)])
def test_what_a_file_does_not_hold_never_comes_but_batch_results_may(tmp_path: Path, keyed: bool, waiting: int) -> None:
    """A question all of whose draws are refused is rejected."""
    backend = Scripted(lambda request: Failure(request.id, "not_recorded", "none"), keyed=keyed)
    asked = questions()
    run(plan(asked, keyed=keyed), backend, tmp_path / "run")
    with Store(tmp_path / "run" / STORE, write=False) as store:
        result = samples_of(asked, plan(asked, keyed=keyed), store, backend)
    assert (result.taken, result.passed, result.waiting) == (4, 0, waiting)
    assert len(result.rejects) == (4 - waiting) * N


def test_a_sample_has_the_same_id_whatever_its_row_is_called(tmp_path: Path) -> None:
    one = sampled(tmp_path / "one", Scripted(reply, model="a"), accept_missing=True)
    two = sampled(tmp_path / "two", Scripted(reply, model="b"), accept_missing=True)
    assert [each.id for each in one.records] == [each.id for each in two.records]
    assert {each.about["request"] for each in one.records}.isdisjoint(each.about["request"] for each in two.records)


def test_samples_of_one_call_count_its_prompt_once() -> None:
    told = [Completion("a", "x", prompt_tokens=10, meta={"completion_tokens_of_call": 50, "cost": 0.25}),
            Completion("b", "x", prompt_tokens=10), Completion("c", "x", "stop", 7, 5, meta={"cost": 0.5})]  # fmt: skip
    assert usage_of(told) == Usage(3, 17, 55, 0.75)


def test_greedy_draws_would_be_one_text() -> None:
    settings = StudentSettings(4, PROTOCOLS["lemma"], replace(PROTOCOLS["lemma"].sampling, temperature=0))
    with pytest.raises(UsageError, match=r"-n 4 at --student-temperature 0 .* give --student-temperature"):
        plan_of(settings, questions().sets, PRESETS["strict"], None, False)
    assert plan_of(settings, questions().sets, PRESETS["strict"], None, True).n == 4


def test_shots_are_those_of_the_protocol() -> None:
    settings = StudentSettings(1, PROTOCOLS["llemma"], PROTOCOLS["llemma"].sampling)
    made = plan_of(settings, questions().sets, PRESETS["strict"], None, False)
    assert len(made.shots["sums"].shots) == 4
