"""Nothing hangs, raises or passes: each hostile text gets a verdict, soon, whichever way it comes."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from zlib import crc32

import pytest

from tests.answers.hostile_inputs import TEXTS, WAYS

HANG_GUARD = 10.0  # seconds a verdict may take
START_GUARD = 120.0
ROOT = Path(__file__).parents[2]


class Runner:
    """A process that grades; one that hangs is killed, and the next question gets another."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.answers.hostile_runner"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.replies: SimpleQueue[str] = SimpleQueue()
        threading.Thread(target=self.read, args=(self.process, self.replies), daemon=True).start()
        self.put("integral without bounds", "pred", START_GUARD)  # the sandbox is warm then

    @staticmethod
    def read(process: subprocess.Popen[str], replies: SimpleQueue[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                replies.put(line)
        replies.put("")

    def ask(self, name: str, way: str) -> tuple[bool | None, str]:
        if self.process is None:
            self.start()
        return self.put(name, way, HANG_GUARD)

    def put(self, name: str, way: str, seconds: float) -> tuple[bool | None, str]:
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([name, way]) + "\n")
        self.process.stdin.flush()
        try:
            reply = self.replies.get(timeout=seconds)
        except Empty:
            self.close()
            pytest.fail(f"{name}, {way}: no verdict after {seconds} s")
        if not reply:
            self.close()
            pytest.fail(f"{name}, {way}: it raised, or its process died; see stderr")
        correct, rule = json.loads(reply)
        return correct, rule

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            assert self.process.stdin is not None
            self.process.stdin.close()
            self.process = None


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    one = Runner()
    yield one
    one.close()


# The gold of these ways is no part of the text, and no text is equal to it.
NEVER_CORRECT = ("pred", "gold", "pred, formula", "gold, interval", "pred, equation", "boxed", "told", "strict")


def some_ways(name: str) -> list[str]:
    """As prediction, as gold, in a text, and two of the other ways by the name; perf/hostile.py goes all of them."""
    always = [way for way in WAYS if way in ("pred", "gold", "text")]
    others = [way for way in WAYS if way not in always]
    start = crc32(name.encode())
    return [*always, *(others[(start + step) % len(others)] for step in range(2))]


@pytest.mark.parametrize("name", TEXTS)
def test_a_verdict_in_time(runner: Runner, name: str) -> None:
    for way in some_ways(name):
        correct, rule = runner.ask(name, way)
        assert correct in (True, False, None)
        assert rule
        if way in NEVER_CORRECT:
            assert correct is not True, (name, way, rule)
