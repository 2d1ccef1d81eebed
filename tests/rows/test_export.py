"""Exports of a real run: every sample a row, the same in every format, whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lemma_eval.answers import PRESETS
from lemma_eval.cli import cli
from lemma_eval.completion import Failure
from lemma_eval.errors import UsageError
from lemma_eval.grader import open_grader
from lemma_eval.problem_set import load
from lemma_eval.protocols import RECORDED
from lemma_eval.request import Request
from lemma_eval.rows.exporting import columns, rows, write_dataset, write_file
from lemma_eval.rows.files import iterate_rows
from lemma_eval.running.plan import RunPlan
from lemma_eval.running.regrading import own_grader, regrade
from lemma_eval.running.runner import run
from lemma_eval.shots import NO_SHOTS
from tests.scripted_backend import Scripted

QUESTIONS: list[dict[str, Any]] = [
    {"question": "What is 3 + 4?", "answer": "7", "level": "1", "subject": "Sums"},
    {"question": "Which? <script>\u202e", "answer": "B", "choices": ["one", "two"]},
    {"question": "What is 1/2?", "answer": "1/2", "accepted": ["0.5"]},
    {"question": "What fails?", "answer": "1"},
]


def reply(request: Request) -> str | Failure | None:
    if "fails" in str(request.prompt):
        return Failure(request.id, "refused", "no\nsuch \x1b[1m thing")
    return 'The answer is 7. \ud800 \n, "quoted"' if request.sample == 0 else "The answer is (B)."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("export")
    questions = where / "own.jsonl"
    questions.write_text("".join(json.dumps(row) + "\n" for row in QUESTIONS), encoding="utf-8")
    problems = load(str(questions))
    plan = RunPlan((problems,), RECORDED, {problems.spec: NO_SHOTS}, RECORDED.sampling, PRESETS["default"], n=2)
    run(plan, Scripted(reply, keyed=True), where / "run")
    return where / "run"


def exported(folder: Path, *arguments: str) -> Any:
    return CliRunner().invoke(cli, ["export", str(folder), *arguments], standalone_mode=False)


def read(path: Path) -> list[dict[str, Any]]:
    return [dict(row) for _, row in iterate_rows(path)]


def test_every_sample_is_a_row(folder: Path, tmp_path: Path) -> None:
    assert exported(folder, "-o", str(tmp_path / "x.jsonl")).exit_code == 0
    found = read(tmp_path / "x.jsonl")
    assert [(row["problem"], row["sample"]) for row in found] == [(str(p), s) for p in range(4) for s in range(2)]
    assert all(list(row) == list(columns(texts=True)) for row in found)
    first, _, choice, _, _, _, failed, _ = found
    assert (first["verdict"], first["verdict_answer"], first["gold"]) == ("correct", "7", "7")
    assert (first["level"], first["subject"], first["type"]) == ("1", "Sums", None)
    assert json.loads(first["meta"]) == {"level": "1", "subject": "Sums"}
    assert first["text"][first["verdict_start"] : first["verdict_end"]] == "7"
    assert first["characters"] == len(first["text"])
    assert "\\ud800" in first["text"]  # as the store keeps it
    assert "What is 3 + 4?" in first["prompt"]
    assert first["signature"].startswith("data:own.jsonl@")
    assert json.loads(choice["choices"]) == ["one", "two"]
    assert json.loads(found[4]["accepted"]) == ["0.5"]
    assert (failed["text"], failed["verdict"], failed["failure"]) == (None, None, "refused")
    assert "such" in failed["failure_message"]


def test_all_formats_hold_the_same(folder: Path, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    for form, name in (("jsonl", "x.jsonl"), ("parquet", "x.parquet"), ("hf", "x")):
        done = exported(folder, "--format", form, "-o", str(tmp_path / name))
        assert done.exit_code == 0, done.exception
        assert f"8 rows written to {tmp_path / name}" in done.output
    plain = read(tmp_path / "x.jsonl")
    assert read(tmp_path / "x.parquet") == plain
    loaded = datasets.load_from_disk(str(tmp_path / "x"))
    assert [dict(row) for row in loaded] == plain
    assert loaded.features["sample"].dtype == loaded.features["verdict_start"].dtype == "int64"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x", "x.jsonl", "x.parquet"]


def test_standard_output(folder: Path) -> None:
    done = exported(folder, "-o", "-", "--no-texts")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == 8
    assert list(found[0]) == list(columns(texts=False))
    assert not {"question", "prompt", "prefix", "text", "reasoning"} & set(found[0])


def test_several_runs_are_told_apart(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "other")
    done = CliRunner().invoke(cli, ["export", str(folder), str(tmp_path / "other"), "-o", "-"], standalone_mode=False)
    assert [json.loads(line)["run"] for line in done.stdout.splitlines()] == ["run"] * 8 + ["other"] * 8


def test_verdicts_of_another_policy(folder: Path, tmp_path: Path) -> None:
    done = exported(folder, "--policy", "strict", "-o", "-")
    assert "lemma-eval regrade" in str(done.exception)
    copy = tmp_path / "run"
    shutil.copytree(folder, copy)
    list(regrade(copy, open_grader("lemma-eval"), PRESETS["strict"]))
    found = [json.loads(line) for line in exported(copy, "--policy", "strict", "-o", "-").stdout.splitlines()]
    assert {row["verdict_policy"].partition("/")[0] for row in found if row["verdict"]} == {"strict"}
    assert all("policy:strict/" in row["signature"] for row in found)
    done = exported(copy, "--policy", "all", "-o", "-")
    assert isinstance(done.exception, UsageError)
    assert "several sets of verdicts" in str(done.exception)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--format", "parquet", "-o", "-"), "JSONL only"),
        (("--format", "parquet", "-o", "x.jsonl"), "ends in .parquet"),
        (("-o", "x.csv"), "ends in .jsonl"),
        (("-o", "{there}"), "exists"),
        (("--format", "hf", "-o", "{folder}"), "exists"),
        (("--format", "hf", "--overwrite", "-o", "{folder}"), "no datasets folder"),
        (("-o", "no/such/folder/x.jsonl"), "cannot be written"),
        (("--overwrite", "-o", "{folder}/d.jsonl"), "d.jsonl: is a folder"),
    ],
)
def test_what_a_user_can_get_wrong(folder: Path, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    there = tmp_path / "there.jsonl"
    there.write_text("kept", encoding="utf-8")
    (tmp_path / "d.jsonl").mkdir()
    done = exported(folder, *(each.format(there=there, folder=tmp_path) for each in arguments))
    assert isinstance(done.exception, UsageError)
    assert message in str(done.exception)
    assert there.read_text(encoding="utf-8") == "kept"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.jsonl", "there.jsonl"]


@pytest.mark.parametrize("name", ["x.jsonl", "x.parquet", "x"])
def test_an_error_leaves_nothing(folder: Path, tmp_path: Path, name: str) -> None:
    def broken() -> Any:
        yield from rows(folder, "r", own_grader(folder))
        raise KeyboardInterrupt

    write = write_file if "." in name else write_dataset
    with pytest.raises(KeyboardInterrupt):
        write(broken(), tmp_path / name, texts=True, overwrite=False)
    assert list(tmp_path.iterdir()) == []


def test_a_dataset_is_replaced_whole(folder: Path, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    own = own_grader(folder)
    write_dataset(rows(folder, "old", own), tmp_path / "x", texts=True, overwrite=False)
    write_dataset(rows(folder, "new", own), tmp_path / "x", texts=True, overwrite=True)
    assert set(datasets.load_from_disk(str(tmp_path / "x"))["run"]) == {"new"}
    assert str(tmp_path) not in (tmp_path / "x" / "dataset_info.json").read_text(encoding="utf-8")


def _full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_the_old_dataset(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    own = own_grader(folder)
    write_dataset(rows(folder, "old", own), tmp_path / "x", texts=True, overwrite=False)

    def generate(*_: object, **__: object) -> None:  # what datasets makes of it while it writes its cache
        try:
            _full()
        except OSError as error:
            raise datasets.exceptions.DatasetGenerationError("An error occurred") from error

    def into_place(source: Path, target: Path) -> None:
        if source.name == "dataset":
            _full()
        source.rename(target)

    for where, name, broken in (
        (datasets.Dataset, "from_parquet", generate),
        (datasets.Dataset, "save_to_disk", _full),
        (os, "replace", into_place),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(where, name, broken)
            with pytest.raises((UsageError, OSError), match="No space left"):
                write_dataset(rows(folder, "new", own), tmp_path / "x", texts=True, overwrite=True)
        assert set(datasets.load_from_disk(str(tmp_path / "x"))["run"]) == {"old"}
        assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_memory_does_not_grow_with_the_rows(folder: Path, tmp_path: Path) -> None:
    own = own_grader(folder)
    some = list(rows(folder, "r", own))

    def peak(times: int, name: str) -> int:
        tracemalloc.start()
        write_file((row for _ in range(times) for row in some), tmp_path / name, texts=True, overwrite=False)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(2000, "b.jsonl") < 2 * peak(200, "a.jsonl") + 1_000_000


def test_lone_surrogates_do_not_stop_standard_output(folder: Path) -> None:
    assert sys.getdefaultencoding() == "utf-8"
    assert "\\\\ud800" in exported(folder, "-o", "-").stdout
