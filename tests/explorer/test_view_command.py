"""`lemma-eval view` as a process of its own, asked over a real port."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.explorer.runs import plain_run

VIEW = [sys.executable, "-m", "lemma_eval", "view"]


@contextmanager
def viewing(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and its address."""
    process = subprocess.Popen(
        [*VIEW, "--no-open", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.match(r"(http://127\.0\.0\.1:\d+/)  \(Ctrl-C ends it\)\n", line)
        assert found, line
        yield process, found[1]
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plain_run(tmp_path_factory.mktemp("runs") / "run")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_on_its_port_until_it_is_ended(ending: signal.Signals, run: Path) -> None:
    with viewing(str(run)) as (process, address):
        with urllib.request.urlopen(address, timeout=60) as answer:
            assert b"Leaderboard" in answer.read()
        for headers, path in (({"Host": "evil.example"}, ""), ({}, "runs/run/samples?page=0")):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(urllib.request.Request(f"{address}{path}", headers=headers), timeout=60)
            assert refused.value.code == 400
            refused.value.close()
        process.send_signal(ending)
        out, errors = process.communicate(timeout=60)
        assert (out, errors) == ("", "")
        assert process.returncode in (0, -ending)


def test_only_this_machine_can_reach_it(run: Path) -> None:
    with viewing(str(run)) as (_, address):
        port = int(address.rstrip("/").rpartition(":")[2])
        with socket.socket() as other:
            other.settimeout(5)
            assert other.connect_ex(("127.0.0.2", port)) != 0  # bound to 127.0.0.1, not to every address


def test_a_port_is_taken_once(run: Path) -> None:
    with viewing(str(run)) as (_, address):
        port = address.rstrip("/").rpartition(":")[2]
        done = subprocess.run(
            [*VIEW, str(run), "--port", port, "--no-open"], capture_output=True, text=True, check=False
        )
    assert done.returncode == 2
    assert (
        done.stderr
        == f"lemma-eval: port {port} cannot be used (Address already in use); give another --port, or none\n"
    )


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "Missing argument 'RUN...'"),
        (["absent"], "absent: holds no run (no manifest.json)"),
        (["."], "holds no run"),
        (["--port", "70000", "."], "70000 is not in the range"),
    ],
)
def test_one_clear_line(arguments: list[str], line: str, tmp_path: Path) -> None:
    done = subprocess.run([*VIEW, *arguments], capture_output=True, text=True, check=False, cwd=tmp_path, timeout=120)
    assert done.returncode == 2
    assert line in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_store_that_is_absent(tmp_path: Path) -> None:
    run = plain_run(tmp_path / "run")
    (run / "store.sqlite").unlink()
    done = subprocess.run([*VIEW, str(run)], capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_without_the_extra_the_command_says_what_to_install(run: Path) -> None:
    for absent in ("uvicorn", "starlette", "jinja2"):
        code = f"import sys; sys.modules[{absent!r}] = None; sys.argv[1:] = ['view', {str(run)!r}]\n"
        code += "from lemma_eval.cli import main; main()"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 2
        assert "pip install 'lemma-eval[explorer]'" in done.stderr
        assert absent in done.stderr
        assert len(done.stderr.splitlines()) == 1
