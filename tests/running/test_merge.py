"""Joining shards: real runs on a small file of our own, replayed."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lemma_eval.answers import PRESETS
from lemma_eval.backend import BackendOptions
from lemma_eval.backends.replay import open_backend
from lemma_eval.cli import cli
from lemma_eval.errors import LemmaEvalError, RunError
from lemma_eval.problem_set import load
from lemma_eval.protocols import RECORDED
from lemma_eval.running.manifest import read_manifest
from lemma_eval.running.merge import merge_runs
from lemma_eval.running.plan import RunPlan
from lemma_eval.running.runner import run
from lemma_eval.scores.scoring import score_rows
from lemma_eval.shots import NO_SHOTS

Runner = Callable[..., Path]


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """Run a shard (or all) of seven recorded answers, two samples each, of which one problem has none."""
    rows: list[dict[str, Any]] = [
        {"question": f"What is {n} + 1?", "answer": n + 1,
         "completion": [f"The answer is {n + 1}.", f"The answer is {n + n % 2}."]}
        for n in range(7)
    ]  # fmt: skip
    del rows[4]["completion"]
    questions, recorded = tmp_path / "own.jsonl", tmp_path / "recorded.jsonl"
    questions.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    recorded.write_text("".join(json.dumps(row) + "\n" for row in rows if "completion" in row), encoding="utf-8")

    def made(name: str, shard: tuple[int, int] | None, **changed: Any) -> Path:
        out = tmp_path / name
        problems = load(str(questions))
        shots, policy = {problems.spec: NO_SHOTS}, PRESETS["default"]
        plan = RunPlan((problems,), RECORDED, shots, RECORDED.sampling, policy, n=2, shard=shard)
        run(replace(plan, **changed), open_backend(str(recorded), BackendOptions()), out)
        return out

    return made


def files(folder: Path) -> dict[str, bytes]:
    """A run's files, but for what SQLite lays beside a database that is being read."""
    return {
        path.name: path.read_bytes() for path in folder.iterdir() if path.suffix not in (".sqlite-wal", ".sqlite-shm")
    }


def refused(shards: list[Path], out: Path) -> str:
    """What is said of these shards; nothing may be written."""
    before = [files(folder) for folder in shards if folder.is_dir()]
    with pytest.raises(RunError) as caught:
        merge_runs(shards, out)
    assert not out.exists()
    assert [files(folder) for folder in shards if folder.is_dir()] == before
    return str(caught.value)


@pytest.mark.parametrize("count", [1, 2, 3, 9])  # nine shards of seven problems: two of them are empty
def test_the_merged_run_is_the_whole_run(count: int, runner: Runner, tmp_path: Path) -> None:
    whole = runner("whole", None)
    shards = [runner(f"shard{index}", (index, count)) for index in range(1, count + 1)]
    merge_runs(shards[::-1], tmp_path / "merged")
    assert read_manifest(tmp_path / "merged")["run"] == read_manifest(whole)["run"]
    (merged,), (expected,) = score_rows(tmp_path / "merged"), score_rows(whole)
    assert merged.counts == expected.counts
    assert (merged.counts.problems, merged.counts.samples, merged.counts.failed, merged.counts.missing) == (7, 14, 2, 0)
    assert (merged.marks, merged.signature, merged.model) == (expected.marks, expected.signature, expected.model)
    assert rows_of(tmp_path / "merged") == rows_of(whole)
    assert len(read_manifest(tmp_path / "merged")["shards"]) == count


def rows_of(run_folder: Path) -> dict[str, set[tuple[Any, ...]]]:
    """The store's rows, but for the time that grading took and the number of attempts."""
    db = sqlite3.connect(run_folder / "store.sqlite")
    found = {
        "items": "benchmark, problem, sample, request",
        "problems": "*",
        "completions": "*",
        "series": "*",
        "requests": "*",
        "failures": "request, reason, message",
        "verdicts": "problem, request, grader, correct, answer, span_start, span_end, rule, why, parsed",
    }
    rows = {table: set(db.execute(f"SELECT {columns} FROM {table}")) for table, columns in found.items()}
    db.close()
    return rows


def test_a_limit_counts_before_the_shards(runner: Runner, tmp_path: Path) -> None:
    whole = runner("whole", None, limit=3)
    shards = [runner(f"shard{index}", (index, 2), limit=3) for index in (1, 2)]
    merge_runs(shards, tmp_path / "merged")
    assert score_rows(tmp_path / "merged")[0].counts == score_rows(whole)[0].counts
    assert score_rows(tmp_path / "merged")[0].counts.problems == 3


def test_the_merged_run_is_resumed_by_the_whole_command(runner: Runner, tmp_path: Path) -> None:
    merge_runs([runner(f"shard{index}", (index, 2)) for index in (1, 2)], tmp_path / "merged")
    before = rows_of(tmp_path / "merged")
    runner("merged", None)
    assert rows_of(tmp_path / "merged") == before


def test_the_shards_stay_as_they_are(runner: Runner, tmp_path: Path) -> None:
    shards = [runner(f"shard{index}", (index, 2)) for index in (1, 2)]
    before = [files(shard) for shard in shards]
    merge_runs(shards, tmp_path / "merged")
    assert [files(shard) for shard in shards] == before


def test_a_missing_shard(runner: Runner, tmp_path: Path) -> None:
    shards = [runner(f"shard{index}", (index, 3)) for index in (1, 3)]
    assert refused(shards, tmp_path / "merged") == "shards missing: 2/3; give all 3"


def test_a_shard_given_twice(runner: Runner, tmp_path: Path) -> None:
    one, two = (runner(f"shard{index}", (index, 2)) for index in (1, 2))
    copy = tmp_path / "copy"
    shutil.copytree(one, copy)
    assert refused([one, two, copy], tmp_path / "merged") == f"{copy}: is shard 1/2, and so is {one}"


def test_a_shard_of_another_run(runner: Runner, tmp_path: Path) -> None:
    shards = [runner("shard1", (1, 2)), runner("shard2", (2, 2), seed=1)]
    assert refused(shards, tmp_path / "merged") == f"{shards[1]}: is a shard of another run than {shards[0]}"


def test_shards_of_different_cuts(runner: Runner, tmp_path: Path) -> None:
    shards = [runner("shard1", (1, 2)), runner("shard2", (2, 3))]
    assert refused(shards, tmp_path / "merged") == f"{shards[1]}: is shard 2/3, the others are of 2"


def test_a_whole_run_is_no_shard(runner: Runner, tmp_path: Path) -> None:
    shards = [runner("shard1", (1, 2)), runner("whole", None)]
    assert refused(shards, tmp_path / "merged") == f"{shards[1]}: is a whole run, not a shard"


def test_a_folder_without_a_run(runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "holds no run" in refused([runner("shard1", (1, 2)), tmp_path / "empty"], tmp_path / "merged")
    assert "holds no run" in refused([tmp_path / "absent"], tmp_path / "merged")


@pytest.mark.parametrize("damage", ["absent", "no database", "not planned"])
def test_a_shard_whose_store_is_not_whole(damage: str, runner: Runner, tmp_path: Path) -> None:
    shards = [runner(f"shard{index}", (index, 2)) for index in (1, 2)]
    for left in shards[1].glob("store.sqlite*"):
        left.unlink()
    expected = "holds no run"
    if damage == "no database":
        (shards[1] / "store.sqlite").write_bytes(b"no database " * 50)
        expected = "not a readable store"
    elif damage == "not planned":  # killed after its manifest, before its plan was stored
        other = runner("other", (2, 2), limit=1)
        shutil.copy(other / "store.sqlite", shards[1])
        expected = "0 of 6 samples are planned; run this shard again before merging"
    assert expected in refused(shards, tmp_path / "merged")


@pytest.mark.parametrize("there", ["run", "stranger", "file"])
def test_what_is_there_already_is_not_touched(there: str, runner: Runner, tmp_path: Path) -> None:
    shards = [runner(f"shard{index}", (index, 2)) for index in (1, 2)]
    out = tmp_path / "merged"
    if there == "run":
        merge_runs(shards, out)
    elif there == "stranger":
        out.mkdir()
        (out / "thesis.tex").write_text("precious", encoding="utf-8")
    else:
        out.write_text("precious", encoding="utf-8")
    before = {path: path.read_bytes() for path in [out, *tmp_path.glob("merged/*")] if path.is_file()}
    with pytest.raises(RunError, match=r"holds this run already|holds other files|is a file"):
        merge_runs(shards, out)
    assert {path: path.read_bytes() for path in [out, *tmp_path.glob("merged/*")] if path.is_file()} == before


def test_what_an_interrupted_merge_left_is_not_mixed_with_another(runner: Runner, tmp_path: Path) -> None:
    shards = [runner(f"shard{index}", (index, 2)) for index in (1, 2)]
    out = tmp_path / "merged"
    out.mkdir()
    shutil.copy(runner("other", None, limit=2) / "store.sqlite", out)  # a store without its manifest
    with pytest.raises(RunError, match="holds a merge that was interrupted; delete it, or give another --out"):
        merge_runs(shards, out)
    assert not (out / "manifest.json").exists()


def test_the_command(runner: Runner, tmp_path: Path) -> None:
    shards = [str(runner(f"shard{index}", (index, 2))) for index in (1, 2)]
    out = str(tmp_path / "merged")
    done = CliRunner().invoke(cli, ["merge", *shards, "--out", out], catch_exceptions=False)
    assert done.exit_code == 0
    assert "own.jsonl" in done.output
    again = CliRunner().invoke(cli, ["merge", *shards, "--out", out])
    assert isinstance(again.exception, LemmaEvalError)


def test_a_killed_shard_stays_as_it_is(runner: Runner, tmp_path: Path) -> None:
    whole, shards = runner("whole", None), [runner(f"shard{i}", (i, 2)) for i in (1, 2)]
    # What a killed writer leaves: a store whose last commits are in its write-ahead log.
    store = shards[0] / "store.sqlite"
    writer = sqlite3.connect(store)
    assert writer.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
    assert writer.execute("UPDATE completions SET text = text || ' '").rowcount > 0
    writer.commit()
    left = tmp_path / "killed"
    shutil.copytree(shards[0], left)
    writer.close()
    before = {name: (left / name).read_bytes() for name in ("store.sqlite", "store.sqlite-wal")}
    assert before["store.sqlite-wal"]
    merge_runs([left, shards[1]], tmp_path / "merged")
    assert {name: (left / name).read_bytes() for name in before} == before
    assert score_rows(tmp_path / "merged", "same") == score_rows(whole, "same")


def test_one_shard_given_twice(runner: Runner, tmp_path: Path) -> None:
    shard = runner("shard", (1, 2))
    with pytest.raises(RunError, match="is given twice"):
        merge_runs([shard, shard], tmp_path / "merged")
