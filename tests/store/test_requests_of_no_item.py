"""Requests that no benchmark plans: noted, answered and looked up many at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from lemma_eval.completion import Completion, Failure
from lemma_eval.problem import Problem
from lemma_eval.request import Message, Request, Sampling
from lemma_eval.store import Store

MANY = 1234  # more than one query looks up


def asked(number: int, sample: int = 0, model: str = "m@0") -> Request:
    return Request(model, (Message("user", f"{number}+1?"),), Sampling(0.7), sample)


def test_noted_requests_are_known_and_belong_to_no_benchmark(tmp_path: Path) -> None:
    requests = [asked(number, sample) for number in range(3) for sample in range(2)]
    with Store(tmp_path / "store.sqlite") as store:
        store.note(requests)
        store.note([*requests, asked(3)])
        assert store.counts() == (7, 0, 0)
        assert store.asked(requests[3].id) == (requests[3].prompt, requests[3].sampling)
        store.plan([("b", Problem("1", "1+1?", "2"), asked(1))])  # the same request, by another way
        assert store.counts() == (7, 0, 0)
        store.note([])


def test_completions_are_looked_up_in_bulk(tmp_path: Path) -> None:
    requests = [asked(number) for number in range(MANY)]
    made = {request.id: Completion(request.id, f"text {n}", meta={"n": n}) for n, request in enumerate(requests)}
    with Store(tmp_path / "store.sqlite") as store:
        store.note(requests)
        for start in range(0, MANY, 200):
            store.add_all(list(made.values())[start : start + 200])
        assert store.completions([request.id for request in requests] + ["absent"]) == made
        assert store.completions([requests[7].id] * 2) == {requests[7].id: made[requests[7].id]}
        assert store.completions([]) == {}
    with Store(tmp_path / "store.sqlite", write=False) as store:
        assert store.completions([requests[-1].id]) == {requests[-1].id: made[requests[-1].id]}


def test_failures_are_looked_up_until_there_is_a_completion(tmp_path: Path) -> None:
    one, two, three = (asked(number) for number in range(3))
    with Store(tmp_path / "store.sqlite") as store:
        store.note([one, two, three])
        store.add_all([Failure(one.id, "error", "no"), Failure(two.id, "refused", "never")])
        store.add(Failure(one.id, "prompt_too_long", "12"))
        ids = [one.id, two.id, three.id]
        expected = {one.id: Failure(one.id, "prompt_too_long", "12"), two.id: Failure(two.id, "refused", "never")}
        assert store.failures_of(ids) == expected
        store.add(Completion(one.id, "after all"))
        assert store.failures_of(ids) == {two.id: expected[two.id]}
        assert store.failures_of([]) == {}


def test_cost_is_told_by_model(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        student, teacher = [asked(n) for n in range(3)], [asked(n, model="t@0") for n in range(2)]
        store.note([*student, *teacher])
        assert (store.cost(), store.cost("t@0")) == (0.0, 0.0)
        store.add_all([Completion(each.id, "x", meta={"cost": 0.25}) for each in student])
        store.add_all([Completion(each.id, "x", meta={"cost": 4.0, "other": 1}) for each in teacher[:1]])
        store.add(Completion(teacher[1].id, "free"))
        assert store.cost() == pytest.approx(4.75)
        assert store.cost("m@0") == pytest.approx(0.75)
        assert store.cost("t@0") == pytest.approx(4.0)
        assert store.cost("nobody") == 0.0


@pytest.mark.parametrize("result", [Completion(asked(2).id, "3"), Failure(asked(2).id, "error", "gone")])
def test_what_was_heard_on_behalf_of_no_benchmark(result: Completion | Failure, tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        store.plan([("b", Problem("1", "1+1?", "2"), asked(1))])
        store.note([asked(2)])
        store.add(Completion(asked(1).id, "2"))
        assert not store.heard_for_none()  # asked, but not heard of
        store.add(result)
        assert store.heard_for_none()
