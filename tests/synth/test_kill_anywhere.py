"""Killed with SIGKILL again and again, at drawn moments, then the same command: the bytes of an unbroken run."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from tests.servers.scripted_teacher import Teacher, teaching
from tests.synth.running import COMMAND, HANG, derived, made, same_bytes, succeed
from tests.synth.whole import mini, prepare

SLOTS = 8


def stored(folder: Path) -> int:
    """The teacher's replies in the store."""
    try:
        with sqlite3.connect(f"file:{folder / 'store.sqlite'}?mode=ro", uri=True) as db:
            (count,) = db.execute(
                "SELECT count(*) FROM completions WHERE request NOT IN (SELECT request FROM items)"
            ).fetchone()
            return int(count)
    except sqlite3.OperationalError:
        return 0


def answered(teacher: Teacher) -> int:
    """How many requests it answered so far, each time counted."""
    return teacher.times.total()


def kill_at(arguments: list[str], folder: Path, teacher: Teacher, replies: int, delay: float) -> int:
    """Kill the command once the teacher has answered so many more, and some seconds later: what was lost with it."""
    before, kept = answered(teacher), stored(folder)
    process = subprocess.Popen([COMMAND, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    started = time.monotonic()
    while answered(teacher) - before < replies and process.poll() is None:
        assert time.monotonic() - started < HANG, "the command hangs"
        time.sleep(0.005)
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    _, error = process.communicate()
    assert process.returncode in (0, -signal.SIGKILL), error
    return (answered(teacher) - before) - (stored(folder) - kept)


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_anywhere_and_again_gives_the_same_bytes(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    with teaching(latency=(0.005, 0.03)) as (served, teacher):
        setting, _ = prepare(tmp_path, mini(16), served.url)
        command = setting.run(tmp_path / "broken", "--teacher-concurrency", str(SLOTS))
        # Before the first reply, while the student is sampled; among the replies; and when the files are written.
        moments = [(0, dice.uniform(0.2, 1.5)), *((dice.randrange(1, 100), 0.0) for _ in range(3)), (1, 0.5)]
        lost = [kill_at(command, tmp_path / "broken", teacher, replies, delay) for replies, delay in moments]
        assert stored(tmp_path / "broken") > 0, "killed before anything was answered"
        succeed(command)
        again = sum(count - 1 for count in teacher.times.values())
        assert again == sum(lost), "asked again is just what was answered and not yet stored when it was killed"
        assert all(each <= 4 * SLOTS for each in lost)
        assert stored(tmp_path / "broken") == len(teacher.times)
        calls = teacher.stats.calls
        succeed(setting.run(tmp_path / "whole"))
        assert teacher.stats.calls > calls
        assert len(teacher.times) == len(teacher.ledger) == stored(tmp_path / "whole")
    broken, whole = derived(tmp_path / "broken"), derived(tmp_path / "whole")
    assert made(tmp_path / "whole").trajectories
    same_bytes(broken, whole)


def test_killed_while_files_are_written(tmp_path: Path) -> None:
    """Everything is answered; files are replaced whole or not at all, whenever it is killed."""
    dice = random.Random(3)
    with teaching() as (served, _):
        setting, _ = prepare(tmp_path, mini(12), served.url)
        command = setting.run(tmp_path / "out")
        succeed(command)
        whole = derived(tmp_path / "out")
        for name in whole:
            (tmp_path / "out" / name).unlink()
        started = time.monotonic()
        succeed(command)
        took = time.monotonic() - started
        for _ in range(6):
            for name in dice.sample(sorted(whole), len(whole) // 2):
                (tmp_path / "out" / name).unlink(missing_ok=True)
            process = subprocess.Popen([COMMAND, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0.5, 1.05) * took)
            process.kill()
            process.wait()
            left = {name: it for name, it in derived(tmp_path / "out").items() if not name.endswith(".part")}
            same_bytes(left, {name: content for name, content in whole.items() if name in left})
        succeed(command)
        same_bytes(whole, derived(tmp_path / "out"))
