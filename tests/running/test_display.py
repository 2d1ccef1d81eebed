"""The live display: what its line says, and what it writes where there is no terminal."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma_eval.running.display import display, summary
from lemma_eval.running.runner import Progress


@pytest.mark.parametrize(
    ("progress", "seconds", "line"),
    [
        (Progress(), 0.0, "0/0 answered"),
        (Progress(requests=10), 5.0, "0/10 answered"),
        (Progress(requests=10, stored=4), 5.0, "4/10 answered (4 from before)"),
        (
            Progress(requests=10, answered=5, graded=4, correct=3, tokens=100),
            2.0,
            "5/10 answered · accuracy 75.0 % of 4 · 2.5/s · 50 tokens/s · 0:02 left",
        ),
        (
            Progress(requests=10, stored=4, answered=4, failed=2, graded=8, correct=2),
            2.0,
            "8/10 answered · accuracy 20.0 % of 10 · 2 failed · 3.0/s",
        ),
        (Progress(requests=7201, answered=1), 1.0, "1/7201 answered · 1.0/s · 2:00:00 left"),
        (Progress(requests=3, failed=3), 1.0, "0/3 answered · accuracy 0.0 % of 3 · 3 failed"),
    ],
)
def test_the_line(progress: Progress, seconds: float, line: str) -> None:
    assert summary(progress, seconds) == line


@settings(deadline=None)
@given(st.builds(Progress, *(st.integers(0, 10**6) for _ in range(7))), st.floats(0, 1e6))
def test_any_state_has_a_line(progress: Progress, seconds: float) -> None:
    assert summary(progress, seconds).startswith(f"{progress.stored + progress.answered}/{progress.requests} answered")


def test_without_a_terminal_the_last_state_is_written_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with display() as observe:
        observe(Progress(requests=2, answered=1))
        observe(Progress(requests=2, answered=2, graded=2, correct=1))
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.startswith("2/2 answered · accuracy 50.0 % of 2")
    assert "\x1b" not in written.err
    assert written.err.count("\n") == 1


def test_nothing_observed_nothing_written(capsys: pytest.CaptureFixture[str]) -> None:
    with display():
        pass
    assert capsys.readouterr() == ("", "")


def test_the_last_state_is_written_when_the_run_breaks(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError), display() as observe:  # noqa: PT012
        observe(Progress(requests=2, answered=1))
        raise RuntimeError
    assert capsys.readouterr().err.startswith("1/2 answered")


ON_TERMINAL = """
from lemma_eval.running.display import display
from lemma_eval.running.runner import Progress
with display() as observe:
    observe(Progress(requests=2, answered=2, graded=2, correct=1))
"""


def test_on_a_terminal_there_is_a_bar() -> None:
    # FORCE_COLOR and TTY_COMPATIBLE are how one tells rich that a pipe stands for a terminal.
    shown = subprocess.run(
        [sys.executable, "-c", ON_TERMINAL],
        env={"TTY_COMPATIBLE": "1", "FORCE_COLOR": "1", "COLUMNS": "100", "PYTHONUTF8": "1"},
        capture_output=True,
        check=True,
    )
    text = shown.stderr.decode("utf-8")
    assert "2/2 answered · accuracy 50.0 % of 2" in text
    assert "━" in text
    assert shown.stdout == b""
