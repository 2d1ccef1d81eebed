"""A run's manifest: which folder may be used, and what tells two runs apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lemma_eval.errors import RunError
from lemma_eval.running.manifest import check_folder, environment, read_manifest, write_manifest

RUN: dict[str, Any] = {
    "model": "m@0",
    "benchmarks": {"gsm8k": {"size": 3, "shots": "0"}},
    "sampling": {"temperature": 0.0, "stop": ("</s>", "\n\n")},
    "seed": 0,
    "shard": None,
}


def written(folder: Path, run: dict[str, Any] = RUN) -> Path:
    folder.mkdir(exist_ok=True)
    write_manifest(folder, {"run": run, "environment": environment()})
    return folder


def test_what_is_written_is_read(tmp_path: Path) -> None:
    manifest = read_manifest(written(tmp_path))
    assert manifest["run"] == json.loads(json.dumps(RUN))
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]  # no draft is left


def test_a_draft_left_by_a_kill_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "manifest.tmp").write_text("half a", encoding="utf-8")
    assert read_manifest(written(tmp_path))["run"]["model"] == "m@0"
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_any_text_survives(tmp_path: Path) -> None:
    run = {**RUN, "model": "é\ud800\x00"}
    assert read_manifest(written(tmp_path, run))["run"]["model"] == "é\ud800\x00"
    assert check_folder(tmp_path, run)


def test_the_environment_names_versions() -> None:
    found = environment()
    assert json.loads(json.dumps(found)) == found
    assert {"lemma_eval", "git", "packages", "python", "platform", "started", "command"} <= found.keys()
    assert {"sympy", "mpmath"} <= found["packages"].keys()


@pytest.mark.parametrize(
    "left",
    [
        [],
        ["store.lock"],
        ["store.lock", "store.sqlite", "store.sqlite-wal", "store.sqlite-shm", "manifest.tmp"],
        ["store.sqlite-journal"],
    ],
)
def test_a_free_folder(left: list[str], tmp_path: Path) -> None:
    for name in left:
        (tmp_path / name).touch()
    assert not check_folder(tmp_path, RUN)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(left)


def test_an_absent_folder_is_free_and_is_not_made(tmp_path: Path) -> None:
    assert not check_folder(tmp_path / "a" / "b", RUN)
    assert list(tmp_path.iterdir()) == []


def test_the_same_run_is_resumed(tmp_path: Path) -> None:
    (written(tmp_path) / "notes.txt").touch()  # other files beside a run do no harm
    assert check_folder(tmp_path, RUN)
    assert check_folder(tmp_path, json.loads(json.dumps(RUN)))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": "m@1"}, 'model is "m@0" there, "m@1" here'),
        ({"seed": 1}, "seed is 0 there, 1 here"),
        ({"shard": [1, 2]}, "shard is null there, [1, 2] here"),
        ({"sampling": {"temperature": 0.7, "stop": ["</s>", "\n\n"]}}, "sampling.temperature is 0.0 there, 0.7 here"),
        ({"sampling": {"temperature": 0.0, "stop": ["</s>", "\n"]}}, r'sampling.stop[1] is "\n\n" there, "\n" here'),
        ({"sampling": {"temperature": 0.0, "stop": []}}, r'sampling.stop is ["</s>", "\n\n"] there, [] here'),
        ({"benchmarks": {"gsm8k": {"size": 4, "shots": "0"}}}, "benchmarks.gsm8k.size is 3 there, 4 here"),
        ({"benchmarks": {"math": {"size": 3, "shots": "0"}}}, "benchmarks.math is null there, {"),
        ({"new": "x" * 99}, 'new is null there, "xxx'),
    ],
)
def test_another_run_is_refused_and_what_differs_is_named(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    written(tmp_path)
    before = (tmp_path / "manifest.json").read_bytes()
    with pytest.raises(RunError) as caught:
        check_folder(tmp_path, {**RUN, **change})
    message = str(caught.value)
    assert message.startswith(f"{tmp_path}: holds another run: ")
    assert said in message
    assert message.endswith("give another --out")
    assert len(message) < len(str(tmp_path)) + 400
    assert (tmp_path / "manifest.json").read_bytes() == before


def test_many_differences_are_counted(tmp_path: Path) -> None:
    written(tmp_path, {**RUN, **{f"k{number}": 0 for number in range(5)}})
    with pytest.raises(RunError, match=r"k0 is .*; k1 is .*; k2 is .* \(and 2 more\); give another"):
        check_folder(tmp_path, {**RUN, **{f"k{number}": 1 for number in range(5)}})


def test_a_folder_with_other_files_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(RunError, match=r"holds other files \(thesis\.tex, \.\.\.\) and no run; give another --out"):
        check_folder(tmp_path, RUN)


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(RunError, match="out: is a file; give a folder as --out"):
        check_folder(tmp_path / "out", RUN)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be read"),
        ('{"run": {"model"', "cannot be read"),
        ("[]", "is not the manifest of a run"),
        ("{}", "is not the manifest of a run"),
        ('{"run": []}', "is not the manifest of a run"),
        ("\udcff", "cannot be read"),
    ],
)
def test_a_damaged_manifest(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(RunError, match=said):
        read_manifest(tmp_path)
    with pytest.raises(RunError, match=said):  # neither free nor another run
        check_folder(tmp_path, RUN)


def test_no_manifest(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(RunError, match=r"holds no run \(no manifest\.json\)"):
            read_manifest(folder)
