"""The backend openai against a real server that misbehaves."""

from __future__ import annotations

import itertools
import json
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lemma_eval.answers import policy_by_name
from lemma_eval.backend import BackendOptions, BatchWriter
from lemma_eval.backends.openai import OpenAI, open_backend
from lemma_eval.backends.openai.errors import one_line
from lemma_eval.backends.openai.request import completions
from lemma_eval.calling.retrying import Retry
from lemma_eval.completion import Completion, Failure
from lemma_eval.errors import BudgetError, DataError, LemmaEvalError, ModelError, PluginError, UsageError
from lemma_eval.problem import Problem
from lemma_eval.problem_set import ProblemSet, fingerprint
from lemma_eval.protocols import LLEMMA
from lemma_eval.request import Message, Request, Sampling
from lemma_eval.running.grading import grader_id
from lemma_eval.running.plan import RunPlan
from lemma_eval.running.runner import STORE, run
from lemma_eval.shots import NO_SHOTS
from lemma_eval.store import Store
from tests.servers.chat_server import Behaviour, Served, serving

KEY = "sk-planted-0123456789-do-not-tell"
QUICK = Retry(first=0.01, longest=0.02)
Result = Completion | Failure


@pytest.fixture(autouse=True)
def _planted_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.fixture
def server() -> Iterator[Served]:
    with serving() as served:
        yield served


def opened(server: Served, retry: Retry = QUICK, **options: Any) -> OpenAI:
    backend = open_backend("tiny", BackendOptions(**{"base_url": server.url, "concurrency": 8, **options}))
    backend.retry = replace(retry, attempts=backend.retry.attempts)
    return backend


def chat(backend: OpenAI, count: int, samples: int = 1, **sampling: Any) -> list[Request]:
    asked = Sampling(**{"temperature": 0.7, "max_tokens": 64, **sampling})
    pairs = itertools.product(range(count), range(samples))
    return [Request(backend.model, (Message("user", f"Question {i}?"),), asked, k) for i, k in pairs]


def answers(backend: OpenAI, requests: list[Request]) -> list[Result]:
    with backend:
        results = list(backend.generate(iter(requests)))
    assert sorted(result.request_id for result in results) == sorted(request.id for request in requests)
    return results


def only(results: list[Result]) -> Result:
    (result,) = results
    return result


def test_a_chat_is_asked_and_its_reply_read(server: Served) -> None:
    backend = opened(server)
    result = only(answers(backend, chat(backend, 1)))
    assert isinstance(result, Completion)
    assert (result.finish_reason, result.prompt_tokens, result.completion_tokens) == ("stop", 2, 8)
    assert result.text.startswith("It is so. The answer is")
    assert result.meta == {"system_fingerprint": "fp_test"}


def test_a_text_is_continued(server: Served) -> None:
    backend = opened(server)
    request = Request(backend.model, "Q: How many?\nA:", Sampling(stop=("\n\n", "The answer")))
    result = only(answers(backend, [request]))
    assert isinstance(result, Completion)
    assert (result.text, result.finish_reason) == ("It is so. ", "stop")


def test_samples_of_a_prompt_come_from_one_call(server: Served) -> None:
    backend = opened(server)
    results = answers(backend, chat(backend, 3, samples=5))
    assert server.stats.calls == 3
    assert {type(result) for result in results} == {Completion}
    totals = [result.meta.get("completion_tokens_of_call") for result in results if isinstance(result, Completion)]
    assert sorted(filter(None, totals)) == [40, 40, 40]


@pytest.mark.parametrize("manner", ["ignore", "refuse"])
def test_a_server_without_n_is_asked_singly(server: Served, manner: str) -> None:
    server.behaviour.n = manner
    backend = opened(server, concurrency=1)
    results = answers(backend, chat(backend, 6, samples=4))
    assert {type(result) for result in results} == {Completion}
    assert server.stats.statuses[200] + server.stats.statuses[400] <= 24 + 8  # it is remembered


def test_an_error_that_passes_does_not_turn_n_off(server: Served) -> None:
    server.behaviour.errors = 0.3
    backend = opened(server, concurrency=1)
    results = answers(backend, chat(backend, 20, samples=8))
    assert {type(result) for result in results} == {Completion}
    assert server.stats.statuses[200] < 60


def test_n_can_be_turned_off(server: Served) -> None:
    backend = opened(server, engine_args={"n": "off"})
    answers(backend, chat(backend, 2, samples=3))
    assert server.stats.calls == 6


@pytest.mark.parametrize(
    "trouble",
    [
        {"errors": 0.4},
        {"cut_headers": 0.4},
        {"cut_body": 0.4},
        {"malformed": 0.4},
        {"empty": 0.4},
        {"most_in_flight": 3, "retry_after": "ms", "latency": (0.02, 0.05)},
        {"per_minute": 3000, "burst": 5, "retry_after": "ms"},
    ],
)
def test_what_passes_is_asked_again(server: Served, trouble: dict[str, Any]) -> None:
    backend = opened(server, Retry(first=0.005, longest=0.01), engine_args={"attempts": "30"})
    for name, value in trouble.items():
        setattr(server.behaviour, name, value)
    results = answers(backend, chat(backend, 40))
    assert {type(result) for result in results} == {Completion}
    assert server.stats.calls > 40
    assert set(server.stats.answered.values()) == {1}


@pytest.mark.parametrize("told", ["seconds", "date", "none"])
def test_it_waits_as_the_server_says(server: Served, told: str) -> None:
    server.behaviour.per_minute, server.behaviour.burst, server.behaviour.retry_after = 600, 2, told
    backend = opened(server)
    results = answers(backend, chat(backend, 6))
    assert {type(result) for result in results} == {Completion}
    assert server.stats.statuses[429] >= 1


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ({"errors": 1.0}, "given up after 3 attempts: status 500: the engine stumbled"),
        ({"cut_headers": 1.0}, "given up after 3 attempts: the connection failed"),
        ({"cut_body": 1.0}, "given up after 3 attempts: the connection failed"),
        ({"malformed": 1.0}, "given up after 3 attempts: malformed reply: the reply is not a JSON object"),
        ({"empty": 1.0}, "given up after 3 attempts: malformed reply: the reply has no choices"),
        ({"hang": 1.0}, "given up after 3 attempts: no answer within 1 seconds"),
    ],
)
def test_what_does_not_pass_is_a_failure(server: Served, trouble: dict[str, Any], words: str) -> None:
    for name, value in trouble.items():
        setattr(server.behaviour, name, value)
    backend = opened(server, engine_args={"attempts": "3", "timeout": "1"})
    result = only(answers(backend, chat(backend, 1)))
    assert isinstance(result, Failure)
    assert result.reason == "error"
    assert words in result.message
    assert server.stats.calls == 3


@pytest.mark.parametrize("status", [400, 403, 422])
def test_another_4xx_is_refused_at_once_and_the_key_is_not_told(server: Served, status: int) -> None:
    server.behaviour.status = status
    backend = opened(server)
    result = only(answers(backend, chat(backend, 1)))
    assert isinstance(result, Failure)
    assert result.reason == "refused"
    assert f"status {status}: as you wished (Bearer [key])" in result.message
    assert server.stats.calls == 1


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (400, "context_length_exceeded", "too much"),
        (400, "", "This model's maximum context length is 2048 tokens. However, you requested 4000 tokens"),
        (400, "", "The decoder prompt (length 3000) is longer than the maximum model length of 2048."),
        (400, "exceed_context_size_error", "request exceeds the available context size"),
        (400, "", "prompt is too long: 210000 tokens > 200000 maximum"),
        (413, "", "Payload"),
    ],
)
def test_a_prompt_that_is_too_long(server: Served, status: int, code: str, message: str) -> None:
    server.behaviour.status, server.behaviour.code, server.behaviour.message = status, code, message
    backend = opened(server)
    results = answers(backend, chat(backend, 1, samples=2))
    assert [result.reason for result in results if isinstance(result, Failure)] == ["prompt_too_long"] * 2


def test_reasoning_and_refusals_are_kept_apart(server: Served) -> None:
    backend = opened(server)
    server.behaviour.reasoning = True
    thought = only(answers(backend, chat(backend, 1)))
    server.behaviour.refusal = True
    refused = only(answers(backend, chat(backend, 1)))
    assert isinstance(thought, Completion)
    assert isinstance(refused, Completion)
    assert (thought.reasoning, thought.text[:9]) == ("Let me think.", "It is so.")
    assert (refused.text, refused.meta["refusal"]) == ("", "I will not.")


@pytest.mark.parametrize(
    ("served", "noted"),
    [("", False), ("tiny-2024-07-18", False), ("models/tiny", False), ("tiny-large", True), ("other", True)],
)
def test_another_model_than_asked_is_noted(server: Served, served: str, noted: bool) -> None:
    server.behaviour.served = served
    backend = opened(server)
    result = only(answers(backend, chat(backend, 1)))
    assert isinstance(result, Completion)
    assert result.meta.get("served_model") == (served if noted else None)


def test_an_empty_account_stops_the_run_after_what_is_in_flight(server: Served) -> None:
    server.behaviour.quota = 5
    server.behaviour.latency = (0.05, 0.1)
    backend = opened(server)
    results: list[Result] = []
    with backend, pytest.raises(ModelError, match="the account has nothing left") as caught:
        results.extend(backend.generate(iter(chat(backend, 200))))
    assert len(results) == server.stats.statuses[200] == 5
    assert server.stats.calls < 40
    assert "\n" not in str(caught.value)


def test_a_server_that_only_puts_off_is_left(server: Served) -> None:
    server.behaviour.status, server.behaviour.code = 429, "rate_limit_exceeded"
    backend = opened(server, Retry(patience=0.5))
    with backend, pytest.raises(ModelError, match="has put off all calls"):
        list(backend.generate(iter(chat(backend, 5))))


def test_a_server_that_goes_away_stops_the_run() -> None:
    with serving() as server:
        backend = opened(server)
        with backend:
            requests = iter(chat(backend, 500))
            results = backend.generate(requests)
            assert isinstance(next(results), Completion)
            server.behaviour.cut_headers = 1.0
            server.behaviour.latency = (0.01, 0.02)
            server.stop_listening()
            with pytest.raises(ModelError, match="does not answer"):
                list(results)


def test_closing_leaves_no_thread_and_no_call(server: Served) -> None:
    server.behaviour.latency = (0.01, 0.3)
    backend = opened(server)
    with backend:
        results = backend.generate(iter(chat(backend, 100)))
        next(results)
        results.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name == "in-flight"]
    assert backend.throttle.in_flight == 0


def test_requests_are_pulled_lazily(server: Served) -> None:
    backend = opened(server, concurrency=4)
    pulled = 0

    def requests() -> Iterator[Request]:
        nonlocal pulled
        for request in chat(backend, 100):
            pulled += 1
            yield request

    with backend:
        for seen, _ in enumerate(backend.generate(requests())):
            assert pulled <= seen + 2 * 4 + 2
    assert server.stats.max_in_flight <= 4


# --- opening ---------------------------------------------------------------------------------------------------------


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        backend = open_backend("tiny", BackendOptions(base_url=url))
        with pytest.raises(ModelError, match="the server does not answer") as caught:
            backend.__enter__()
    assert url in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_model_the_server_does_not_have(server: Served) -> None:
    server.behaviour.models = tuple(f"model-{i:02}" for i in range(15))
    with pytest.raises(ModelError, match=r"has no model 'tiny'; it has model-00, .*, model-09 and 5 more$"):
        opened(server).__enter__()


def test_a_name_that_is_only_the_end_of_a_model_is_not_that_model(server: Served) -> None:
    server.behaviour.models = ("org/tiny", "tiny-2024-07-18x")
    with pytest.raises(ModelError, match="has no model 'tiny'; it has org/tiny"), opened(server):
        pass
    server.behaviour.models = ("tiny-2024-07-18",)
    with opened(server):
        pass


def test_counts_that_no_column_holds_are_none(server: Served) -> None:
    run = [Request("m", (Message("user", "?"),), Sampling())]
    reply = {"choices": [{"index": 0, "message": {"content": "4"}}], "usage": {"completion_tokens": 2**70}}
    assert completions(run, reply, "tiny")[0].completion_tokens is None


@pytest.mark.parametrize("name", ["temperature", "seed", "max_tokens"])
def test_extra_body_leaves_the_runs_own_parameters_alone(server: Served, name: str) -> None:
    with pytest.raises(UsageError, match=f"must not hold '{name}'"):
        opened(server, engine_args={"extra_body": json.dumps({name: 1})})


def test_without_a_key_messages_are_left_as_they_are() -> None:
    assert one_line("none of these models: none", "none") == "none of these models: none"
    assert one_line("bad key sk-1", "sk-1") == "bad key [key]"


def test_a_server_without_a_list_of_models_is_fine(server: Served) -> None:
    server.behaviour.has_models = False
    backend = opened(server)
    assert isinstance(only(answers(backend, chat(backend, 1))), Completion)


def test_an_address_without_v1(server: Served) -> None:
    backend = open_backend("tiny", BackendOptions(base_url=server.url.removesuffix("/v1")))
    with pytest.raises(ModelError, match=f"give --base-url {server.url}"):
        backend.__enter__()


def test_a_key_the_server_refuses(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    server.behaviour.key = "another"
    with pytest.raises(ModelError, match="the server refuses the key in OPENAI_API_KEY") as caught:
        opened(server).__enter__()
    assert KEY not in str(caught.value)
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(ModelError, match="the server wants a key; set OPENAI_API_KEY"):
        opened(server).__enter__()


def test_a_key_refused_later_stops_the_run(server: Served) -> None:
    backend = opened(server)
    with backend:
        server.behaviour.key = "another"
        with pytest.raises(ModelError, match="refuses the key") as caught:
            list(backend.generate(iter(chat(backend, 50))))
    assert KEY not in str(caught.value)
    assert server.stats.calls <= 8


def test_openai_itself_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(ModelError, match="OPENAI_API_KEY is not set"):
        open_backend("gpt", BackendOptions()).__enter__()


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("HTTP://LocalHost:8000/v1/", "http://localhost:8000/v1"),
        ("https://api.example.com:443/v1", "https://api.example.com/v1"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
        (None, "https://api.openai.com/v1"),
    ],
)
def test_one_server_has_one_identity(given: str | None, taken: str) -> None:
    backend = open_backend("a/b", BackendOptions(base_url=given))
    assert (backend.model, backend.label) == (f"openai:{taken}:a/b", "a/b")
    assert backend.settings == {"base_url": taken}
    assert isinstance(backend, BatchWriter)


def test_a_server_that_has_moved_is_still_the_one_it_was(server: Served) -> None:
    moved = opened(server, engine_args={"known_as": "http://elsewhere:9999/v1/"})
    before = open_backend("tiny", BackendOptions(base_url="http://elsewhere:9999/v1"))
    assert (moved.model, moved.settings) == (before.model, before.settings)
    with moved:
        assert isinstance(next(iter(moved.generate([Request(moved.model, "2 + 2 =", Sampling())]))), Completion)
    with pytest.raises(UsageError, match=r"^--engine-arg known_as 'elsewhere' is no address"):
        opened(server, engine_args={"known_as": "elsewhere"})


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"base_url": f"http://me:{KEY}@host/v1"}, UsageError, "user or password"),
        ({"base_url": f"http://host/v1?key={KEY}"}, UsageError, "no \\?query"),
        ({"base_url": "localhost:8000"}, UsageError, "no address"),
        ({"base_url": "http://host:port/v1"}, UsageError, "no address"),
        ({"max_cost": 1.0}, UsageError, "needs a --price"),
        ({"max_cost": 1.0, "price": "1,2", "engine_args": {"omit": "max_tokens"}}, UsageError, "limit of new tokens"),
        ({"concurrency": 0}, UsageError, "--concurrency must be at least 1"),
        ({"tensor_parallel": 2}, UsageError, "takes no --tensor-parallel"),
        ({"engine_args": {"omitt": "stop"}}, PluginError, "did you mean omit"),
        ({"engine_args": {"omit": "stopp"}}, UsageError, "not a parameter"),
        ({"engine_args": {"extra_body": "[1]"}}, UsageError, "must be a JSON object"),
        ({"engine_args": {"extra_body": '{"stream": true}'}}, UsageError, "must not hold 'stream'"),
        ({"engine_args": {"extra_body": f'{{"k": "{KEY}"}}'}}, UsageError, "holds the key"),
        ({"engine_args": {"attempts": "many"}}, UsageError, "whole number"),
        ({"engine_args": {"n": "0"}}, UsageError, "whole number"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any], error: type[LemmaEvalError], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        open_backend("tiny", BackendOptions(**options))
    assert KEY not in str(caught.value)


def test_the_environment_gives_the_address(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.url + "/")
    assert open_backend("tiny", BackendOptions()).settings == {"base_url": server.url}


# --- money -----------------------------------------------------------------------------------------------------------


def test_what_a_call_costs_is_noted(server: Served) -> None:
    backend = opened(server, price="1000000,100000")
    first, *others = answers(backend, chat(backend, 1, samples=3))
    assert isinstance(first, Completion)
    assert sum("cost" in each.meta for each in [first, *others] if isinstance(each, Completion)) == 1
    assert backend.budget is not None
    assert backend.budget.spent == pytest.approx(2 * 1 + 24 * 0.1)


def test_the_budget_is_never_exceeded_and_all_that_was_paid_for_is_kept(server: Served) -> None:
    server.behaviour.latency = (0.0, 0.03)
    backend = opened(server, price="0,100000", max_cost=20.0, spent=1.0)  # 0.8 a call, 6.4 at worst
    results: list[Result] = []
    with backend, pytest.raises(BudgetError, match=r"stopped at --max-cost 20.00: about 1\d.\d\d USD spent"):
        results.extend(backend.generate(iter(chat(backend, 500))))
    assert backend.budget is not None
    assert len(results) == server.stats.statuses[200]
    assert backend.budget.spent == pytest.approx(1.0 + 0.8 * len(results))
    assert 20 - 6.4 < backend.budget.spent <= 20


@pytest.mark.parametrize("trouble", [{"usage": False}, {"cut_body": 0.4}, {"malformed": 0.4}])
def test_what_is_stored_adds_up_to_what_was_charged(server: Served, trouble: dict[str, Any]) -> None:
    """Else each sitting would forget what the last one could not book, and --max-cost would not hold."""
    for name, value in trouble.items():
        setattr(server.behaviour, name, value)
    backend = opened(server, price="10,1000", max_cost=1e6)
    results = answers(backend, chat(backend, 30))
    booked = sum(result.meta["cost"] for result in results if isinstance(result, Completion))
    assert backend.budget is not None
    assert 0 < booked <= backend.budget.spent + 1e-9
    if all(isinstance(result, Completion) for result in results):
        assert booked == pytest.approx(backend.budget.spent)


def test_what_one_call_of_the_engine_could_not_book_the_next_one_does(server: Served) -> None:
    backend = opened(server, price="10,1000", max_cost=1e6, engine_args={"attempts": "1"})
    assert backend.budget is not None
    with backend:
        server.behaviour.cut_body = 1.0
        assert isinstance(only(list(backend.generate(chat(backend, 1)))), Failure)
        assert backend.budget.spent > 0
        server.behaviour.cut_body = 0.0
        told = only(list(backend.generate(chat(backend, 1))))
    assert isinstance(told, Completion)
    assert told.meta["cost"] == pytest.approx(backend.budget.spent)


# --- batches ---------------------------------------------------------------------------------------------------------


def test_a_batch_is_written_and_read_without_a_server_or_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    backend = open_backend("tiny", BackendOptions())
    requests = chat(backend, 3)
    assert backend.write_batch(iter(requests), tmp_path / "batch.jsonl") == 3
    lines = [json.loads(line) for line in (tmp_path / "batch.jsonl").read_text().splitlines()]
    told = {"choices": [{"index": 0, "message": {"content": "So 4."}, "finish_reason": "stop"}]}
    replies = [{"custom_id": line["custom_id"], "response": {"status_code": 200, "body": told}} for line in lines]
    (tmp_path / "replies.jsonl").write_text("".join(json.dumps(reply) + "\n" for reply in replies))
    reader = open_backend("tiny", BackendOptions(batch_import=(tmp_path / "replies.jsonl",)))
    assert reader.settings == backend.settings
    results = answers(reader, requests)
    assert [result.text for result in results if isinstance(result, Completion)] == ["So 4."] * 3
    with pytest.raises(DataError):
        answers(open_backend("tiny", BackendOptions(batch_import=(tmp_path / "absent.jsonl",))), requests)


# --- a whole run -----------------------------------------------------------------------------------------------------


def make_plan(count: int, n: int) -> RunPlan:
    problems = tuple(Problem(str(i), f"What is {i} + {i}?", str(2 * i)) for i in range(count))
    problem_set = ProblemSet("sums", "custom", problems, fingerprint(problems), "sums.jsonl", None)
    sampling = Sampling(0.7, max_tokens=64)
    return RunPlan((problem_set,), LLEMMA, {"sums": NO_SHOTS}, sampling, policy_by_name("default"), n, 0)


def test_a_run_over_a_bad_server_stores_each_completion_once_and_no_key(
    tmp_path: Path, server: Served, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    server.behaviour.errors = server.behaviour.cut_headers = server.behaviour.cut_body = 0.15
    server.behaviour.per_minute, server.behaviour.burst, server.behaviour.retry_after = 6000, 10, "ms"
    plan = make_plan(30, 3)
    backend = opened(server, Retry(first=0.005, longest=0.01), engine_args={"attempts": "30"})
    progress = run(plan, backend, tmp_path / "run")
    assert (progress.answered, progress.failed) == (90, 0)
    with Store(tmp_path / "run" / STORE, write=False) as store:
        assert len(list(store.results(grader_id(plan.policy)))) == 90
        assert store.counts()[:2] == (90, 90)
    asked = server.stats.calls
    run(plan, opened(server), tmp_path / "run")
    assert server.stats.calls == asked  # nothing is asked twice
    told = "".join(capfd.readouterr()) + caplog.text + repr(backend)
    assert KEY not in told
    for path in (tmp_path / "run").rglob("*"):
        assert path.is_dir() or KEY.encode() not in path.read_bytes()


def test_behaviour_is_repeatable() -> None:
    def texts() -> list[str]:
        with serving(Behaviour(text="{number}")) as server:
            backend = opened(server)
            backend.model = "same"
            results = answers(backend, chat(backend, 5))
        return sorted(result.text for result in results if isinstance(result, Completion))

    assert texts() == texts()


def test_the_server_in_a_process_of_its_own_tells_what_it_was_asked() -> None:
    command = [sys.executable, "-m", "tests.servers.chat_server", "--set", "latency=0.001,0.002"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            backend = open_backend("tiny", BackendOptions(base_url=url))
            answers(backend, chat(backend, 4))
            with urllib.request.urlopen(url.removesuffix("/v1") + "/stats") as reply:
                told = json.load(reply)
        finally:
            process.kill()
    assert (told["calls"], told["statuses"], len(told["bodies"])) == (4, {"200": 4}, 4)
