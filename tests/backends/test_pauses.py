"""Engines whose requests are made of their results: pauses, and several calls within one context."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lemma_eval.backend import Backend, BackendOptions, Pausing
from lemma_eval.backends.openai import OpenAI, open_backend
from lemma_eval.backends.vllm import Vllm
from lemma_eval.completion import Completion, Failure
from lemma_eval.errors import BudgetError
from lemma_eval.request import Message, Request, Sampling
from tests.servers.chat_server import Behaviour, serving


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")


def asked(backend: Any, text: str, sample: int = 0) -> Request:
    return Request(backend.model, (Message("user", text),), Sampling(0.7, max_tokens=64), sample)


def followed(backend: Pausing, roots: int, length: int) -> list[Completion | Failure]:
    """Chains of requests, each asked when there is a result for the one before; two samples of each."""
    ready = [(root, 0) for root in range(roots)]
    place: dict[str, tuple[int, int]] = {}
    results: list[Completion | Failure] = []

    def source() -> Iterator[Request | None]:
        while ready or len(place) > len(results):
            if not ready:
                yield None
                continue
            root, step = ready.pop()
            for sample in (0, 1):
                request = asked(backend, f"{root}: {step}", sample)
                place[request.id] = root, step
                yield request

    done: dict[tuple[int, int], int] = {}
    for result in backend.generate(source()):
        results.append(result)
        key = place[result.request_id]
        done[key] = done.get(key, 0) + 1
        if done[key] == 2 and key[1] + 1 < length:
            ready.append((key[0], key[1] + 1))
    assert {result.request_id for result in results} == set(place)
    assert len(results) == len(place) == roots * length * 2
    return results


@pytest.mark.parametrize("n", ["serve", "ignore", "refuse"])
@pytest.mark.parametrize("concurrency", [1, 8])
def test_chains_of_requests_over_a_server(n: str, concurrency: int) -> None:
    with serving(Behaviour(n=n, latency=(0.0, 0.02))) as server:
        backend = open_backend("tiny", BackendOptions(base_url=server.url, concurrency=concurrency))
        with backend:
            results = followed(backend, 5, 4)
        assert {type(result) for result in results} == {Completion}
        if n == "serve":
            assert server.stats.calls == 20  # the samples of a request go together, pauses or not


def test_chains_of_requests_over_vllm(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop of the real engine's backend, with threads in place of the engine."""

    def ask(self: Vllm, run: tuple[Request, ...], results: queue.SimpleQueue[Any]) -> None:
        runs.append(len(run))
        for request in run:
            threading.Timer(0.002, results.put, [Completion(request.id, "x")]).start()

    runs: list[int] = []
    monkeypatch.setattr(Vllm, "_ask", ask)
    config = SimpleNamespace(
        scheduler_config=SimpleNamespace(max_num_seqs=3), parallel_config=SimpleNamespace(data_parallel_size=1)
    )
    backend: Any = Vllm(None, BackendOptions(), {}, None, "m", "m", {}, "1", True)  # type: ignore[arg-type]
    backend._engine, backend._loop = SimpleNamespace(vllm_config=config), SimpleNamespace(cancel_all=lambda: None)
    assert isinstance(backend, Pausing)
    followed(backend, 5, 4)
    assert runs == [2] * 20
    assert list(backend.generate(iter([None, None]))) == []
    assert len(list(backend.generate(iter([asked(backend, "one"), None, asked(backend, "two")])))) == 2


def one_after_the_other(backend: Backend, portions: Iterable[list[Request]]) -> list[Completion | Failure]:
    with backend:
        return [result for portion in portions for result in backend.generate(iter(portion))]


def test_a_budget_and_a_limit_go_on_over_several_calls() -> None:
    with serving() as server:
        options = BackendOptions(base_url=server.url, concurrency=4, price="0,100000", max_cost=10.0)
        backend = open_backend("tiny", options)
        portions = [[asked(backend, f"{part}: {n}") for n in range(3)] for part in range(9)]
        results: list[Completion | Failure] = []
        calls = chain.from_iterable(backend.generate(iter(portion)) for portion in portions)  # 0.8 a call
        with backend, pytest.raises(BudgetError):
            results.extend(calls)
        assert backend.budget is not None
        costs = [result.meta["cost"] for result in results if isinstance(result, Completion)]
        assert len(costs) == server.stats.calls > 3
        assert backend.budget.spent == pytest.approx(sum(costs)) == pytest.approx(0.8 * len(costs))
        assert backend.budget.spent <= 10
        assert backend.throttle.in_flight == 0


def test_every_engine_can_be_called_again(checkpoint: Path, tmp_path: Path) -> None:
    from lemma_eval.backends import replay, transformers
    from lemma_eval.problem import Problem

    local = transformers.open_backend(str(checkpoint), BackendOptions(device="cpu", dtype="float32", batch_size=2))
    asked_of_it = [Request(local.model, f"{n}+1=", Sampling(max_tokens=4)) for n in range(6)]
    together = {each.request_id: each for each in one_after_the_other(local, [asked_of_it])}
    apart = {each.request_id: each for each in one_after_the_other(local, [asked_of_it[:3], [], asked_of_it[3:]])}
    assert apart == together
    assert len(together) == 6

    (tmp_path / "rows.jsonl").write_text('{"question": "a", "completion": "x"}\n{"question": "b", "completion": "y"}\n')
    recorded = replay.open_backend(str(tmp_path / "rows.jsonl"), BackendOptions())
    both = [Request(recorded.model, "", Sampling(), key=f"q/{n}", problem=Problem(n, n, "")) for n in "ab"]
    found = one_after_the_other(recorded, [both[:1], both[1:]])
    assert [each.text for each in found if isinstance(each, Completion)] == ["x", "y"]


def test_results_of_a_batch_need_no_pauses(tmp_path: Path) -> None:
    server: OpenAI = open_backend("tiny", BackendOptions(base_url="http://127.0.0.1:9/v1"))
    body = {"model": "tiny", "choices": [{"index": 0, "message": {"content": "x"}, "finish_reason": "stop"}]}
    line = {"custom_id": asked(server, "one").id, "response": {"status_code": 200, "body": body}, "error": None}
    (tmp_path / "results.jsonl").write_text(json.dumps(line) + "\n")
    options = BackendOptions(base_url="http://127.0.0.1:9/v1", batch_import=(tmp_path / "results.jsonl",))
    with open_backend("tiny", options) as backend:
        results = list(backend.generate(iter([asked(server, "one"), None, asked(server, "two")])))
    assert [type(result) for result in results] == [Completion, Failure]
