"""A training that is killed, interrupted or cannot write goes on with the same command, to the very same weights."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import pytest

from .conftest import Start, Started

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
    assert all(line.startswith("step ") for line in told[:-1])  # nothing of the libraries'
    return folder


def log(folder: Path) -> list[tuple[int, float, float, int]]:
    path = folder / "log.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [(row["step"], row["loss"], row["rate"], row["tokens"]) for row in rows]


def steps_done(folder: Path) -> int:
    path = folder / "log.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


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


def killed(started: Started, folder: Path, step: int) -> None:
    started.wait_for(lambda: steps_done(folder) >= step)
    started.send(signal.SIGKILL)
    assert started.end()[0] == -signal.SIGKILL


def test_killed_again_and_again(start: Start, command: tuple[str, ...], unbroken: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    killed(start(*command, "-o", folder), folder, 2)
    killed(start(*command, "-o", folder), folder, 12)
    there = checkpoints(folder)
    assert there
    assert len(there) <= 2
    # what a kill may leave: a checkpoint without its end, one with half of it, a line of the log cut in two
    whole = folder / "training" / f"checkpoint-{max(there)}"
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
    assert any(line.startswith("going on from step ") for line in told)
    same(folder, unbroken)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(
    start: Start, command: tuple[str, ...], unbroken: Path, tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "out"
    first = start(*command, "-o", folder)
    first.wait_for(lambda: steps_done(folder) >= 3)
    first.send(number)
    code, out, told = first.end()
    assert (code, out) == (130, ""), told
    assert told[-2:] == ["interrupted: this step is ended and all is saved",
                         f"interrupted; what is trained is saved, the same command goes on (-o {folder})"]  # fmt: skip
    (kept,) = checkpoints(folder)
    assert kept == log(folder)[-1][0] < STEPS  # not a step is lost
    if number == signal.SIGTERM:  # the other settings that may change on the way
        command = (*command[: command.index("--save-every")], "--save-every", "100", "--gradient-checkpointing")
    code, _, told = start(*command, "-o", folder).end()
    assert code == 0, told
    assert f"going on from step {kept}" in told
    same(folder, unbroken)


def test_interrupted_before_the_first_step(start: Start, command: tuple[str, ...], tmp_path: Path) -> None:
    folder = tmp_path / "out"
    first = start(*command, "-o", folder)
    first.wait_for((folder / "train.json").exists)
    first.send(signal.SIGINT)
    code, out, told = first.end()
    assert (code, out) == (130, "")
    assert [line for line in told if line] == ["lemma-eval: interrupted"]


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
    assert told[0] == f"going on from step {STEPS}"
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
