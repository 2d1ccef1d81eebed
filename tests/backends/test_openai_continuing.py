"""The backend openai given the beginning of a reply: it goes on, or one clear error says that it cannot."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lemma_eval.backend import BackendOptions
from lemma_eval.backends.openai import OpenAI, open_backend
from lemma_eval.backends.openai.continuing import NotContinuedError
from lemma_eval.backends.openai.request import Form, call, completions
from lemma_eval.completion import Completion, Failure
from lemma_eval.errors import ModelError, UsageError
from lemma_eval.request import Message, Request, Sampling
from tests.servers.chat_server import Behaviour, Served, serving

BEGINNING = "\nFirst, 3 + 4 = 8. "
SAMPLING = Sampling(0.7, max_tokens=64)


@pytest.fixture
def server() -> Iterator[Served]:
    with serving(Behaviour(continues="echo", text="So it is {number}.")) as served:
        yield served


def opened(server: Served, **options: Any) -> OpenAI:
    return open_backend("tiny", BackendOptions(base_url=server.url, concurrency=8, **options))


def beginnings(backend: OpenAI, count: int, samples: int = 1, sampling: Sampling = SAMPLING) -> list[Request]:
    asked = [(Message("user", f"Question {i}?"), Message("assistant", BEGINNING)) for i in range(count)]
    return [Request(backend.model, prompt, sampling, sample) for prompt in asked for sample in range(samples)]


def results(backend: OpenAI, requests: list[Request]) -> list[Completion | Failure]:
    with backend:
        return list(backend.generate(iter(requests)))


def texts(found: list[Completion | Failure]) -> list[str]:
    assert all(isinstance(each, Completion) for each in found), found
    return [each.text for each in found if isinstance(each, Completion)]


def test_only_what_is_new_is_the_completion(server: Served) -> None:
    backend = opened(server)
    found = texts(results(backend, beginnings(backend, 10, samples=3)))
    assert len(found) == 30
    assert all(text.startswith("So it is ") for text in found)
    assert server.stats.calls == 1 + 10  # the first asks whether it goes on


def test_all_go_on_together_once_it_is_proved(server: Served) -> None:
    """That the proof goes alone is seen where it fails: below, after a single call."""
    server.behaviour.latency = (0.05, 0.05)
    backend = opened(server)
    assert len(texts(results(backend, beginnings(backend, 30)))) == 30
    assert server.stats.calls == 31
    assert server.stats.max_in_flight > 1


@pytest.mark.parametrize(
    ("manner", "samples", "told"),
    [("ignore", 1, "answered afresh"), ("ignore", 4, "answered afresh"), ("silent", 1, "did not repeat"),
     ("refuse", 1, "Unrecognized request argument"), ("refuse", 4, "Unrecognized request argument")],
)  # fmt: skip
def test_a_server_that_does_not_go_on_is_found_out_by_its_first_reply(
    server: Served, manner: str, samples: int, told: str
) -> None:
    server.behaviour.continues = manner
    server.behaviour.latency = (0.05, 0.05)
    backend = opened(server)
    with pytest.raises(ModelError, match=f"cannot go on with the beginning of a reply.*{told}") as caught:
        results(backend, beginnings(backend, 30, samples))
    assert "\n" not in str(caught.value)
    assert "a text protocol" in str(caught.value)
    assert server.stats.max_in_flight == 1
    assert server.stats.calls == 1


def test_a_server_whose_fresh_answers_begin_alike_is_found_out(server: Served) -> None:
    server.behaviour.continues, server.behaviour.text = "ignore", f"{BEGINNING}So it is {{number}}."
    backend = opened(server)
    with pytest.raises(ModelError, match="answered afresh"):
        results(backend, beginnings(backend, 3))
    assert server.stats.calls == 1


def test_a_server_that_stops_going_on_is_found_out_later(server: Served) -> None:
    backend = opened(server)
    with backend:
        generated = backend.generate(iter(beginnings(backend, 300)))
        next(generated)
        server.behaviour.continues = "ignore"
        with pytest.raises(ModelError, match="answered afresh"):
            list(generated)


def test_a_server_known_to_go_on_silently_may_be_trusted(server: Served) -> None:
    server.behaviour.continues = "silent"
    backend = opened(server, engine_args={"echo": "off"})
    assert backend.settings["echo"] == "off"  # the run's record says that nothing was proved
    assert all(text.startswith("So it is") for text in texts(results(backend, beginnings(backend, 5))))
    with pytest.raises(UsageError, match="echo=maybe: give on or off"):
        opened(server, engine_args={"echo": "maybe"})


def test_a_prompt_too_long_is_no_proof_and_no_trouble(server: Served) -> None:
    server.behaviour.context = 60
    backend = opened(server)
    long = Request(backend.model, (Message("user", "?" * 99), Message("assistant", BEGINNING)), SAMPLING)
    found = results(backend, [long, *beginnings(backend, 3)])
    assert [each.reason for each in found if isinstance(each, Failure)] == ["prompt_too_long"]
    assert len(found) == 4


def test_other_trouble_is_asked_again_and_n_may_be_refused(server: Served) -> None:
    server.behaviour.errors = 0.3
    server.behaviour.n = "refuse"
    backend = opened(server)
    assert len(texts(results(backend, beginnings(backend, 10, samples=2)))) == 20


def test_stop_strings_in_the_beginning_do_not_cut_it(server: Served) -> None:
    backend = opened(server)
    sampling = Sampling(0.7, max_tokens=64, stop=("First", "it is"))
    assert texts(results(backend, beginnings(backend, 1, sampling=sampling))) == ["So "]


def test_the_parameters_are_sent_for_beginnings_only() -> None:
    given = Request("m", (Message("user", "?"), Message("assistant", "So")), SAMPLING)
    sent = {"continue_final_message": True, "add_generation_prompt": False, "echo": True}
    form = Form(extra_body={"echo": False, "top_k": 20})
    _, body = call([given], "tiny", form, 0)
    assert {name: body.get(name) for name in sent} == sent
    assert body["top_k"] == 20
    _, silent = call([given], "tiny", Form(echo=False), 0)
    assert "echo" not in silent
    for prompt in ("So", (Message("user", "?"),), (Message("assistant", "So"), Message("user", "?"))):
        _, body = call([Request("m", prompt, SAMPLING)], "tiny", Form(), 0)
        assert not sent.keys() & body.keys()


@pytest.mark.parametrize(
    ("content", "text"), [("So it is 7.", " it is 7."), ("So", ""), ("It is 7.", None), ("", None), (" So it", None)]
)
def test_a_reply_must_begin_with_the_beginning(content: str, text: str | None) -> None:
    run = [Request("m", (Message("user", "?"), Message("assistant", "So")), SAMPLING)]
    reply = {"choices": [{"index": 0, "message": {"content": content}}]}
    if text is None:
        with pytest.raises(NotContinuedError):
            completions(run, reply, "tiny")
    else:
        assert completions(run, reply, "tiny")[0].text == text
    assert completions(run, reply, "tiny", echo=False)[0].text == content


def test_batch_results_that_answer_afresh_are_failures(server: Served, tmp_path: Path) -> None:
    backend = opened(server)
    requests = beginnings(backend, 2)
    contents = [BEGINNING + "So it is 7.", "It is 7."]
    lines = [
        {"custom_id": request.id,
         "response": {"status_code": 200, "body": {"choices": [{"index": 0, "message": {"content": content}}]}}}
        for request, content in zip(requests, contents, strict=True)
    ]  # fmt: skip
    path = tmp_path / "results.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    reader = opened(server, batch_import=(path,))
    first, second = results(reader, requests)
    assert isinstance(first, Completion)
    assert first.text == "So it is 7."
    assert isinstance(second, Failure)
    assert "answered afresh" in second.message


def test_a_text_is_its_own_beginning(server: Served) -> None:
    server.behaviour.continues = "refuse"
    backend = opened(server)
    request = Request(backend.model, "Q: How many?\nA:" + BEGINNING, SAMPLING)
    assert texts(results(backend, [request]))[0].startswith("So it is")
