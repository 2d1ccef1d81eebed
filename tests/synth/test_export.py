"""`lemma-eval synth export`: right solutions and trajectories as training data, from a folder without any teacher."""

from __future__ import annotations

import json
import random
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner

from lemma_eval.errors import LemmaEvalError
from lemma_eval.problem import Problem
from lemma_eval.synth.commands.filter import filter_command
from lemma_eval.synth.commands.synth import synth
from lemma_eval.synth.engine.outcome import Outcome, StageResult
from lemma_eval.synth.outputs.rows import trajectory_rows
from lemma_eval.synth.outputs.write import write_all
from lemma_eval.synth.records import Record
from lemma_eval.train.rows import read_trajectories
from lemma_eval.trajectory import of_row
from tests.servers.student_script import samples, write_rows
from tests.synth.finished import ABOUT, outcome
from tests.synth.running import derived, lines, same_bytes
from tests.synth.whole import mini

QUESTIONS, SAMPLES, BARE = 12, 6, 4
SHARES = {"right": 0.5, "truncated": 0.08, "empty": 0.05, "unknown": 0.05, "duplicate": 0.1}
ASKED = [(row["question"], *map(str.strip, row["answer"].split("####"))) for row in mini(QUESTIONS)]
TOLD = [row for question, solution, gold in ASKED
        for row in samples(question, f"{solution}\n#### {gold}", SAMPLES, SHARES)]  # fmt: skip
# What an equation is must not depend on calculators' notes or on how a product is written.
NOTED = "We have 2 x 3 = <<2*3=6>>6 pens.\nSo it is 6 pens."


def invoke(*arguments: object) -> str:
    """What the command prints, in this process; its errors are raised."""
    done = CliRunner().invoke(synth, [*map(str, arguments)], catch_exceptions=False, standalone_mode=False)
    assert done.exit_code == 0, done.output
    return done.output


def sample(folder: Path, change: Callable[[list[Any]], object] = lambda rows: None, told: list[Any] = TOLD) -> Path:
    """A synthesis whose student was sampled, and which knows no teacher; `change` reorders each of its files."""
    folder.mkdir()
    rows = [{"question": question, "answer": gold, "solution": solution} for question, solution, gold in ASKED]
    rows[0]["solution"] = f"{NOTED}\n{rows[0]['solution']}"
    del rows[BARE]["solution"]
    rows.append(rows[2])
    own = list(told)
    for each in (rows, own):
        change(each)
    write_rows(folder / "asked.jsonl", rows)
    write_rows(folder / "told.jsonl", own)
    invoke("sample", "--questions", folder / "asked.jsonl", "--student", folder / "told.jsonl", "-n", SAMPLES,
           "--decontaminate", "none", "-o", folder / "synth")  # fmt: skip
    return folder / "synth"


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample(tmp_path_factory.mktemp("export") / "here")


@pytest.fixture
def folder(sampled: Path, tmp_path: Path) -> Path:
    """A copy, to be changed."""
    return Path(shutil.copytree(sampled, tmp_path / "synth"))


def exported(folder: Path, what: str, *more: object) -> list[Mapping[str, Any]]:
    invoke("export", folder, "--what", what, *more)
    place = Path(str(more[more.index("-o") + 1])) if "-o" in more else folder / what
    return lines(place / "trajectories.jsonl")


def stages(place: Path) -> dict[str, Any]:
    return {each["name"]: each for each in json.loads((place / "export.json").read_text())["funnel"]["stages"]}


def last_number(text: str) -> int:
    return int(re.findall(r"-?\d[\d,]*", text)[-1].replace(",", ""))


def test_the_students_right_samples(folder: Path) -> None:
    assert "teacher" not in json.loads((folder / "synth.json").read_text())["synthesis"]
    rows = exported(folder, "rft")
    golds = {question: int(gold) for question, _, gold in ASKED}
    assert all(last_number(row["text"]) == golds[row["question"]] == int(row["gold"]) for row in rows)
    right = {(row["question"], row["completion"]) for row in TOLD if row["kind"] == "right"}
    assert {(row["question"], row["text"]) for row in rows} == right
    kinds = Counter(row["kind"] for row in TOLD)
    assert len(rows) == len(right) < kinds["right"]  # some were sampled twice
    told = stages(folder / "rft")
    assert told["questions"]["reasons"] == {"duplicate": 1}
    wrong = len(TOLD) - sum(kinds[kind] for kind in ("right", "truncated", "empty", "unknown"))
    assert told["right"]["reasons"] == {"wrong-answer": wrong} | {
        kind: kinds[kind] for kind in ("truncated", "empty", "unknown") if kinds[kind]
    }
    assert told["distinct"]["reasons"] == {"duplicate": kinds["right"] - len(right)}
    origins = [row["provenance"] for row in rows]
    assert {each["origin"] for each in origins} == {"sampled"}
    assert {each["policy"].partition("/")[0] for each in origins} == {"strict"}
    assert all(each["grader"] and each["student"] == "told.jsonl:completion" for each in origins)
    assert all(each["teacher"] is None and len(each["requests"]) == 1 for each in origins)
    known = {row["id"]: row for row in lines(folder / "stages" / "sample.jsonl")}
    assert all(known[row["provenance"]["records"]["sample"]]["text"] == row["text"] for row in rows)


def test_the_references(folder: Path) -> None:
    rows = exported(folder, "sft")
    want = {question: f"{solution}\nThe answer is: {gold}" for question, solution, gold in ASKED}
    want[ASKED[0][0]] = NOTED.replace("<<2*3=6>>", "") + "\n" + want[ASKED[0][0]]
    del want[ASKED[BARE][0]]
    assert {row["question"]: row["text"] for row in rows} == want
    assert len(rows) == len(want)
    assert stages(folder / "sft")["reference"]["reasons"] == {"no-solution": 1}
    for told in (row["provenance"] for row in rows):
        assert told["origin"] == "reference"
        assert told["records"]["question"]
        assert {told[key] for key in ("student", "student_model", "teacher", "grader", "policy")} == {None}


@pytest.mark.parametrize("what", ["sft", "rft", "correct"])
def test_all_inputs_are_accounted_for_and_the_forms_hold_the_same(what: str, folder: Path) -> None:
    rows = exported(folder, what)
    place = folder / what
    for name, stage in stages(place).items():
        assert stage["accounted"], name
        assert stage["taken"] == stage["passed"] + stage["rejected"] + stage["waiting"], name
    trajectories = read_trajectories([place])  # as `lemma-eval train` reads it
    assert [each.id for each in trajectories] == sorted(row["id"] for row in rows) == [row["id"] for row in rows]
    assert len({row["id"] for row in rows}) == len(rows)
    alpaca = json.loads((place / "alpaca.json").read_text())
    assert [(each["instruction"], each["output"]) for each in alpaca] == [
        (row["question"], row["text"]) for row in rows
    ]
    parquet = pytest.importorskip("pyarrow.parquet")
    for file in (place / "trajectories.parquet", *(place / "dataset" / "data").iterdir()):
        assert [of_row(row) for row in parquet.read_table(file).to_pylist()] == trajectories
    done = CliRunner().invoke(filter_command, [str(place / "trajectories.jsonl"), "--workers", "1"])
    assert "0 rejected" in done.output, done.output
    assert len(lines(place / "trajectories.kept.jsonl")) == len(rows)


def test_both_together_are_distinct_and_references_come_first(folder: Path) -> None:
    both, own, given = (exported(folder, what) for what in ("correct", "rft", "sft"))
    keys = {(row["question"], " ".join(row["text"].split())) for row in (*own, *given)}
    assert {(row["question"], " ".join(row["text"].split())) for row in both} == keys
    assert len(both) == len(keys) < len(own) + len(given)
    assert {row["id"] for row in given} <= {row["id"] for row in both if row["provenance"]["origin"] == "reference"}


def test_orders_change_no_id_and_again_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    other = sample(tmp_path / "other", random.Random(5).shuffle)
    for what, *more in (("sft",), ("rft", "--per-question", 1), ("correct", "--distinct", "equations")):
        rows, shuffled = exported(folder, what, *more), exported(other, what, *more)
        assert [{**row, "provenance": 0} for row in rows] == [{**row, "provenance": 0} for row in shuffled]
        before = derived(folder / what)
        exported(folder, what, *more)
        same_bytes(before, derived(folder / what))


def test_at_most_so_many_of_a_question_by_seed(folder: Path, tmp_path: Path) -> None:
    every = exported(folder, "rft")
    places = [tmp_path / str(number) for number in range(3)]
    one, again, two = (
        exported(folder, "rft", "--per-question", 1, "--seed", seed, "-o", place)
        for place, seed in zip(places, (1, 1, 2), strict=True)
    )
    assert {row["question"] for row in one} == {row["question"] for row in every}
    assert max(Counter(row["question"] for row in one).values()) == 1
    assert one == again != two
    assert {row["id"] for row in (*one, *two)} <= {row["id"] for row in every}
    assert stages(places[0])["chosen"]["reasons"] == {"not-chosen": len(every) - len(one)}
    both = exported(folder, "correct", "--per-question", 1)
    assert sum(row["provenance"]["origin"] == "reference" for row in both) == QUESTIONS - 1  # they do not count


@pytest.mark.parametrize("what", ["sft", "rft", "correct"])
def test_the_card_says_what_it_is_and_how_to_make_it_again(what: str, folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    rows = exported(folder, what, *(() if what == "sft" else ("--per-question", 2)))
    _, front, text = (folder / what / "dataset" / "README.md").read_text().split("---\n", 2)
    assert ("synthetic" in yaml.safe_load(front)["tags"]) == (what != "sft")
    assert ("| student | told.jsonl:completion |" in text) == (what != "sft")
    assert ("no-solution 1" in text) == (what != "rft")
    assert ("come with the questions, under their licences" in text) == (what != "rft")
    assert "Not complete" not in text
    assert "teacher" not in text
    (command,) = re.findall(r"`lemma-eval synth export DIR ([^`]*)`", text)
    assert exported(folder, *command.split()[1:], "-o", tmp_path / "again") == rows


def test_trajectories_are_exported_as_they_are(folder: Path) -> None:
    with pytest.raises(LemmaEvalError, match=r"holds no trajectories yet; `lemma-eval synth run .*synth` makes them"):
        exported(folder, "lemma")
    write_all(folder, outcome(), ABOUT)
    exported(folder, "lemma")
    there = {name: data for name, data in derived(folder / "lemma").items() if name != "export.json"}
    same_bytes(derived(folder / "data"), there)
    write_all(folder, outcome(waiting=1), ABOUT)
    with pytest.raises(LemmaEvalError, match="is not complete"):
        exported(folder, "lemma")


def forget(folder: Path, *tables: str) -> str:
    """Take what is stored of one right sample's question away, as if the run had been killed; the question."""
    with closing(sqlite3.connect(folder / "store.sqlite")) as db, db:
        benchmark, problem, record = db.execute("SELECT benchmark, id, record FROM problems ORDER BY id").fetchone()
        requests = "(SELECT request FROM items WHERE benchmark = ? AND problem = ?)"
        for table in tables:
            if table == "items":
                db.execute("DELETE FROM items WHERE benchmark = ? AND problem = ?", (benchmark, problem))
            else:
                db.execute(f"DELETE FROM {table} WHERE request IN {requests}", (benchmark, problem))
    return str(json.loads(record)["question"])


def test_half_a_set_is_not_written_as_a_whole_one(folder: Path) -> None:
    whole = exported(folder, "rft")
    question = forget(folder, "verdicts", "completions")
    with pytest.raises(LemmaEvalError, match=r"1 of 12 questions wait for the student; `lemma-eval synth sample .*` "
                       "asks it, --accept-missing goes on without"):  # fmt: skip
        exported(folder, "rft")
    assert lines(folder / "rft" / "trajectories.jsonl") == whole
    assert len(exported(folder, "sft")) == QUESTIONS - 1  # which needs no sample
    rows = exported(folder, "rft", "--accept-missing")
    assert rows == [row for row in whole if row["question"] != question]
    assert stages(folder / "rft")["sample"]["reasons"] == {"no-reply": SAMPLES}


def test_questions_that_were_not_come_to_wait(folder: Path) -> None:
    question = forget(folder, "verdicts", "completions", "items")
    for what in ("sft", "rft", "correct"):
        with pytest.raises(LemmaEvalError, match="1 of 12 questions wait"):
            exported(folder, what)
        rows = exported(folder, what, "--accept-missing")
        assert question not in {row["question"] for row in rows}
        card = folder / what / "dataset" / "README.md"
        assert not card.exists() or "**Not complete**: 1 questions wait for the student" in card.read_text()
    invoke("sample", folder)
    assert question in {row["question"] for row in exported(folder, "correct")}


def test_what_is_not_ours_is_left_alone(folder: Path, tmp_path: Path) -> None:
    exported(folder, "rft", "-o", tmp_path / "out")
    before = derived(tmp_path / "out")
    (tmp_path / "file").write_text("mine")
    for place, more, said in (
        (tmp_path / "out", ("--per-question", "1"), "holds another export: wanted.per_question is null there, 1 here"),
        (tmp_path / "file", (), "is a file; give a folder with -o"),
        (folder, (), "holds other files .* give another -o"),
    ):
        with pytest.raises(LemmaEvalError, match=said):
            exported(folder, "rft", "-o", place, *more)
    same_bytes(before, derived(tmp_path / "out"))


def test_bad_input_is_one_line(folder: Path, tmp_path: Path) -> None:
    for place, what in ((tmp_path / "nowhere", "sft"), (tmp_path, "rft")):
        with pytest.raises(LemmaEvalError, match="holds no synthesis"):
            exported(place, what)
    with pytest.raises(click.UsageError, match="--per-question is about the student's samples"):
        exported(folder, "sft", "--per-question", 1)
    (folder / "funnel.json").unlink()
    with pytest.raises(LemmaEvalError, match=r"holds no samples yet; `lemma-eval synth sample"):
        exported(folder, "sft")
    assert not (folder / "sft").exists()


def test_questions_with_options_are_told_with_them(tmp_path: Path) -> None:
    options = (["4", "5"], ["9", "7"])  # the same question, answer and solution otherwise
    rows = [{"question": "Which is prime?", "choices": each, "answer": "B", "solution": "It is (B)."}
            for each in options]  # fmt: skip
    write_rows(tmp_path / "asked.jsonl", rows)
    write_rows(tmp_path / "told.jsonl", [{"question": "Which is prime?", "completion": "The answer is: B"}] * 2)
    folder = tmp_path / "synth"
    invoke("sample", "--questions", tmp_path / "asked.jsonl", "--student", tmp_path / "told.jsonl", "-n", 1,
           "--decontaminate", "none", "-o", folder)  # fmt: skip
    told = {f"Which is prime?\nAnswer Choices: (A) {first} (B) {second}" for first, second in options}
    for what, number in (("sft", 2), ("rft", 2), ("correct", 4)):
        found = exported(folder, what)
        assert {row["question"] for row in found} == told
        assert len(found) == number
    problem = Problem("1", "Which is prime?", "B", "choice", choices=("4", "5"))
    end = Record("trajectory", problem, "4.\nNo: 5, (B).", Record("question", problem, problem.question),
                 {"span": [0, 2]})  # fmt: skip
    made = Outcome({"assemble": StageResult("assemble", "1", 1, 1, 0, (end,), ())})
    assert [row["question"] for row in trajectory_rows(made, ABOUT)] == [sorted(told)[0]]


def test_without_a_right_sample_nothing_is_written(tmp_path: Path) -> None:
    folder = sample(tmp_path / "wrong", told=[{**row, "completion": "The answer is: 123456789"} for row in TOLD])
    with pytest.raises(LemmaEvalError, match=r"no right solution, so nothing to export \(.*right: wrong-answer"):
        exported(folder, "rft")
    assert not (folder / "rft").exists()
