"""From a trajectory, or anything else, back to its question."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from lemma_eval.errors import RunError, UsageError
from lemma_eval.synth.outputs import tracing
from lemma_eval.synth.outputs.tracing import print_trace, to_json, trace
from lemma_eval.synth.outputs.write import write_all
from lemma_eval.synth.records import Record
from tests.synth.finished import ABOUT, outcome, trajectories


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("synthesis")
    write_all(found, outcome(), ABOUT)
    return found


def every_record() -> list[Record]:
    made = outcome()
    found = {record.id: record for stage in made.stages.values() for record in stage.records}
    return list(found.values())


def printed(folder: Path, id: str, **console: bool) -> str:
    file = io.StringIO()
    print_trace(trace(folder, id), Console(file=file, width=80, **console))  # type: ignore[arg-type]
    return file.getvalue()


@pytest.mark.parametrize("record", every_record(), ids=lambda record: f"{record.kind}-{record.id[:6]}")
def test_every_record_is_traced_to_its_question(folder: Path, record: Record) -> None:
    made = outcome()
    found = trace(folder, record.id)
    line = list(record.line())[::-1]
    assert [(each.row["id"], each.row["kind"], each.row["text"]) for each in found.line] == [
        (each.id, each.kind, each.text) for each in line
    ]
    for each in found.line:
        stages = [name for name, stage in made.stages.items() if each.row["id"] in {one.id for one in stage.records}]
        assert list(each.stages) == stages != []
    ends = [name for name, stage in made.stages.items() for each in stage.rejects if each.record.id == record.id]
    assert [row["stage"] for row in found.rejects] == ends


def test_a_reject_that_is_in_no_stages_file_is_traced_too(folder: Path) -> None:
    (silent,) = outcome().stages["sample"].rejects
    found = trace(folder, silent.record.id)
    assert [each.row["kind"] for each in found.line] == ["question", "sample"]
    (row,) = found.rejects
    assert (row["stage"], row["reason"], row["detail"]) == ("sample", "no-reply", "no room")
    assert "rejected by sample: no-reply: no room" in printed(folder, silent.record.id)


def test_a_unique_beginning_is_enough_in_any_case_of_letters(folder: Path) -> None:
    id = trajectories()[0].id
    for beginning in (id[:8], id[:8].upper(), f" {id[:12]} "):
        assert trace(folder, beginning).line[-1].row["id"] == id


def test_the_wrong_step_is_marked(folder: Path) -> None:
    record = trajectories()[0]
    start, end = record.data["span"]
    wrong = record.text[start:end].rstrip()
    plain = printed(folder, record.id)
    assert plain.count(f"[[{wrong}]]") == len([each for each in record.line() if "span" in each.data])
    coloured = printed(folder, record.id, force_terminal=True)
    assert "[[" not in coloured
    assert f"31m{wrong.splitlines()[0]}\x1b[0m" in coloured.replace("\x1b[1;4;", "")
    assert "[[" in printed(folder, record.id, force_terminal=True, no_color=True)


def test_what_models_wrote_steers_no_terminal(folder: Path) -> None:
    for record in trajectories():
        text = printed(folder, record.id)
        assert "\x1b" not in text
        assert r"\x1b[31m" in text


def test_types_reasons_requests_and_sources_are_told(folder: Path) -> None:
    (record,) = (each for each in outcome().stages["diagnose-injected"].records)
    lines = [line.strip() for line in printed(folder, record.id).splitlines()]
    assert "source: gsm8k:train, row 7" in lines
    assert "type: CA calculation error" in lines  # drawn
    assert "type: OP operator error" in lines  # diagnosed
    assert f"request: {record.about['requests'][0]}" in lines
    assert any(line.startswith("why: not so") for line in lines)


def test_a_copy_of_a_question_that_was_dropped_is_no_end_of_the_question(folder: Path) -> None:
    (reject,) = outcome().stages["questions"].rejects
    lines = printed(folder, reject.record.id).splitlines()
    assert lines[-1] == ("its copy in row 9 of gsm8k:train was rejected by questions: duplicate: the same question and "
                         "gold")  # fmt: skip


def test_json_has_the_same(folder: Path) -> None:
    found = trace(folder, trajectories()[0].id)
    told = json.loads(json.dumps(to_json(found)))
    assert [each["id"] for each in told["line"]] == [each.row["id"] for each in found.line]
    assert set(told["line"][0]) == {"id", "kind", "parent", "question", "text", "data", "about", "stages"}
    (reject,) = outcome().stages["inject"].rejects
    (row,) = to_json(trace(folder, reject.record.id))["rejects"]
    assert row == {"id": reject.record.id, "stage": "inject", "reason": "still-right", "detail": "the answer is 6"}


def test_a_beginning_of_several_lists_some(folder: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in (folder / "stages" / "sample.jsonl").read_text().splitlines()]
    (tmp_path / "stages").mkdir()
    for path in (folder / "stages").iterdir():
        (tmp_path / "stages" / path.name).write_bytes(path.read_bytes())
    for name in ("funnel.json", "rejects.jsonl"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    ids = [f"abcd{number:028x}" for number in range(25)]
    with (tmp_path / "stages" / "sample.jsonl").open("a") as file:
        file.writelines(json.dumps({**rows[0], "id": id}) + "\n" for id in ids)
    with pytest.raises(UsageError, match=r"^abcd: 25 ids begin so; give more of it: .* and 15 more$") as told:
        trace(tmp_path, "abcd")
    assert str(told.value).count("(sample)") == 10
    assert trace(tmp_path, ids[3]).line[-1].row["id"] == ids[3]  # a whole id is never ambiguous


@pytest.mark.parametrize("id", ["", "abc", "xyzw", "a" * 33, "../../etc", "\x1b[31m"])
def test_what_is_no_id(folder: Path, id: str) -> None:
    with pytest.raises(UsageError, match="is no id: give 4 to 32 hex digits") as told:
        trace(folder, id)
    assert "\x1b" not in str(told.value)


@pytest.mark.parametrize(("id", "said"), [("0" * 32, "no record's id is"), ("00000000", "no record's id begins with")])
def test_an_id_of_nothing(folder: Path, id: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        trace(folder, id)


def test_a_folder_without_a_synthesis(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no finished stages"):
        trace(tmp_path, "abcd")


def test_damaged_and_absent_files_are_said_to_be(folder: Path, tmp_path: Path) -> None:
    made = outcome()
    write_all(tmp_path, made, ABOUT)
    id = trajectories()[0].id
    path = tmp_path / "stages" / "assemble.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'"kind"', b'"kond"'))
    with pytest.raises(RunError, match=r"assemble\.jsonl: is damaged"):
        trace(tmp_path, id)
    path.write_bytes(whole)
    (tmp_path / "stages" / "grade.jsonl").unlink()
    with pytest.raises(RunError, match=r"grade\.jsonl: cannot be read"):
        trace(tmp_path, id)


def test_lines_that_cannot_be_meant_are_not_parsed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bytes] = []
    real = tracing._row

    def row(path: Path, line: bytes) -> dict[str, object]:
        parsed.append(line)
        return real(path, line)

    monkeypatch.setattr(tracing, "_row", row)
    found = trace(folder, trajectories()[0].id)
    assert len(parsed) == sum(len(each.stages) for each in found.line)
