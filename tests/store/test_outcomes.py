"""Outcomes and single results as the store gives them back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.answers.verdict import Verdict
from lemma_eval.completion import Completion, Failure
from lemma_eval.errors import RunError
from lemma_eval.outcomes import Outcome
from lemma_eval.problem import Problem
from lemma_eval.request import Message, Request, Sampling
from lemma_eval.result import GraderId
from lemma_eval.store import Store

GRADER = GraderId("g", "1", "default", "1")
OTHER = GraderId("other", "2", "-", "-")
CHAT = (Message("system", "Be brief."), Message("user", "2+1?"))


def request(number: int, sample: int) -> Request:
    return Request("m@0", f"{number}+1?", Sampling(0.7, 0.9, 32, ("Q:",)), sample)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Two problems of three samples: right, unknown and cut, failed; wrong, not graded, not asked."""
    store = Store(tmp_path / "store.sqlite")
    problems = {n: Problem(str(n), f"{n}+1?", str(n + 1), "number", meta={"level": str(n)}) for n in (1, 2)}
    store.plan([("b", problems[n], request(n, sample)) for n in problems for sample in range(3)])
    store.add_all(
        [
            Completion(request(1, 0).id, "It is 2", "stop", 5, 3),
            Completion(request(1, 1).id, "2^2^2^2^2", "length"),
            Failure(request(1, 2).id, "refused", "no"),
            Completion(request(2, 0).id, "four", "stop"),
            Completion(request(2, 1).id, "3", "stop"),
        ]
    )
    items = {result.item.request_id: result.item for result in store.results(GRADER)}
    verdicts = [
        (items[request(1, 0).id], Verdict(True, "2", (6, 7), "same-text", "equal"), 0.1),
        (items[request(1, 1).id], Verdict(None, "2^2^2^2^2", (0, 9), "limit", "too large"), 0.1),
        (items[request(2, 0).id], Verdict(False, None, None, "none", "no answer", parsed=False), 0.1),
    ]
    store.add_verdicts(GRADER, verdicts)
    store.add_verdicts(OTHER, verdicts[:1])
    return store


def test_outcomes_come_problem_by_problem_in_order(store: Store) -> None:
    with store:
        one, two = store.outcomes(GRADER, "b")
        assert (one.id, two.id) == ("1", "2")
        assert (one.kind, one.choices, one.meta) == ("number", None, {"level": "1"})
        assert one.digest == Problem("1", "1+1?", "2", "number").digest
        assert one.outcomes == (
            Outcome(1, 0, "graded", True, True, "2", "same-text", False, 3, 7),
            Outcome(2, 1, "graded", None, True, "2^2^2^2^2", "limit", True, None, 9),
            Outcome(3, 2, "failed"),
        )
        assert two.outcomes == (
            Outcome(4, 0, "graded", False, False, None, "none", False, None, 4),
            Outcome(5, 1, "ungraded", characters=1),
            Outcome(6, 2, "missing"),
        )
        assert [outcome.settled for outcome in (*one.outcomes, *two.outcomes)] == [True] * 4 + [False] * 2
        assert [outcome.right for outcome in one.outcomes] == [True, False, False]
        assert list(store.outcomes(GRADER, "another")) == []


def test_another_grader_has_outcomes_of_its_own(store: Store) -> None:
    with store:
        one, two = store.outcomes(OTHER, "b")
        assert [outcome.state for outcome in one.outcomes] == ["graded", "ungraded", "failed"]
        assert [outcome.state for outcome in two.outcomes] == ["ungraded", "ungraded", "missing"]
        assert store.graders() == [GRADER, OTHER]


def test_single_results_come_in_the_order_asked_for(store: Store) -> None:
    with store:
        whole = list(store.results(GRADER))
        assert store.results_at(GRADER, [4, 1, 99]) == [whole[3], whole[0]]
        assert store.results_at(GRADER, []) == []


def test_what_was_asked_comes_back_as_it_was(tmp_path: Path) -> None:
    chat = Request("m@0", CHAT, Sampling(0.7, 0.9, 32, ("Q:",)))
    with Store(tmp_path / "store.sqlite") as store:
        store.plan([("b", Problem("1", "1+1?", "2"), request(1, 2)), ("b", Problem("2", "2+1?", "3"), chat)])
        assert store.asked(request(1, 2).id) == ("1+1?", Sampling(0.7, 0.9, 32, ("Q:",)))
        assert store.asked(chat.id) == (CHAT, chat.sampling)
        with pytest.raises(RunError, match="holds no request absent"):
            store.asked("absent")


NAMES = st.text(st.characters(exclude_characters="/"), min_size=1)


@given(NAMES, NAMES, st.text(), NAMES)
def test_a_grader_is_known_by_its_key(grader: str, version: str, policy: str, policy_version: str) -> None:
    identity = GraderId(grader, version, policy, policy_version)
    assert GraderId.of_key(identity.key()) == identity
