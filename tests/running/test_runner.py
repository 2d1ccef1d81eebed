"""The runner against a scripted engine: what is asked, stored, graded, and asked again."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from lemma_eval.answers import GradingPolicy, policy_by_name
from lemma_eval.completion import Completion, Failure
from lemma_eval.errors import BudgetError, RunError, UsageError
from lemma_eval.problem import Problem
from lemma_eval.problem_set import ProblemSet, fingerprint
from lemma_eval.protocols import LLEMMA
from lemma_eval.request import Request, Sampling
from lemma_eval.result import Result
from lemma_eval.running.grading import grader_id
from lemma_eval.running.plan import RunPlan
from lemma_eval.running.runner import STORE, Progress, carry_out, pending, run, spent, unanswered
from lemma_eval.running.work import Work
from lemma_eval.scores.scoring import score_rows
from lemma_eval.shots import NO_SHOTS
from lemma_eval.store import Store
from tests.scripted_backend import Scripted

POLICY = policy_by_name("default")
PROBLEMS = tuple(Problem(str(i), f"What is {i} + {i}?", str(2 * i)) for i in range(10))


def make_plan(problems: tuple[Problem, ...] = PROBLEMS, n: int = 1, temperature: float = 0.0, seed: int = 0) -> RunPlan:
    problem_set = ProblemSet("sums", "custom", problems, fingerprint(problems), "sums.jsonl", None)
    return RunPlan((problem_set,), LLEMMA, {"sums": NO_SHOTS}, Sampling(temperature, max_tokens=9), POLICY, n, seed)


def right(request: Request) -> str:
    assert request.problem is not None
    return f"So it is {request.problem.answer}. The answer is {request.problem.answer}."


def stored(folder: Path) -> list[Result]:
    with Store(folder / STORE, write=False) as store:
        return list(store.results(grader_id(POLICY)))


def test_all_is_asked_once_stored_and_graded(tmp_path: Path) -> None:
    engine = Scripted(right)
    progress = run(make_plan(), engine, tmp_path / "run")
    assert len(engine.asked) == len(set(engine.asked)) == 10
    assert (progress.requests, progress.answered, progress.graded, progress.correct) == (10, 10, 10, 10)
    assert [result.item.problem for result in stored(tmp_path / "run")] == list(PROBLEMS)
    assert all(result.verdict and result.verdict.correct for result in stored(tmp_path / "run"))


def test_a_finished_run_does_not_even_load_the_model(tmp_path: Path) -> None:
    run(make_plan(), Scripted(right), tmp_path / "run")
    again = Scripted(right)
    progress = run(make_plan(), again, tmp_path / "run")
    assert (again.entered, again.asked) == (0, [])
    assert (progress.stored, progress.graded) == (10, 10)


def test_after_an_engine_dies_only_the_rest_is_asked(tmp_path: Path) -> None:
    def dies(request: Request) -> str:
        if request.problem is PROBLEMS[6]:
            raise RuntimeError("engine died")
        return right(request)

    first, second = Scripted(dies), Scripted(right)
    with pytest.raises(RuntimeError, match="engine died"):
        run(make_plan(), first, tmp_path / "run")
    run(make_plan(), second, tmp_path / "run")
    assert set(first.asked[:6]).isdisjoint(second.asked)
    assert len(second.asked) == 4
    assert score_rows(tmp_path / "run")[0].counts.correct == 10


def test_completions_are_committed_before_they_are_graded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_disk: list[int] = []

    def grade_and_look(text: str, *rest: object, **more: object) -> object:
        with sqlite3.connect(tmp_path / "run" / STORE) as other:
            on_disk.append(other.execute("SELECT count(*) FROM completions WHERE text = ?", (text,)).fetchone()[0])
        return real(text, *rest, **more)  # type: ignore[arg-type]

    import lemma_eval.running.grading as grading

    real = grading.grade
    monkeypatch.setattr(grading, "grade", grade_and_look)
    run(make_plan(), Scripted(right), tmp_path / "run")
    assert on_disk == [1] * 10


def test_failures_are_counted_and_asked_again(tmp_path: Path) -> None:
    def refuses(request: Request) -> str | Failure:
        return Failure(request.id, "refused", "no") if request.problem is PROBLEMS[3] else right(request)

    run(make_plan(), Scripted(refuses), tmp_path / "run")
    row = score_rows(tmp_path / "run")[0]
    assert (row.counts.correct, row.counts.failed, row.counts.missing, row.estimates[0].value) == (9, 1, 0, 0.9)
    again = Scripted(right)
    run(make_plan(), again, tmp_path / "run")
    assert len(again.asked) == 1
    row = score_rows(tmp_path / "run")[0]
    assert (row.counts.correct, row.counts.failed) == (10, 0)


def test_a_request_the_engine_forgets_is_a_failure(tmp_path: Path) -> None:
    run(
        make_plan(),
        Scripted(lambda request: None if request.problem is PROBLEMS[0] else right(request)),
        tmp_path / "r",
    )
    failures = [result.failure for result in stored(tmp_path / "r") if result.failure]
    assert [failure.reason for failure in failures] == ["error"]
    assert "returned nothing" in failures[0].message


def test_a_question_that_stands_twice_is_asked_once_and_graded_for_each_gold(tmp_path: Path) -> None:
    twice = (Problem("0", "Same?", "4"), Problem("1", "Same?", "5"), Problem("2", "Same?", "4"))
    engine = Scripted(lambda request: "The answer is 4.")
    run(make_plan(twice), engine, tmp_path / "run")
    assert len(engine.asked) == 1
    verdicts = [result.verdict.correct for result in stored(tmp_path / "run") if result.verdict]
    assert verdicts == [True, False, True]


def test_an_engine_that_looks_answers_up_is_asked_for_each_problem(tmp_path: Path) -> None:
    twice = (Problem("0", "Same?", "4"), Problem("1", "Same?", "5"))
    engine = Scripted(right, keyed=True)
    run(make_plan(twice), engine, tmp_path / "run")
    assert len(engine.asked) == 2
    assert score_rows(tmp_path / "run")[0].counts.correct == 2


def test_ungraded_completions_are_graded_on_resume(tmp_path: Path) -> None:
    run(make_plan(), Scripted(right), tmp_path / "run")
    with sqlite3.connect(tmp_path / "run" / STORE) as db:
        db.execute("DELETE FROM verdicts")
    assert score_rows(tmp_path / "run")[0].counts.missing == 10
    run(make_plan(), Scripted(right), tmp_path / "run")
    assert score_rows(tmp_path / "run")[0].counts.correct == 10


@pytest.mark.parametrize(
    ("other", "named"), [({"n": 2, "temperature": 0.5}, "n is 1 there, 2 here"), ({"seed": 1}, "seed is 0 there")]
)
def test_another_run_in_the_folder_is_left_alone(tmp_path: Path, other: dict[str, int], named: str) -> None:
    run(make_plan(), Scripted(right), tmp_path / "run")
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    with pytest.raises(RunError, match=named):
        run(make_plan(**other), Scripted(right), tmp_path / "run")  # type: ignore[arg-type]
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before


def test_another_model_or_gold_is_another_run(tmp_path: Path) -> None:
    run(make_plan(), Scripted(right), tmp_path / "run")
    with pytest.raises(RunError, match='model is "scripted" there, "other" here'):
        run(make_plan(), Scripted(right, model="other"), tmp_path / "run")
    changed = (*PROBLEMS[:9], Problem("9", PROBLEMS[9].question, "0"))
    with pytest.raises(RunError, match="fingerprint"):
        run(make_plan(changed), Scripted(right), tmp_path / "run")


def test_a_lost_manifest_is_not_made_up(tmp_path: Path) -> None:
    run(make_plan(), Scripted(right), tmp_path / "run")
    (tmp_path / "run" / "manifest.json").unlink()
    with pytest.raises(RunError, match=r"manifest\.json is missing"):
        run(make_plan(), Scripted(right), tmp_path / "run")


def test_several_samples(tmp_path: Path) -> None:
    engine = Scripted(lambda request: right(request) if request.sample % 2 else "The answer is -1.")
    with pytest.raises(UsageError, match="temperature 0"):
        run(make_plan(n=4), engine, tmp_path / "run")
    assert not (tmp_path / "run").exists()
    run(make_plan(n=4, temperature=1.0), engine, tmp_path / "run")
    row = score_rows(tmp_path / "run")[0]
    assert (row.counts.problems, row.counts.samples, row.counts.correct) == (10, 40, 20)
    assert row.estimates[0].value == 0.5


def test_the_display_sees_every_change(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []

    def observe(progress: Progress) -> None:
        seen.append((progress.answered, progress.graded))

    run(make_plan(), Scripted(right), tmp_path / "run", observe)
    assert len(seen) >= 11  # what is stored together is told together, each verdict by itself
    assert max(seen) == (10, 10)


def test_an_error_in_the_grader_stops_the_run_and_keeps_the_completions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object, **more: object) -> None:
        raise ZeroDivisionError("grader bug")

    with monkeypatch.context() as patch:
        patch.setattr("lemma_eval.running.grading.grade", broken)
        with pytest.raises(ZeroDivisionError, match="grader bug"):
            run(make_plan(), Scripted(right), tmp_path / "run")
    second = Scripted(right)
    run(make_plan(), second, tmp_path / "run")
    assert score_rows(tmp_path / "run")[0].counts.correct == 10
    assert len(second.asked) < 10


def test_a_new_run_that_fails_at_once_leaves_no_trace(tmp_path: Path) -> None:
    def dies(request: Request) -> str:
        raise RuntimeError("no weights")

    for folder in (tmp_path / "new", tmp_path / "empty"):
        if folder.name == "empty":
            folder.mkdir()
        with pytest.raises(RuntimeError, match="no weights"):
            run(make_plan(), Scripted(dies), folder)
    assert not (tmp_path / "new").exists()
    assert list((tmp_path / "empty").iterdir()) == []
    run(make_plan(n=2, temperature=1.0), Scripted(right), tmp_path / "empty")


def test_a_resumed_run_that_fails_at_once_keeps_what_it_has(tmp_path: Path) -> None:
    def one(request: Request) -> str:
        if request.problem is not PROBLEMS[0]:
            raise RuntimeError("died")
        return right(request)

    for _ in range(2):
        with pytest.raises(RuntimeError, match="died"):
            run(make_plan(), Scripted(one), tmp_path / "run")
    assert score_rows(tmp_path / "run")[0].counts.correct == 1


def test_another_policy_grades_anew_without_asking(tmp_path: Path) -> None:
    problems = (Problem("0", "A share?", "1/3"),)
    run(make_plan(problems), Scripted(lambda request: "The answer is 0.3333."), tmp_path / "run")
    assert score_rows(tmp_path / "run")[0].counts.correct == 1
    again = Scripted(right)
    run(replace(make_plan(problems), policy=policy_by_name("strict")), again, tmp_path / "run")
    assert again.asked == []
    (row,) = score_rows(tmp_path / "run")
    assert (row.counts.correct, row.counts.missing) == (0, 0)
    assert "policy:strict/" in row.signature.long
    assert stored(tmp_path / "run")[0].verdict is not None  # the first policy's verdict is still there


def test_a_lost_store_is_not_begun_again(tmp_path: Path) -> None:
    run(make_plan(), Scripted(right), tmp_path / "run")
    (tmp_path / "run" / STORE).unlink()
    with pytest.raises(RunError, match=r"store\.sqlite is missing"):
        run(make_plan(), Scripted(right), tmp_path / "run")


def test_a_run_killed_while_being_planned_shows_what_is_missing(tmp_path: Path) -> None:
    run(make_plan(), Scripted(right), tmp_path / "run")
    with sqlite3.connect(tmp_path / "run" / STORE) as db:
        db.execute("DELETE FROM items WHERE rowid > 4")
    (row,) = score_rows(tmp_path / "run")
    assert row.counts.missing == 6
    assert any("incomplete" in mark for mark in row.marks)


def test_copies_are_counted_over_the_whole_set(tmp_path: Path) -> None:
    copies: dict[str, tuple[int, int]] = {}

    def note(request: Request) -> str:
        assert request.problem is not None
        copies[request.problem.id] = request.copy
        return right(request)

    twice = (Problem("0", "Same?", "4"), Problem("1", "Other?", "5"), Problem("2", "Same?", "4"))
    run(replace(make_plan(twice), shard=(1, 2)), Scripted(note, keyed=True), tmp_path / "run")
    assert copies == {"0": (0, 2), "2": (1, 2)}


def test_results_are_stored_and_graded_while_the_engine_goes_on(tmp_path: Path) -> None:
    """The engine does not give its second answer before the first is on disk, graded."""
    looked: list[tuple[int, int]] = []

    def look_back(request: Request) -> str:
        for _ in range(2000):
            with Store(tmp_path / "run" / STORE, write=False) as store:
                found = store.counts()[1], store.tally(grader_id(POLICY))[1]
            if found == (len(looked), len(looked)):
                break
            time.sleep(0.01)
        looked.append(found)
        return right(request)

    run(make_plan(), Scripted(look_back), tmp_path / "run")
    assert looked == [(number, number) for number in range(10)]


def test_the_plan_is_stored_ahead_of_the_engine_by_a_bounded_number(tmp_path: Path) -> None:
    problems = tuple(Problem(str(i), f"What is {i} + {i}?", str(2 * i)) for i in range(3000))
    planned: list[int] = []

    def look(request: Request) -> str:
        if not planned:
            time.sleep(0.5)  # whatever is to be made ahead is made
            with Store(tmp_path / "run" / STORE, write=False) as store:
                planned.append(store.counts()[0])
        return right(request)

    progress = run(make_plan(problems), Scripted(look), tmp_path / "run")
    assert planned[0] < 1500
    assert (progress.requests, progress.answered) == (3000, 3000)


def test_a_budget_that_is_spent_keeps_what_was_answered(tmp_path: Path) -> None:
    @dataclass(slots=True)
    class Dear(Scripted):
        def generate(self, requests: Iterable[Request]) -> Iterator[Completion | Failure]:
            for number, request in enumerate(requests):
                if number == 4:
                    raise BudgetError("stopped at --max-cost 1.00")
                yield Completion(request.id, right(request), meta={"cost": 0.25})

    seen: list[float] = []
    with pytest.raises(BudgetError, match="stopped"):
        run(make_plan(), Dear(right), tmp_path / "run", lambda progress: seen.append(progress.cost))
    assert max(seen) == 1.0
    assert spent(tmp_path / "run") == 1.0
    assert spent(tmp_path / "none") == 0.0
    row = score_rows(tmp_path / "run")[0]
    assert (row.counts.correct, row.counts.failed, row.counts.missing) == (4, 0, 6)


def test_a_question_that_comes_again_late_is_graded_for_its_own_gold(tmp_path: Path) -> None:
    """It is planned when its completion has long been graded for the first."""
    many = tuple(Problem(str(i), f"What is {i} + {i}?", str(2 * i)) for i in range(700))
    again = (Problem("a", many[0].question, "7"), Problem("b", many[1].question, many[1].answer))
    engine = Scripted(right)
    progress = run(make_plan((*many, *again)), engine, tmp_path / "run")
    assert len(engine.asked) == progress.requests == 700
    found = stored(tmp_path / "run")
    assert [each.verdict and each.verdict.correct for each in found[-2:]] == [False, True]
    assert progress.graded == 702


def test_answers_are_stored_although_the_grader_broke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object, **more: object) -> None:
        raise ZeroDivisionError("grader bug")

    class Paid(Scripted):
        def generate(self, requests: Iterable[Request]) -> Iterator[Completion | Failure]:
            results = list(super().generate(requests))
            yield results[0]
            time.sleep(0.5)  # the grader breaks meanwhile
            yield from results[1:]

    with monkeypatch.context() as patch:
        patch.setattr("lemma_eval.running.grading.grade", broken)
        with pytest.raises(ZeroDivisionError):
            run(make_plan(), Paid(right), tmp_path / "run")
    assert sum(each.completion is not None for each in stored(tmp_path / "run")) >= 1
    assert run(make_plan(), Scripted(right), tmp_path / "run").correct == 10


def test_what_is_pending_is_told_without_asking(tmp_path: Path) -> None:
    engine = Scripted(right)
    with pending(make_plan(), engine, tmp_path / "run") as first:
        ids = [request.id for request in first]
    assert (len(ids), engine.entered) == (10, 0)
    run(make_plan(), Scripted(lambda r: right(r) if r.id in ids[:7] else Failure(r.id, "error", "")), tmp_path / "run")
    with pending(make_plan(), engine, tmp_path / "run") as rest:
        assert [request.id for request in rest] == ids[7:]


def make_work(policy: GradingPolicy | None = None, description: str = "sums") -> Work:
    """Work that is no benchmark run: its own description, and requests from wherever it likes."""

    def requests() -> Iterator[tuple[str, Problem, Request]]:
        for problem in PROBLEMS:
            yield "stage", problem, Request("scripted", problem.question, Sampling(), problem=problem)

    return Work({"stage": description}, len(PROBLEMS), requests, policy)


def test_any_work_is_asked_stored_and_resumed(tmp_path: Path) -> None:
    def dies(request: Request) -> str:
        if request.problem is PROBLEMS[6]:
            raise RuntimeError("engine died")
        return right(request)

    out, engine = tmp_path / "work", Scripted(right)
    with pytest.raises(RuntimeError, match="engine died"):
        carry_out(make_work(), Scripted(dies), out)
    with unanswered(make_work(), engine, out) as rest:
        assert len(list(rest)) == 4
    progress = carry_out(make_work(), engine, out)
    assert len(engine.asked) == 4
    assert (progress.stored, progress.answered, progress.graded) == (6, 4, 0)
    assert [result.verdict for result in stored(out)] == [None] * 10  # without a policy nothing is graded
    with pytest.raises(RunError, match=r'stage is "sums" there, "products" here'):
        carry_out(make_work(description="products"), engine, out)
    progress = carry_out(make_work(POLICY), Scripted(right), out)
    assert (progress.graded, progress.correct) == (10, 10)
