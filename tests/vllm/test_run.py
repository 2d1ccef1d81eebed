"""`lemma-eval run --backend vllm` killed, interrupted, and with its engine killed: the same command goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.running.test_resume import COMMAND, HANG, finish, texts

LIMIT = 250  # problems of each of two benchmarks
TOTAL = 2 * LIMIT


def started(arguments: list[str], folder: Path, at_least: int) -> tuple[subprocess.Popen[str], list[Any]]:
    """The command, when it has stored `at_least` completions, with all processes below it."""
    import psutil

    process = subprocess.Popen(
        [COMMAND, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    begun = time.monotonic()
    while len(texts(folder)) < at_least:
        assert process.poll() is None, f"ended before its time: {process.stderr and process.stderr.read()}"
        assert time.monotonic() - begun < HANG, "nothing was stored"
        time.sleep(0.01)
    return process, psutil.Process(process.pid).children(recursive=True)


def wait_until_gone(processes: list[Any]) -> None:
    import psutil

    _, alive = psutil.wait_procs(processes, timeout=60)
    assert not alive, [each.name() for each in alive]


@pytest.mark.usefixtures("_vllm")
def test_killed_interrupted_and_without_its_engine_it_goes_on(tmp_path: Path, checkpoint: Path) -> None:
    folder = tmp_path / "run"
    command = ["run", str(checkpoint), "--backend", "vllm", "-b", "mini,mini:unseen", "--limit", str(LIMIT),
               "--max-new-tokens", "160", "--max-model-len", "1024", "--dtype", "float32", "--out", str(folder),
               "--engine-arg", "enforce_eager=true", "--engine-arg", "max_num_seqs=16"]  # fmt: skip

    process, below = started(command, folder, 20)
    assert any("EngineCore" in each.name() or "VLLM" in each.name() for each in below), below
    process.send_signal(signal.SIGKILL)
    process.communicate()
    wait_until_gone(below)
    killed = texts(folder)
    assert 20 <= len(killed) < TOTAL

    process, below = started(command, folder, len(killed) + 20)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: to all of them
    _, told = process.communicate(timeout=HANG)
    wait_until_gone(below)
    assert process.returncode == 130, told
    assert f"--out {folder} goes on" in told
    assert "Traceback" not in told
    interrupted = texts(folder)
    assert killed.items() <= interrupted.items()
    assert len(interrupted) < TOTAL

    process, below = started(command, folder, len(interrupted) + 20)
    for each in below:
        if "VLLM" in each.name():
            each.kill()
    _, told = process.communicate(timeout=HANG)
    wait_until_gone(below)
    assert process.returncode == 2, told
    assert "the same command goes on" in told
    assert "Traceback" not in told
    broken = texts(folder)
    assert interrupted.items() <= broken.items()
    assert len(broken) < TOTAL

    scores = finish(command)
    after = texts(folder)
    assert broken.items() <= after.items()
    assert len(after) == TOTAL
    assert [(row["samples"], row["missing"], row["failed"]) for row in scores] == [(LIMIT, 0, 0)] * 2
    assert finish(command) == scores  # nothing to ask: the engine is not even loaded


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_process_that_is_no_engine_of_ours_is_left_alone() -> None:
    """The plugin that vLLM loads in all its processes does nothing in those of others."""
    from lemma_eval.backends.vllm.process import in_engine_process

    before = len(list(Path("/proc/self/task").iterdir()))
    in_engine_process()
    assert len(list(Path("/proc/self/task").iterdir())) == before
