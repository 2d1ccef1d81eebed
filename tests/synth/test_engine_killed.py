"""A synthesis killed by the system, against a real server: the same command goes on and asks nothing twice."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from lemma_eval.errors import LemmaEvalError
from lemma_eval.store import Store
from tests.conftest import ROOT
from tests.servers.chat_server import Behaviour, Served, serving

_HANGS = 120.0


def started(url: str, folder: Path) -> subprocess.Popen[str]:
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "tests.synth.toy_run", url, str(folder)]
    environment = {**os.environ, "OPENAI_API_KEY": "none"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment)


def finished(url: str, folder: Path) -> str:
    process = started(url, folder)
    told, _ = process.communicate(timeout=_HANGS)
    assert process.returncode == 0
    return told


def wait_for(server: Served, calls: int) -> None:
    until = time.monotonic() + _HANGS
    while server.stats.calls - server.stats.in_flight < calls:
        assert time.monotonic() < until
        time.sleep(0.005)


def stored_in(folder: Path) -> int:
    """Completions in the store of a run that may go on meanwhile, or may not have made it yet."""
    if not (folder / "store.sqlite").exists():
        return 0
    try:
        with Store(folder / "store.sqlite", write=False) as store:
            return store.counts()[1]
    except (LemmaEvalError, sqlite3.Error):  # looked at while it is being made
        return 0


def wait_for_stored(folder: Path, more_than: int) -> int:
    """What the server has answered reaches the store later, on a busy machine much later."""
    until = time.monotonic() + _HANGS
    while (now := stored_in(folder)) <= more_than:
        assert time.monotonic() < until
        time.sleep(0.005)
    return now


def test_killed_again_and_again_the_results_are_the_same(tmp_path: Path) -> None:
    with serving(Behaviour(latency=(0.01, 0.08), text="said {number}")) as server:
        whole = finished(server.url, tmp_path / "whole")
        calls = server.stats.calls
        assert set(server.stats.bodies.values()) == {1}  # nothing was asked twice
        assert '"assemble"' in whole
        stored = 0
        for more in (5, 40, 90):
            before = server.stats.calls
            process = started(server.url, tmp_path / "killed")
            wait_for(server, before + more)
            wait_for_stored(tmp_path / "killed", stored)
            process.kill()
            process.wait()
            with Store(tmp_path / "killed" / "store.sqlite", write=False) as store:
                _, now, failures = store.counts()
            assert stored < now < calls
            assert not failures
            stored = now
        wait_for(server, server.stats.calls)
        before = server.stats.calls
        assert finished(server.url, tmp_path / "killed") == whole
        assert server.stats.calls - before == calls - stored
        assert finished(server.url, tmp_path / "killed") == whole
        assert server.stats.calls - before == calls - stored


def test_a_server_that_stumbles_changes_nothing(tmp_path: Path) -> None:
    with serving(Behaviour(text="said {number}")) as server:
        whole = finished(server.url, tmp_path / "whole")
        server.behaviour.errors, server.behaviour.cut_body = 0.2, 0.1
        assert finished(server.url, tmp_path / "other") == whole
