"""`lemma-eval run` over a real HTTP server: killed and resumed, stopped by its budget, sent away as a batch file."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running.test_resume import kill_midway, texts
from tests.servers.chat_server import Behaviour, Served, serving
from tests.test_cli import COMMAND, fails

pytest.importorskip("openai", reason="needs the extra openai")

KEY = "sk-planted-4711"
PROBLEMS = 120


@pytest.fixture(autouse=True)
def _planted_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


@pytest.fixture
def server() -> Iterator[Served]:
    with serving(Behaviour(models=("tiny", "other"), latency=(0.01, 0.1))) as served:
        yield served


@pytest.fixture
def sums(tmp_path: Path) -> Path:
    rows = [{"question": f"What is {i} plus {i}?", "answer": str(2 * i)} for i in range(PROBLEMS)]
    path = tmp_path / "sums.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def command(server: Served | None, sums: Path, *more: str, model: str = "tiny") -> list[str]:
    where = ["--base-url", server.url] if server else ["--backend", "openai"]
    return ["run", model, *where, "-b", str(sums), "--protocol", "boxed", "--out", str(sums.parent / "run"), *more]


def call(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, timeout=300, check=False)


def test_a_killed_run_asks_nothing_twice_that_was_stored(server: Served, sums: Path) -> None:
    arguments = command(server, sums, "--concurrency", "8")
    before = kill_midway(arguments, sums.parent / "run", 20, PROBLEMS)
    done = call([*arguments, "--json"])
    assert done.returncode == 0, done.stderr
    after = texts(sums.parent / "run")
    assert len(after) == PROBLEMS
    assert before.items() <= after.items()
    # What was in flight, or answered and not yet stored, when it was killed is asked again, and nothing else.
    twice = sum(count > 1 for count in server.stats.bodies.values())
    assert len(server.stats.bodies) == PROBLEMS
    assert twice <= PROBLEMS - len(before)
    assert server.stats.calls == PROBLEMS + twice
    asked_again = [body for body, count in server.stats.bodies.items() if count > 1]
    assert len(asked_again) <= 8 + 2 * 8  # in flight, and answers on their way to the store


def test_a_budget_stops_the_run_and_a_higher_one_goes_on(server: Served, sums: Path) -> None:
    price = ["--price", "1000,2000", "--concurrency", "4", "--max-new-tokens", "64"]
    first = call(command(server, sums, *price, "--max-cost", "2"))
    fails(first, "stopped at --max-cost 2.00", "a higher --max-cost goes on")
    assert "incomplete" in first.stdout
    stored = len(texts(sums.parent / "run"))
    assert 0 < stored < PROBLEMS
    with sqlite3.connect(sums.parent / "run" / "store.sqlite") as db:
        (spent,) = db.execute("SELECT sum(json_extract(meta, '$.cost')) FROM completions").fetchone()
    assert 0 < spent <= 2
    again = call(command(server, sums, *price, "--max-cost", "2"))  # what is spent counts in every sitting
    fails(again, "stopped at --max-cost 2.00")
    assert len(texts(sums.parent / "run")) == stored
    whole = call(command(server, sums, *price, "--max-cost", "2000", "--json"))
    assert whole.returncode == 0, whole.stderr
    assert json.loads(whole.stdout)[0]["missing"] == 0
    assert max(server.stats.answered.values()) == 1


def test_a_batch_goes_out_and_comes_back(sums: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")  # nothing is asked, so no key is needed
    out = call(command(None, sums, "-n", "2", "--temperature", "0.5", "--batch-export", str(sums.parent / "out.jsonl")))
    assert out.returncode == 0, out.stderr
    assert f"{2 * PROBLEMS} requests written" in out.stderr
    lines = [json.loads(line) for line in (sums.parent / "out.jsonl").read_text().splitlines()]
    assert len({line["custom_id"] for line in lines}) == 2 * PROBLEMS
    replies = []
    for line in reversed(lines[1:]):  # the service answers in any order, and forgets one
        question = line["body"]["messages"][-1]["content"]
        number = int(question.split("What is ")[1].split()[0])
        choice = {"index": 0, "finish_reason": "stop",
                  "message": {"role": "assistant", "content": f"\\boxed{{{2 * number}}}"}}  # fmt: skip
        body = {"choices": [choice], "model": "tiny", "usage": {"prompt_tokens": 9, "completion_tokens": 5}}
        replies.append({"custom_id": line["custom_id"], "response": {"status_code": 200, "body": body}, "error": None})
    results = sums.parent / "results.jsonl"
    results.write_text("".join(json.dumps(reply) + "\n" for reply in replies))
    back = call(command(None, sums, "-n", "2", "--temperature", "0.5", "--batch-import", str(results), "--json"))
    assert back.returncode == 0, back.stderr
    (score,) = json.loads(back.stdout)
    assert (score["correct"], score["failed"]) == (2 * PROBLEMS - 1, 1)
    rest = command(None, sums, "-n", "2", "--temperature", "0.5", "--batch-export", str(sums.parent / "rest.jsonl"))
    assert "1 requests written" in call(rest).stderr
    assert json.loads((sums.parent / "rest.jsonl").read_text()) == lines[0]


def test_the_key_is_nowhere(sums: Path) -> None:
    with serving(Behaviour(models=("tiny",), key=KEY)) as server:
        done = call(command(server, sums, "--json"))
        assert done.returncode == 0, done.stderr
        server.app.behaviour.key = "another"  # it echoes the key it was given
        refused = call(command(server, sums, "--seed", "2", "--out", str(sums.parent / "other")))
    fails(refused, "OPENAI_API_KEY")
    told = done.stdout + done.stderr + refused.stdout + refused.stderr
    held = b"".join(path.read_bytes() for path in sums.parent.rglob("*") if path.is_file())
    assert KEY not in told
    assert KEY.encode() not in held


def test_what_is_wrong_with_a_server_is_one_line(server: Served, sums: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fails(call(command(server, sums, model="tinny")), "no model 'tinny'", "other, tiny")
    with serving(Behaviour()) as gone:
        arguments = command(gone, sums)
    fails(call(arguments), gone.url, "the server does not answer")
    monkeypatch.delenv("OPENAI_API_KEY")
    fails(call(["run", "gpt-x", "--backend", "openai", "-b", str(sums), "--protocol", "boxed"]), "OPENAI_API_KEY")
    assert not (sums.parent / "run").exists()


def test_a_prompt_that_is_too_long_is_counted(sums: Path) -> None:
    with serving(Behaviour(context=250)) as server:
        rows = sums.read_text() + json.dumps({"question": "What is 1 plus 1? " * 20, "answer": "2"}) + "\n"
        sums.write_text(rows)
        done = call(command(server, sums, "--json"))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["failed"] >= 1
    assert "prompt_too_long" in done.stderr
