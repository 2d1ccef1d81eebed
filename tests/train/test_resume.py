"""A training that is killed, interrupted or cannot write goes on with the same command, to the very same weights."""

from __future__ import annotations

import json
import re
import shutil
import signal
from pathlib import Path

import pytest

from .conftest import Start

STEPS = 24
SETTINGS = ("--preset", "smoke-cpu", "--batch-size", "4", "--micro-batch-size", "2", "--epochs", "2.4",
            "--save-every", "5")  # fmt: skip


@pytest.fixture(scope="module")
def command(blank: Path, trajectories: Path) -> tuple[str, ...]:
    return ("train", str(trajectories), "--model", str(blank), *SETTINGS)


@pytest.fixture(scope="module")
def unbroken(start: Start, command: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unbroken") / "out"
    code, out, told = start(*command, "-o", folder).end()
    assert (code, out) == (0, ""), told
    assert told[-1].startswith(f"{folder}: {STEPS} steps, loss ")
    assert re.fullmatch(r"40 rows, [\d,]+ tokens; 24 steps of 4 rows", told[0])
    assert all(line.startswith("step ") for line in told[1:-1])  # nothing of the libraries'
    return folder


def log(folder: Path) -> list[tuple[int, float, float, int]]:
    path = folder / "log.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [(row["step"], row["loss"], row["rate"], row["tokens"]) for row in rows]


def checkpoints(folder: Path) -> list[int]:
    return sorted(int(path.name.rpartition("-")[2]) for path in (folder / "training").glob("checkpoint-*"))


def same(folder: Path, unbroken: Path) -> None:
    """Bit for bit: every step has seen the same rows, with the same optimizer."""
    assert log(folder) == log(unbroken)
    assert [step for step, *_ in log(folder)] == list(range(1, STEPS + 1))
    assert (folder / "model.safetensors").read_bytes() == (unbroken / "model.safetensors").read_bytes()
    result = json.loads((folder / "lemma_run.json").read_text())["result"]
    assert result["steps"] == STEPS
    assert not (folder / "training").exists()


def test_killed_again_and_again(start: Start, command: tuple[str, ...], unbroken: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    for step, there in ((2, []), (12, [10])):
        assert start(*command, "-o", folder, at=(step, signal.SIGKILL)).end()[0] == -signal.SIGKILL
        assert checkpoints(folder) == there
    # what a kill may leave: a checkpoint without its end, one with half of it, a line of the log cut in two
    whole = folder / "training" / "checkpoint-10"
    for number, state in ((21, None), (22, (whole / "trainer_state.json").read_text()[:200])):
        shutil.copytree(whole, folder / "training" / f"checkpoint-{number}")
        half = folder / "training" / f"checkpoint-{number}" / "trainer_state.json"
        half.unlink()
        if state is not None:
            half.write_text(state)
    with (folder / "log.jsonl").open("a") as file:
        file.write('{"step": 13, "lo')
    code, _, told = start(*command, "-o", folder).end()
    assert code == 0, told
    assert "going on from step 10" in told
    same(folder, unbroken)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(
    start: Start, command: tuple[str, ...], unbroken: Path, tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "out"
    terminal = number == signal.SIGINT
    code, out, told = start(*command, "-o", folder, at=(3, number), terminal=terminal).end()
    assert (code, out) == (130, ""), told
    shown = [re.sub(r"^.*\x1b\[[\d?]*[A-Za-z]", "", line) for line in told]  # what a terminal keeps of a line
    first, last = (shown.index(line) for line in (
        "interrupted: this step is ended and all is saved",
        f"interrupted; what is trained is saved, the same command goes on (-o {folder})"))  # fmt: skip
    assert first < last == len(shown) - 1
    assert any("step 4 of 24" in line for line in shown) or not terminal
    assert any("loading the model" in line for line in told) == terminal
    (kept,) = checkpoints(folder)
    assert kept == log(folder)[-1][0] == 4  # the step that was under way is ended, and none is lost
    if number == signal.SIGTERM:  # the other settings that may change on the way
        command = (*command[: command.index("--save-every")], "--save-every", "100", "--gradient-checkpointing")
    code, _, told = start(*command, "-o", folder).end()
    assert code == 0, told
    assert f"going on from step {kept}" in told
    same(folder, unbroken)


def test_interrupted_before_the_first_step(start: Start, command: tuple[str, ...], tmp_path: Path) -> None:
    folder = tmp_path / "out"
    code, out, told = start(*command, "-o", folder, at=(0, signal.SIGINT)).end()
    assert (code, out) == (130, "")
    assert [line for line in told if line][1:] == ["lemma-eval: interrupted"]


def test_a_full_disk_and_a_checkpoint_that_cannot_be_finished(
    start: Start, command: tuple[str, ...], unbroken: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    weights = (unbroken / "model.safetensors").stat().st_size
    code, out, told = start(*command, "-o", folder, largest=weights + 50_000).end()  # not the optimizer's state
    assert (code, out) == (2, ""), told
    assert told[-1].startswith(f"lemma-eval: {folder}: cannot be written (")
    assert "the same command goes on" in told[-1]
    assert not any("Traceback" in line for line in told)
    (folder / "lemma_run.json.part").mkdir()  # all is written but the last file
    code, _, told = start(*command, "-o", folder).end()
    assert code == 2, told
    assert told[-1].startswith(f"lemma-eval: {folder}: cannot be written (")
    assert checkpoints(folder) == [STEPS]
    (folder / "lemma_run.json.part").rmdir()
    code, _, told = start(*command, "-o", folder).end()
    assert code == 0, told
    assert told[1] == f"going on from step {STEPS}"
    same(folder, unbroken)


def test_a_finished_folder_and_other_settings(start: Start, command: tuple[str, ...], unbroken: Path) -> None:
    before = (unbroken / "model.safetensors").stat().st_mtime_ns
    code, out, told = start(*command, "-o", unbroken).end()
    assert (code, out) == (0, "")
    assert told == [f"{unbroken}: is trained already, {STEPS} steps; evaluate it with  "
                    f"lemma-eval run {unbroken} -b gsm8k"]  # fmt: skip
    assert (unbroken / "model.safetensors").stat().st_mtime_ns == before
    code, _, told = start(*command, "--learning-rate", "0.5", "-o", unbroken).end()
    assert code == 2
    assert told == [f"lemma-eval: {unbroken}: holds a training with other settings (learning_rate 0.001 there, 0.5 "
                    "here); give -o another folder"]  # fmt: skip
