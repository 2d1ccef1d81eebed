"""OpenAI Batch files: what is written is answered as the services answer it and read back, in real files."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.answers import policy_by_name
from lemma_eval.backends.openai.batch import BatchFile, write_batch
from lemma_eval.backends.openai.batch_results import read_results
from lemma_eval.backends.openai.request import Form
from lemma_eval.completion import Completion, Failure
from lemma_eval.errors import DataError, LemmaEvalError, UsageError
from lemma_eval.problem import Problem
from lemma_eval.problem_set import load
from lemma_eval.protocols import RECORDED
from lemma_eval.request import Message, Request, Sampling
from lemma_eval.running.plan import RunPlan
from lemma_eval.running.plan import requests as plan_requests
from lemma_eval.shots import NO_SHOTS
from tests.scripted_backend import Scripted

MODEL = "some-model"
Json = dict[str, Any]


def ask(name: str, sample: int = 0) -> Request:
    return Request(MODEL, (Message("user", name),), Sampling(0.7, stop=("END",)), sample)


REQUESTS = [ask(name, sample) for name in ("eins", "zwei", "dr\u00e9i \U0001d54f", "vier\ud800") for sample in (0, 1)]


def body(text: str, **more: Any) -> Json:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "text": text, "finish_reason": "stop"}
    usage = {"prompt_tokens": 7, "completion_tokens": 3}
    return {"id": "c", "model": MODEL, "choices": [choice], "usage": usage, **more}


def answer(custom_id: str, text: str) -> Json:
    response = {"status_code": 200, "request_id": "r", "body": body(text)}
    return {"id": "b", "custom_id": custom_id, "response": response, "error": None}


def refusal(custom_id: str, status: Any, told: Any, error: Any = None) -> Json:
    response = {"status_code": status, "request_id": "r", "body": told}
    return {"id": "b", "custom_id": custom_id, "response": response, "error": error}


def written(path: Path, *lines: Json | bytes) -> Path:
    path.write_bytes(b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines))
    return path


def read(*paths: Path, requests: list[Request] = REQUESTS) -> tuple[list[Completion | Failure], list[str]]:
    notes: list[str] = []
    return list(read_results(paths, requests, MODEL, notes.append)), notes


def serve(batch: Path, *, vllm: bool) -> list[Json]:
    """The lines a service answers a batch with: what was asked comes back, with its seed, as the text."""
    lines: list[Json] = []
    for each in batch.read_text(encoding="utf-8").splitlines():
        asked = json.loads(each)
        assert set(asked) == {"custom_id", "method", "url", "body"}
        assert (asked["method"], asked["body"]["model"]) == ("POST", MODEL)
        assert "n" not in asked["body"]
        text = json.dumps(
            [asked["body"].get("prompt") or asked["body"]["messages"][-1]["content"], asked["body"]["seed"]]
        )
        line = answer(asked["custom_id"], text)
        line["id"] = f"vllm-{len(lines)}" if vllm else f"batch_req_{len(lines)}"
        lines.append(line)
    return lines


def plan_of(path: Path, n: int) -> RunPlan:
    problems = load(str(path))
    return RunPlan((problems,), RECORDED, {problems.spec: NO_SHOTS}, Sampling(0.7), policy_by_name("default"), n=n)


@pytest.mark.parametrize("vllm", [False, True])
@pytest.mark.parametrize("order", [0, 1, 2])
def test_each_request_of_a_plan_is_answered_once(tmp_path: Path, vllm: bool, order: int) -> None:
    data = tmp_path / "own.jsonl"
    written(data, *({"question": f"What is {i} + 1?", "answer": str(i + 1)} for i in range(50)))
    backend = Scripted(lambda request: None, model=MODEL)
    requests = [request for _, _, request in plan_requests(plan_of(data, 3), backend)]
    batch = tmp_path / "batch.jsonl"
    made = write_batch(iter(requests), batch, MODEL, Form(), 11)
    assert (made.lines, made.size, made.exceeds_limits) == (150, batch.stat().st_size, False)
    lines = serve(batch, vllm=vllm)
    random.Random(order).shuffle(lines)
    first, second = written(tmp_path / "1.jsonl", *lines[:70]), written(tmp_path / "2.jsonl", *lines[70:])
    results, notes = read(first, second, requests=requests)
    assert notes == []
    assert [result.request_id for result in results] == [request.id for request in requests]
    for request, result in zip(requests, results, strict=True):
        assert isinstance(result, Completion)
        prompt = request.prompt if isinstance(request.prompt, str) else request.prompt[-1].content
        assert json.loads(result.text) == [prompt, request.seed(11)]
        assert (result.finish_reason, result.prompt_tokens, result.completion_tokens) == ("stop", 7, 3)


def test_lines_are_what_the_services_take(tmp_path: Path) -> None:
    path = tmp_path / "batch.jsonl"
    made = write_batch(REQUESTS, path, MODEL, Form(extra_body={"reasoning_effort": "low"}), 5)
    raw = path.read_bytes()
    assert made == BatchFile(len(REQUESTS), len(raw), ("/v1/chat/completions",))
    assert made.remarks == ()
    assert raw.endswith(b"\n")
    rows = [json.loads(line) for line in raw.splitlines()]
    assert [row["custom_id"] for row in rows] == [request.id for request in REQUESTS]
    assert all(len(row["custom_id"]) <= 64 for row in rows)
    assert rows[4]["body"]["messages"] == [{"role": "user", "content": "dr\u00e9i \U0001d54f"}]
    assert rows[0]["body"]["reasoning_effort"] == "low"


def test_text_completions_are_not_for_vllm(tmp_path: Path) -> None:
    made = write_batch([Request(MODEL, "1+1=", Sampling())], tmp_path / "batch.jsonl", MODEL, Form(), 0)
    assert made.urls == ("/v1/completions",)
    assert made.remarks == ("vllm run-batch takes chat requests only; these are text completions",)


@pytest.mark.parametrize(
    ("lines", "size", "exceeds"),
    [(50_000, 200_000_000, False), (50_001, 1, True), (1, 200_000_001, True)],
)
def test_the_limits_of_a_file(lines: int, size: int, exceeds: bool) -> None:
    made = BatchFile(lines, size, ())
    assert made.exceeds_limits is exceeds
    assert bool(made.remarks) is exceeds
    assert all("\n" not in remark and "split" in remark for remark in made.remarks)


def test_more_than_a_service_takes_is_still_one_file(tmp_path: Path) -> None:
    path = tmp_path / "batch.jsonl"
    made = write_batch((ask("x", sample) for sample in range(50_001)), path, MODEL, Form(), 0)
    assert made.exceeds_limits
    with path.open("rb") as file:
        assert sum(1 for _ in file) == 50_001
    assert "50,001" in made.remarks[0]


def test_nothing_left_to_ask(tmp_path: Path) -> None:
    made = write_batch([], tmp_path / "batch.jsonl", MODEL, Form(), 0)
    assert made == BatchFile(0, 0, ())
    assert made.remarks == ("nothing is left to ask; no batch file was written",)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    def broken() -> Iterator[Request]:
        yield REQUESTS[0]
        assert list(tmp_path.iterdir()) == [tmp_path / "batch.jsonl.part"]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_batch(broken(), tmp_path / "batch.jsonl", MODEL, Form(), 0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("there.jsonl", DataError, "exists; delete it, or give --batch-export another name"),
        ("batch.csv", UsageError, "must have a name that ends in .jsonl"),
        ("absent/batch.jsonl", UsageError, "cannot be written: No such file or directory"),
        ("there.jsonl/batch.jsonl", UsageError, "cannot be written: Not a directory"),
        ("x" * 300 + ".jsonl", LemmaEvalError, "cannot be written: File name too long"),
    ],
)
def test_where_no_file_can_be_written(tmp_path: Path, name: str, error: type[Exception], said: str) -> None:
    there = written(tmp_path / "there.jsonl", b"mine")
    with pytest.raises(error, match=re.escape(said)) as caught:
        write_batch(REQUESTS, tmp_path / name, MODEL, Form(), 0)
    assert "\n" not in str(caught.value)
    assert there.read_bytes() == b"mine"


def test_a_full_disk(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(DataError, match=r"batch\.jsonl: cannot be written: File too large"):
            write_batch((ask("x", sample) for sample in range(1000)), tmp_path / "batch.jsonl", MODEL, Form(), 0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


ID = REQUESTS[0].id
GOOD = json.dumps(answer(ID, "1")).encode() + b"\n"
VLLM_TOO_LONG = (
    "This model's maximum context length is 512 tokens. However, you requested 1024 output tokens and your prompt "
    "contains at least 9 input tokens."
)


@pytest.mark.parametrize(
    ("line", "reason", "said"),
    [
        # OpenAI's error file: the server's own reply, or an error of the batch
        (
            refusal(ID, 400, {"error": {"message": "bad seed", "type": "invalid_request_error", "code": None}}),
            "refused",
            "status 400: invalid_request_error: bad seed",
        ),
        (
            refusal(ID, 400, {"error": {"message": "too many", "code": "context_length_exceeded"}}),
            "prompt_too_long",
            "status 400: context_length_exceeded: too many",
        ),
        (
            {"custom_id": ID, "response": None, "error": {"code": "batch_expired", "message": "Window over."}},
            "error",
            "batch_expired: Window over.",
        ),
        (refusal(ID, 429, {"error": {"message": "slow down"}}), "error", "status 429: slow down"),
        (refusal(ID, 500, {"error": {"message": "oh"}}), "error", "status 500: oh"),
        (refusal(ID, 503, "<html>down"), "error", "status 503: <html>down"),
        (refusal(ID, "404", {"error": {"message": "no such model"}}), "refused", "status 404: no such model"),
        # vllm run-batch
        (refusal(ID, 400, None, "URL /x was used."), "refused", "status 400: URL /x was used."),
        (
            refusal(ID, 400, None, {"error": {"message": VLLM_TOO_LONG, "type": "BadRequestError", "code": 400}}),
            "prompt_too_long",
            f"status 400: {VLLM_TOO_LONG}",
        ),
        # what should not be
        ({"custom_id": ID, "response": None, "error": None}, "error", "1.jsonl:1: neither an answer nor an error"),
        ({"custom_id": ID, "error": {}}, "error", "neither an answer nor an error"),
        (refusal(ID, 200, {}), "error", "neither an answer nor an error"),
        (refusal(ID, 200, body("x"), "but it failed"), "error", "but it failed"),
        (refusal(ID, 500, body("x")), "error", "status 500"),
        (refusal(ID, 200, body("x", choices="y")), "error", "1.jsonl:1: the reply has no choices"),
        (refusal(ID, 200, body("x", choices=[7])), "error", "1.jsonl:1: a choice of the reply is not a JSON object"),
        (refusal(ID, 400, None, "x" * 9000), "refused", "xxx..."),
        (refusal(ID, 401, None, "two\nlines\x1b"), "error", "status 401: two lines\\x1b"),
        (refusal(ID, 400, None, {"error": {"error": {"error": {"error": {}}}}}), "refused", "status 400"),
        (refusal(ID, 400, None, {"code": ["x"], "message": {}}), "refused", "status 400"),
    ],
)
def test_lines_without_an_answer(tmp_path: Path, line: Json, reason: str, said: str) -> None:
    path = written(tmp_path / "1.jsonl", line)
    (result,), _ = read(path, requests=REQUESTS[:1])
    assert isinstance(result, Failure)
    assert (result.request_id, result.reason) == (ID, reason)
    assert said in result.message
    assert len(result.message) < 600


def test_an_answer_nested_too_deep(tmp_path: Path) -> None:
    deep = '[{"thinking": ' * 460 + '"x"' + "}]" * 460
    line = json.dumps(answer(ID, "HERE")).replace('"content": "HERE"', f'"content": {deep}')
    (result,), _ = read(written(tmp_path / "1.jsonl", line.encode()), requests=REQUESTS[:1])
    assert result.request_id == ID  # answered or failed, but told


def test_a_request_without_a_line(tmp_path: Path) -> None:
    path = written(tmp_path / "1.jsonl", answer(REQUESTS[1].id, "2"))
    results, notes = read(path)
    assert [type(result) for result in results] == [Failure, Completion, *[Failure] * 6]
    assert isinstance(results[0], Failure)
    assert results[0].reason == "not_recorded"
    assert notes == []


def test_lines_nobody_asked_for_are_told(tmp_path: Path) -> None:
    one = written(tmp_path / "0.jsonl", answer("another", "?"), GOOD)
    assert len(read(one, requests=REQUESTS[:1])[1]) == 1
    foreign = [answer(name, "?") for name in ("", "another", "\ud800", "n\u0000l", "x" * 100_000)]
    path = written(tmp_path / "1.jsonl", *foreign, *(answer(request.id, "1") for request in REQUESTS))
    results, notes = read(path)
    assert all(isinstance(result, Completion) for result in results)
    assert notes == [
        "5 of the 13 requests in the batch results are not among the 8 asked for now: "
        "answered before, or of another run, model or sampling"
    ]


def test_the_first_answer_counts(tmp_path: Path) -> None:
    wrong = refusal(ID, 500, {"error": {"message": "first"}})
    other = refusal(ID, 500, {"error": {"message": "second"}})
    answers = [answer(ID, "one"), answer(ID, "two")]
    results, notes = read(written(tmp_path / "1.jsonl", wrong, *answers, other), requests=REQUESTS[:1])
    assert isinstance(results[0], Completion)
    assert results[0].text == "one"
    assert notes == ["3 lines of the batch results repeat a request; its first answer counts"]
    results, _ = read(written(tmp_path / "2.jsonl", wrong, other), requests=REQUESTS[:1])
    assert isinstance(results[0], Failure)
    assert results[0].message == "status 500: first"


@given(data=st.data())
def test_any_order_and_division_gives_the_same(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("batch")
    lines: list[Json] = []
    good: dict[str, set[str]] = {}
    for request in REQUESTS:
        for number in range(data.draw(st.integers(0, 3))):
            if data.draw(st.booleans()):
                lines.append(answer(request.id, f"{number}"))
                good.setdefault(request.id, set()).add(f"{number}")
            else:
                lines.append(refusal(request.id, 500, {"error": {"message": "no"}}))
    seen = {line["custom_id"] for line in lines}
    lines = data.draw(st.permutations(lines))
    first: dict[str, str] = {}
    for line in lines:
        if line["response"]["status_code"] == 200:
            first.setdefault(line["custom_id"], line["response"]["body"]["choices"][0]["text"])
    cut = data.draw(st.integers(0, len(lines)))
    gap = data.draw(st.sampled_from([b"", b"\n", b" \r\n"]))
    asked = data.draw(st.permutations(REQUESTS))
    paths = written(folder / "1", *lines[:cut], gap), written(folder / "2", gap, *lines[cut:])
    results, notes = read(*paths, requests=asked)
    assert [result.request_id for result in results] == [request.id for request in asked]
    for result in results:
        if isinstance(result, Completion):
            assert result.text == first[result.request_id]
        else:
            assert result.request_id not in good
            assert result.reason == ("error" if result.request_id in seen else "not_recorded")
    assert len(notes) == (len(lines) > len(seen))


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        (GOOD + GOOD[:-9], 2, "the last line is cut off; fetch the file of results again, as a whole"),
        (GOOD[:1], 1, "the last line is cut off"),
        (GOOD + b'{"custom_id": "\xc3', 2, "the last line is cut off"),
        (GOOD + b"\n" + GOOD[:-9] + b"\n" + GOOD, 3, "not readable JSON"),
        (GOOD + b"\xff\n", 2, "not readable JSON ('utf-8' codec can't decode byte 0xff"),
        (GOOD.decode().encode("utf-16"), 1, "not readable JSON"),
        (b"\x1f\x8b\x08\x00" + GOOD, 1, "not readable JSON"),
        (b"[" * 100_000 + b"\n", 1, "not readable JSON"),
        (b'{"custom_id": ' + b"9" * 5000 + b"}\n", 1, "not readable JSON"),
        (b"[1]\n", 1, "expected a JSON object, found list"),
        (b'{"custom_id": 7, "response": null, "error": "x"}\n', 1, "'custom_id' should be text, found 7"),
        (b'{"response": null, "error": "x"}\n', 1, "'custom_id' should be text, found None"),
        (b'{"custom_id": "x"}\n', 1, "has neither 'response' nor 'error'"),
        (b'{"custom_id": "x", "method": "POST", "url": "/", "body": {}}\n', 1, "this is a file of requests"),
        (b'{"custom_id": "x", "response": "y"}\n', 1, "'response' should be an object, found 'y'"),
        (b'{"custom_id": "x", "response": {"status_code": "OK"}}\n', 1, "'status_code' should be a number such as 200"),
        (b'{"custom_id": "x", "response": {"status_code": true}}\n', 1, "'status_code' should be a number"),
        (b'{"custom_id": ' + b"[" * 900 + b"]" * 900 + b"}\n", 1, ""),
        (b'{"custom_id": "x", "response": ' + b"[" * 900 + b"]" * 900 + b"}\n", 1, ""),
        (GOOD + b" " * (2**24 + 1), 2, "a line of over 16 MiB is no batch result"),
    ],
)
def test_faults_are_named_with_their_line(tmp_path: Path, data: bytes, line: int, said: str) -> None:
    path = written(tmp_path / "results.jsonl", data)
    with pytest.raises(DataError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("data", [GOOD[:-1], b"\xef\xbb\xbf" + GOOD, GOOD.replace(b"\n", b"\r\n"), b"\n\n" + GOOD])
def test_forms_a_whole_file_may_have(tmp_path: Path, data: bytes) -> None:
    (result,), notes = read(written(tmp_path / "results.jsonl", data), requests=REQUESTS[:1])
    assert isinstance(result, Completion)
    assert notes == []


def test_no_result_comes_before_all_files_were_read(tmp_path: Path) -> None:
    good, bad = written(tmp_path / "1.jsonl", GOOD), written(tmp_path / "2.jsonl", GOOD[:-9])
    results = read_results([good, bad], iter(REQUESTS), MODEL)
    with pytest.raises(DataError, match=r"2\.jsonl:1: the last line is cut off"):
        next(results)


@pytest.mark.parametrize(("name", "said"), [("absent.jsonl", "cannot be read: No such file"), (".", "not a file")])
def test_files_that_are_none(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(tmp_path / name)


@pytest.mark.parametrize("now", [b"", GOOD[:-9], json.dumps(answer("x" * len(ID), "1")).encode() + b"\n"])
def test_a_file_that_changes_under_way(tmp_path: Path, now: bytes) -> None:
    path = written(tmp_path / "results.jsonl", answer("y" * 20_000, "0"), GOOD)

    def late() -> Iterator[Request]:
        keep = path.read_bytes()[: -len(GOOD)]
        path.write_bytes(keep + now)
        yield REQUESTS[0]

    with pytest.raises(DataError, match="changed while it was read"):
        list(read_results([path], late(), MODEL))


def test_requests_are_pulled_one_by_one(tmp_path: Path) -> None:
    path = written(tmp_path / "results.jsonl", *(answer(request.id, "1") for request in REQUESTS))
    pulled: list[Request] = []

    def pull() -> Iterator[Request]:
        for request in REQUESTS:
            pulled.append(request)
            yield request

    for count, _ in enumerate(read_results([path], pull(), MODEL), 1):
        assert len(pulled) == count


def test_a_problem_is_no_part_of_a_line(tmp_path: Path) -> None:
    request = Request(MODEL, "1+1=", Sampling(), problem=Problem("7", "1+1=", "the gold is 2"))
    write_batch([request], tmp_path / "batch.jsonl", MODEL, Form(), 0)
    assert "gold" not in (tmp_path / "batch.jsonl").read_text()
