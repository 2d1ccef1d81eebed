"""The backend openai against vLLM's own server and batch runner, on the bundled checkpoint."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lemma_eval.backend import BackendOptions
from lemma_eval.completion import Completion
from lemma_eval.errors import ModelError
from lemma_eval.request import Message, Request, Sampling

from .conftest import CONTEXT, completions, failure

if TYPE_CHECKING:
    from lemma_eval.backends.openai import OpenAI
    from lemma_eval.backends.vllm import Vllm

NAME = "tiny-model"
HANG = 300  # seconds; a guard, not a claim
GREEDY = Sampling(max_tokens=64)
TEMPLATE = "{% for message in messages %}{{ message['content'] }}{% endfor %}"


@pytest.fixture(scope="module")
def arguments(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The same settings as the offline engine's."""
    template = tmp_path_factory.mktemp("server") / "chat.jinja"
    template.write_text(TEMPLATE)
    return ["--model", str(checkpoint), "--served-model-name", NAME, "--dtype", "float32", "--enforce-eager",
            "--max-model-len", str(CONTEXT), "--generation-config", "vllm", "--no-enable-chunked-prefill",
            "--chat-template", str(template)]  # fmt: skip


@pytest.fixture(scope="module")
def address(arguments: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if find_spec("vllm") is None:
        pytest.skip("needs vLLM, which `make test-vllm` installs into an environment of its own")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "vllm.entrypoints.openai.api_server", *arguments,
             "--host", "127.0.0.1", "--port", str(port)], stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        started = time.monotonic()
        while True:
            assert process.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() - started < HANG, log.read_text()[-2000:]
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
                break
            except OSError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


@pytest.fixture(scope="module")
def server(address: str) -> Iterator[OpenAI]:
    from lemma_eval.backends.openai import open_backend

    with open_backend(NAME, BackendOptions(base_url=address)) as opened:
        yield opened


def paired(server: OpenAI, engine: Vllm, prompts: list[str], sampling: Sampling, samples: int) -> tuple[int, int]:
    """Of how many requests server and offline engine give the same text, and of how many in all."""
    told: list[dict[tuple[str, int], Completion]] = []
    for backend in (server, engine):
        asked = [Request(backend.model, prompt, sampling, each) for prompt in prompts for each in range(samples)]
        found = completions(backend, asked)
        told.append({(str(request.prompt), request.sample): found[request.id] for request in asked})
    theirs, ours = told
    same = [key for key in ours if theirs[key].text == ours[key].text]
    for key in same:
        assert theirs[key].finish_reason == ours[key].finish_reason
        assert theirs[key].prompt_tokens == ours[key].prompt_tokens
    return len(same), len(ours)


@pytest.mark.parametrize("sampling", [GREEDY, Sampling(max_tokens=64, stop=(" =", "zzz"))])
def test_texts_are_those_of_the_offline_engine(
    server: OpenAI, engine: Vllm, prompts: list[str], sampling: Sampling
) -> None:
    same, asked = paired(server, engine, prompts[:40], sampling, 1)
    assert same >= asked - 2  # batches of other sizes, so that a near tie may fall the other way


def test_samples_drawn_in_one_call(server: OpenAI, prompts: list[str]) -> None:
    """Each gets its own text, and the same as when it is asked alone."""
    asked = [Request(server.model, prompt, Sampling(1.5, max_tokens=32), each) for prompt in prompts[:5]
             for each in range(3)]  # fmt: skip
    found = completions(server, asked)
    assert set(found) == {request.id for request in asked}
    assert len({each.text for each in found.values()}) > 5
    last = asked[-1]
    assert completions(server, [last])[last.id].text == found[last.id].text


def test_messages(server: OpenAI, engine: Vllm, prompts: list[str]) -> None:
    chat = Request(server.model, (Message("user", prompts[0]),), GREEDY)
    text = Request(engine.model, prompts[0], GREEDY)
    (theirs,), (ours,) = completions(server, [chat]).values(), completions(engine, [text]).values()
    assert (theirs.text.strip(), theirs.finish_reason) == (ours.text.strip(), ours.finish_reason)


def test_a_beginning_of_the_reply_is_gone_on_with(server: OpenAI, prompts: list[str]) -> None:
    asked = [Request(server.model, (Message("user", prompt),), GREEDY) for prompt in prompts[:10]]
    whole = completions(server, asked)
    same = cuts = 0
    for request in asked:
        text = whole[request.id].text
        # Not behind white space: the server takes it away where the template trims what it renders.
        for end in {text.index("\n", 1), text.rindex(" ")}:
            prompt = (*request.prompt, Message("assistant", text[:end]))
            (found,) = completions(server, [Request(server.model, prompt, GREEDY)]).values()
            cuts += 1
            same += (text[:end] + found.text).startswith(text)
    assert same >= cuts - 1  # a near tie may fall the other way


def test_a_prompt_that_is_too_long(server: OpenAI) -> None:
    told = failure(server, Request(server.model, "seven " * CONTEXT, GREEDY))
    assert told.reason in ("prompt_too_long", "refused")
    assert str(CONTEXT) in told.message


def test_a_model_that_the_server_does_not_have(address: str) -> None:
    from lemma_eval.backends.openai import open_backend

    with pytest.raises(ModelError, match=NAME), open_backend("other", BackendOptions(base_url=address)):
        pass


def test_the_batch_runner_answers_our_file(
    arguments: list[str], engine: Vllm, prompts: list[str], tmp_path: Path
) -> None:
    from lemma_eval.backends.openai.batch import write_batch
    from lemma_eval.backends.openai.batch_results import read_results
    from lemma_eval.backends.openai.request import Form

    asked = [Request(NAME, (Message("user", prompt),), GREEDY) for prompt in prompts[:8]]
    asked.append(Request(NAME, (Message("user", "seven " * CONTEXT),), GREEDY))
    written, answered = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    assert write_batch(asked, written, NAME, Form(), 0).lines == 9
    done = subprocess.run(
        [sys.executable, "-m", "vllm.entrypoints.openai.run_batch", "-i", str(written), "-o", str(answered),
         *arguments], capture_output=True, text=True, timeout=HANG, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    results = {result.request_id: result for result in read_results([answered], asked, NAME)}
    assert not isinstance(results.pop(asked[-1].id), Completion)
    ours = completions(engine, [Request(engine.model, prompt, GREEDY) for prompt in prompts[:8]])
    same = 0
    for request, our in zip(asked[:8], ours_in_order(ours, engine, prompts[:8]), strict=True):
        told = results[request.id]
        assert isinstance(told, Completion), told
        same += told.text.strip() == our.text.strip()
    assert same >= 7


def ours_in_order(found: dict[str, Completion], engine: Vllm, prompts: list[str]) -> list[Completion]:
    return [found[Request(engine.model, prompt, GREEDY).id] for prompt in prompts]
