"""Killed with SIGKILL in the middle, then the same command: complete, no duplicate, nothing lost or changed."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = str(Path(sys.executable).with_name("lemma-eval"))
HANG = 300  # seconds; a guard, not a claim


def texts(folder: Path) -> dict[str, str]:
    """Stored completions by request, [] before the file is there."""
    try:
        with sqlite3.connect(f"file:{folder / 'store.sqlite'}?mode=ro", uri=True) as db:
            return dict(db.execute("SELECT request, text FROM completions").fetchall())
    except sqlite3.OperationalError:
        return {}


def kill_midway(arguments: list[str], folder: Path, at_least: int, total: int) -> dict[str, str]:
    """Run the command until `at_least` completions are stored, kill it, and return what is stored then."""
    process = subprocess.Popen([COMMAND, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    started = time.monotonic()
    while len(texts(folder)) < at_least:
        assert process.poll() is None, f"ended before it was killed: {process.stderr and process.stderr.read()}"
        assert time.monotonic() - started < HANG, "nothing was stored"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    stored = texts(folder)
    assert at_least <= len(stored) < total, "killed too late to show anything"
    return stored


def finish(arguments: list[str]) -> list[dict[str, object]]:
    done = subprocess.run([COMMAND, *arguments, "--json"], capture_output=True, text=True, timeout=HANG, check=False)
    assert done.returncode == 0, done.stderr
    scores: list[dict[str, object]] = json.loads(done.stdout)
    return scores


def test_a_killed_replay_run_gives_what_an_unbroken_one_gives(tmp_path: Path) -> None:
    problems, samples = 200, 30
    questions = [{"question": f"What is {i} plus {i}?", "answer": 2 * i} for i in range(problems)]
    recorded = [
        {"question": row["question"], "completion": [f"It is {row['answer'] + s % 3}." for s in range(samples)]}
        for row in questions
        if isinstance(row["answer"], int)
    ]
    (tmp_path / "sums.jsonl").write_text("".join(json.dumps(row) + "\n" for row in questions))
    (tmp_path / "told.jsonl").write_text("".join(json.dumps(row) + "\n" for row in recorded))
    command = ["run", str(tmp_path / "told.jsonl"), "-b", str(tmp_path / "sums.jsonl"), "-n", str(samples)]

    before = kill_midway([*command, "--out", str(tmp_path / "run")], tmp_path / "run", 50, problems * samples)
    resumed = finish([*command, "--out", str(tmp_path / "run")])
    unbroken = finish([*command, "--out", str(tmp_path / "whole")])

    after = texts(tmp_path / "run")
    assert len(after) == problems * samples
    assert before.items() <= after.items()
    assert after == texts(tmp_path / "whole")
    assert [{**row, "run": ""} for row in resumed] == [{**row, "run": ""} for row in unbroken]
    assert (resumed[0]["correct"], resumed[0]["missing"]) == (problems * samples // 3, 0)


def test_a_killed_transformers_run_is_completed(tmp_path: Path, checkpoint: Path) -> None:
    pytest.importorskip("torch")
    command = ["run", str(checkpoint), "-b", "mini", "--limit", "40", "--max-new-tokens", "96", "--batch-size", "4"]
    # Windows of 16 batches are sorted by length, so that results come out of order: the rest is asked all the same.
    before = kill_midway([*command, "--out", str(tmp_path / "run")], tmp_path / "run", 4, 40)
    scores = finish([*command, "--out", str(tmp_path / "run")])
    after = texts(tmp_path / "run")
    assert len(after) == 40
    assert before.items() <= after.items()
    assert (scores[0]["samples"], scores[0]["missing"], scores[0]["failed"]) == (40, 0, 0)


def test_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    questions = [{"question": f"What is {i} plus {i}?", "answer": 2 * i} for i in range(300)]
    recorded = [{"question": row["question"], "completion": ["It is 4."] * 20} for row in questions]
    (tmp_path / "sums.jsonl").write_text("".join(json.dumps(row) + "\n" for row in questions))
    (tmp_path / "told.jsonl").write_text("".join(json.dumps(row) + "\n" for row in recorded))
    folder = tmp_path / "run"
    command = [COMMAND, "run", str(tmp_path / "told.jsonl"), "-b", str(tmp_path / "sums.jsonl"), "-n", "20"]
    process = subprocess.Popen([*command, "--out", str(folder)], stderr=subprocess.PIPE, text=True)
    started = time.monotonic()
    while len(texts(folder)) < 20:
        assert time.monotonic() - started < HANG
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=HANG)
    assert process.returncode == 130
    assert f"--out {folder} goes on" in told
    assert "Traceback" not in told
