"""The files of a synthesis: what they hold, that equal outcomes give equal bytes, and that others can load them."""

from __future__ import annotations

import builtins
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lemma_eval.errors import RunError
from lemma_eval.problem import Problem
from lemma_eval.synth.engine.outcome import Outcome, StageResult
from lemma_eval.synth.outputs import write
from lemma_eval.synth.outputs.rows import PROVENANCE
from lemma_eval.synth.outputs.write import write_all
from lemma_eval.synth.records import Record
from lemma_eval.trajectory import of_row
from tests.synth.finished import ABOUT, CATS, outcome, trajectories

DATA = ("trajectories.jsonl", "trajectories.parquet", "alpaca.json", "sharegpt.json", "dataset/README.md",
        "dataset/data/train-00000-of-00001.parquet")  # fmt: skip


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_record_and_every_reject_stands_in_a_file(tmp_path: Path) -> None:
    made = outcome()
    write_all(tmp_path, made, ABOUT)
    for name, stage in made.stages.items():
        rows = rows_of(tmp_path / "stages" / f"{name}.jsonl")
        assert [row["id"] for row in rows] == sorted(record.id for record in stage.records)
        for row in rows:
            record = next(each for each in stage.records if each.id == row["id"])
            assert list(row) == ["id", "kind", "parent", "question", "text", "data", "about"]
            assert (row["kind"], row["text"], row["data"]) == (record.kind, record.text, dict(record.data))
            assert row["parent"] == (record.parent.id if record.parent else None)
            assert row["question"] == list(record.line())[-1].id
    rejects = rows_of(tmp_path / "rejects.jsonl")
    told = [(name, each.record.id, str(each.reason), each.detail) for name, stage in made.stages.items()
            for each in stage.rejects]  # fmt: skip
    assert [(row["stage"], row["id"], row["reason"], row["detail"]) for row in rejects] == told
    whole = {row["id"] for name in made.stages for row in rows_of(tmp_path / "stages" / f"{name}.jsonl")}
    # A record that no stage put out has its text here: nothing that a model said is in no file.
    assert all(("text" in row) == (row["id"] not in whole or row["stage"] == "questions") for row in rejects)
    assert {
        str(path.relative_to(tmp_path / "data")) for path in (tmp_path / "data").rglob("*.*") if path.is_file()
    } == {*DATA}


def test_equal_outcomes_give_equal_bytes_whatever_the_order_of_the_records(tmp_path: Path) -> None:
    write_all(tmp_path / "a", outcome(), ABOUT)
    write_all(tmp_path / "b", outcome(backwards=True), dict(reversed(ABOUT.items())))
    first = files_of(tmp_path / "a")
    assert first == files_of(tmp_path / "b")
    write_all(tmp_path / "a", outcome(), ABOUT)  # over what is there
    assert files_of(tmp_path / "a") == first


def test_a_trajectory_is_its_question_text_and_wrong_step(tmp_path: Path) -> None:
    write_all(tmp_path, outcome(), ABOUT)
    rows = rows_of(tmp_path / "data" / "trajectories.jsonl")
    for row, record in zip(rows, trajectories(), strict=True):
        found = of_row(row)
        assert (row["id"], found.question, found.text) == (record.id, record.problem.question, record.text)
        assert found.gold == record.problem.answer
        assert found.error_span is not None
        start, end = found.error_span
        flawed = record.ancestor("flawed")
        assert found.text[start:end].strip() == flawed.text[slice(*flawed.data["span"])].strip() != ""
        assert tuple(found.provenance) == PROVENANCE


def test_provenance_names_models_prompts_requests_and_ancestors(tmp_path: Path) -> None:
    write_all(tmp_path, outcome(), ABOUT)
    rows = {row["id"]: row["provenance"] for row in rows_of(tmp_path / "data" / "trajectories.jsonl")}
    for record in trajectories():
        found = rows[record.id]
        assert found["student"] == ABOUT["student"]["label"]
        assert (found["teacher_model"], found["policy"]) == ("teacher-4o", "strict/2")
        assert (found["source"], found["row"]) == ("gsm8k:train", record.problem.id)
        assert (found["error_type"], found["strategy"]) == (record.data["type"], record.data["strategy"])
        assert found["records"] == {**dict.fromkeys(found["records"]),
                                    **{each.kind: each.id for each in record.line() if each is not record}}  # fmt: skip
        repaired = record.problem == CATS
        used = ["diagnose/1", *(["repair-diagnosis/1"] if repaired else []), f"{record.data['strategy']}/2", "smooth/3"]
        assert found["prompts"] == used
        assert len(found["requests"]) == len(set(found["requests"])) == 1 + len(used)  # the student's too


def test_parquet_has_the_same_rows(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    write_all(tmp_path, outcome(), ABOUT)
    table = parquet.read_table(tmp_path / "data" / "trajectories.parquet")
    assert table.to_pylist() == rows_of(tmp_path / "data" / "trajectories.jsonl")
    assert str(table.schema.field("error_span").type) == "list<element: int64>"
    assert (tmp_path / "data/dataset/data/train-00000-of-00001.parquet").read_bytes() == (
        tmp_path / "data" / "trajectories.parquet"
    ).read_bytes()


def test_datasets_loads_the_folder(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    write_all(tmp_path, outcome(), ABOUT)
    found = datasets.load_dataset(str(tmp_path / "data" / "dataset"), cache_dir=str(tmp_path / "cache"))
    assert list(found) == ["train"]
    assert found["train"].to_list() == rows_of(tmp_path / "data" / "trajectories.jsonl")


def test_a_synthesis_without_a_trajectory_has_files_without_rows(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    write_all(tmp_path, with_last([]), ABOUT)
    assert rows_of(tmp_path / "data" / "trajectories.jsonl") == []
    assert json.loads((tmp_path / "data" / "alpaca.json").read_text()) == []
    table = parquet.read_table(tmp_path / "data" / "trajectories.parquet")
    assert table.num_rows == 0
    assert table.column_names == ["id", "question", "text", "gold", "error_span", "provenance"]


def test_the_forms_of_llama_factory(tmp_path: Path) -> None:
    write_all(tmp_path, outcome(), ABOUT)
    alpaca, sharegpt = (json.loads((tmp_path / "data" / name).read_text()) for name in ("alpaca.json", "sharegpt.json"))
    for record, one, other in zip(trajectories(), alpaca, sharegpt, strict=True):
        question = record.problem.question
        assert one == {"id": record.id, "instruction": question, "input": "", "output": record.text}
        assert other == {"id": record.id, "conversations": [{"from": "human", "value": question},
                                                            {"from": "gpt", "value": record.text}]}  # fmt: skip


def test_lone_surrogates_become_a_mark_and_move_no_offset(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    problem = Problem("1", "a \ud83d?", "1")
    text = "x\ude00\ud83d wrong.\nIt is 1"
    top = Record("question", problem, problem.question)
    data = {"type": "CA", "step": 1, "span": [4, 9], "strategy": "fix", "origin": "student"}
    write_all(tmp_path, with_last([Record("trajectory", problem, text, top, data)]), ABOUT)
    (row,) = rows_of(tmp_path / "data" / "trajectories.jsonl")
    assert row["text"] == "x\ufffd\ufffd wrong.\nIt is 1"
    assert row["text"][4:9] == "wrong"
    assert rows_of(tmp_path / "stages" / "assemble.jsonl")[0]["text"] == text  # as it was


def test_what_an_outcome_does_not_reach_is_not_left_from_before(tmp_path: Path) -> None:
    said: list[str] = []
    write_all(tmp_path, outcome(), ABOUT, said.append)
    assert said == []
    write_all(tmp_path, outcome(until="diagnose"), ABOUT, said.append)
    (line,) = said
    assert line.startswith("removed what is of later stages: assemble, ")
    assert "verify, data; `lemma-eval synth run " in line
    assert sorted(path.stem for path in (tmp_path / "stages").iterdir()) == ["diagnose", "grade", "questions", "sample"]
    assert not (tmp_path / "data").exists()


def test_without_pyarrow_one_line_says_what_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_all(tmp_path, outcome(), ABOUT)
    real = builtins.__import__

    def imported(name: str, *more: Any, **keys: Any) -> Any:
        if name.partition(".")[0] == "pyarrow":
            raise ImportError(name)
        return real(name, *more, **keys)

    monkeypatch.setattr(builtins, "__import__", imported)
    write_all(tmp_path, outcome(), ABOUT)
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert "trajectories.parquet" in said[0]
    assert "lemma-eval[parquet]" in said[0]
    left = {path.name for path in (tmp_path / "data").iterdir()}
    assert left == {"trajectories.jsonl", "alpaca.json", "sharegpt.json"}  # nothing of before either


def test_an_error_while_writing_leaves_the_file_of_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_all(tmp_path, outcome(), ABOUT)
    before = files_of(tmp_path)

    def broken(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write, "write_parquet", broken)
    with pytest.raises(
        RunError, match=r"trajectories\.parquet: cannot be written: No space left on device; the replies"
    ):
        write_all(tmp_path, outcome(), ABOUT)
    assert files_of(tmp_path) == before


def with_last(records: list[Record]) -> Outcome:
    """The outcome with these trajectories instead of its own."""
    made = outcome()
    last: StageResult = made.stages["assemble"]
    return replace(made, stages={**made.stages, "assemble": replace(last, records=tuple(records))})
