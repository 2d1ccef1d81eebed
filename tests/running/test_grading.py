"""Grading beside generation: a real store, a real thread, the real grader."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from lemma_eval.answers import GRADER_NAME, GRADER_VERSION, PRESETS, GradingPolicy, Verdict
from lemma_eval.backend import BackendOptions
from lemma_eval.backends.replay import open_backend
from lemma_eval.completion import Completion, Failure
from lemma_eval.errors import RunError
from lemma_eval.problem import Problem
from lemma_eval.problem_set import load
from lemma_eval.protocols import RECORDED
from lemma_eval.request import Request, Sampling
from lemma_eval.result import GraderId
from lemma_eval.running.grading import Grading, grader_id, judge, policy_of
from lemma_eval.running.plan import RunPlan
from lemma_eval.running.runner import run
from lemma_eval.scores.scoring import score_rows
from lemma_eval.shots import NO_SHOTS
from lemma_eval.store import Store

DEFAULT = PRESETS["default"]


def asked(number: int) -> Request:
    return Request("m@0", f"{number}+1?", Sampling())


def planned(store: Store, *numbers: int) -> list[Request]:
    rows = [("b", Problem(str(number), f"{number}+1?", str(number + 1)), asked(number)) for number in numbers]
    store.plan(rows)
    return [request for _, _, request in rows]


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_preset_is_graded_under_its_own_name(name: str) -> None:
    expected = GraderId(GRADER_NAME, GRADER_VERSION, name, PRESETS[name].version)
    assert grader_id(PRESETS[name]) == expected


def test_a_changed_policy_has_an_identity_of_its_own() -> None:
    posing = replace(DEFAULT, rel_tolerance=0.5)  # calls itself default
    own, other = GradingPolicy("own", rel_tolerance=0.5), GradingPolicy("own", rel_tolerance=0.25)
    keys = {grader_id(policy).key() for policy in (DEFAULT, posing, own, other)}
    assert len(keys) == 4
    assert grader_id(own) == grader_id(GradingPolicy("own", rel_tolerance=0.5))


@pytest.mark.parametrize(
    ("problem", "text", "correct"),
    [
        (Problem("0", "1+1?", "2", "number"), "The answer is 2.", True),
        (Problem("0", "1+1?", "2", "number"), "The answer is 3.", False),
        (Problem("0", "1+1?", "3", "number", accepted=("2",)), "The answer is 2.", True),
        (Problem("0", "Which?", "B", "choice", choices=("3", "4")), "The answer is (B).", True),
        (Problem("0", "Which?", "B", "choice", choices=("3", "4")), "The answer is (A).", False),
        (Problem("0", "1+1?", "2", "number"), "", False),
        (Problem("0", "1+1?", "2", "number", prefix="The answer is "), "2.", True),
        (Problem("0", "1+1?", "2", "number", prefix="The answer is 3. "), "No, the answer is 2.", True),
        (Problem("0", "1+1?", "2", "number", prefix="The answer is 2. "), "No, the answer is 3.", False),
    ],
)
def test_a_completion_is_judged_by_its_problem(problem: Problem, text: str, correct: bool) -> None:
    assert judge(problem, Completion("r", text), DEFAULT).correct is correct


def test_a_span_is_in_beginning_and_completion_together() -> None:
    verdict = judge(Problem("0", "1+1?", "2", prefix="So 1 + 1.\n"), Completion("r", "The answer is 2."), DEFAULT)
    assert verdict.span is not None
    assert "So 1 + 1.\nThe answer is 2."[slice(*verdict.span)] == "2"


@pytest.mark.parametrize("policy", [*PRESETS.values(), GradingPolicy("own", rel_tolerance=0.5)])
def test_a_recorded_policy_is_found_again(policy: GradingPolicy) -> None:
    recorded = {**asdict(policy), "version": grader_id(policy).policy_version}
    assert policy_of(json.loads(json.dumps(recorded))) == policy


@pytest.mark.parametrize("change", [{"version": "0"}, {"name": "lost"}, {"colour": "red"}, {"rel_tolerance": 0.1}])
def test_a_recorded_policy_of_another_version_is_refused(change: dict[str, object]) -> None:
    policy = GradingPolicy("own", rel_tolerance=0.5)
    recorded = {**asdict(policy), "version": grader_id(policy).policy_version, **change}
    with pytest.raises(RunError, match="has no grading policy"):
        policy_of(recorded)


def test_everything_put_in_is_graded_on_leaving(tmp_path: Path) -> None:
    seen: list[Verdict] = []
    with Store(tmp_path / "store.sqlite") as store:
        requests = planned(store, *range(30))
        with Grading(store, DEFAULT, seen.append) as grading:
            for number, request in enumerate(requests):
                store.add(Completion(request.id, f"The answer is {number + 1 + (number % 3 == 0)}."))
                grading.wake()
        assert store.tally(grader_id(DEFAULT)) == (30, 30, 20)
    assert len(seen) == 30
    assert sum(verdict.correct is True for verdict in seen) == 20


def test_every_problem_of_a_shared_request_is_graded_by_its_own_gold(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        request = asked(1)
        store.plan([("a", Problem("0", "1+1?", "2"), request), ("b", Problem("0", "1+1?", "3"), request)])
        store.add(Completion(request.id, "The answer is 2."))
        with Grading(store, DEFAULT, lambda verdict: None) as grading:
            grading.wake()
        found = list(store.results(grader_id(DEFAULT)))
        assert [each.verdict and each.verdict.correct for each in found] == [True, False]


def test_a_request_without_a_completion_is_passed_over(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        (request,) = planned(store, 1)
        store.add(Failure(request.id, "refused", "busy"))
        with Grading(store, DEFAULT, lambda verdict: None) as grading:
            grading.wake()
        assert store.tally(grader_id(DEFAULT)) == (1, 0, 0)


def test_an_error_in_the_thread_is_raised_on_leaving(tmp_path: Path) -> None:
    def refuse(verdict: Verdict) -> None:
        raise RuntimeError("observer broke")

    with Store(tmp_path / "store.sqlite") as store:
        (request,) = planned(store, 1)
        store.add(Completion(request.id, "The answer is 2."))
        with pytest.raises(RuntimeError, match="observer broke"), Grading(store, DEFAULT, refuse) as grading:
            grading.wake()


def test_what_an_interrupt_left_ungraded_is_graded_later(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        requests = planned(store, *range(20))
        for request in requests:
            store.add(Completion(request.id, "The answer is 1."))
        with contextlib.suppress(KeyboardInterrupt), Grading(store, DEFAULT, lambda verdict: None) as grading:
            grading.wake()
            raise KeyboardInterrupt
        with Grading(store, DEFAULT, lambda verdict: None):
            pass
        assert store.tally(grader_id(DEFAULT)) == (20, 20, 1)


def test_a_run_under_a_policy_file_shows_its_own_verdicts(tmp_path: Path) -> None:
    rows = tmp_path / "own.jsonl"
    rows.write_text(json.dumps({"question": "10?", "answer": "10", "completion": "The answer is 10.4."}) + "\n")
    policy = GradingPolicy("loose", rel_tolerance=0.1)
    plan = RunPlan((load(str(rows)),), RECORDED, {rows.name: NO_SHOTS}, RECORDED.sampling, policy)
    run(plan, open_backend(str(rows), BackendOptions()), tmp_path / "out")
    (row,) = score_rows(tmp_path / "out")
    assert (row.counts.missing, row.estimates[0].value) == (0, 1.0)
    assert "|policy:loose/2+" in row.signature.long
