"""`lemma-eval grade` and `lemma-eval explain` on real files, through the real executable where exit codes matter."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lemma_eval.answers import GRADER_VERSION, PRESETS
from lemma_eval.cli import cli
from lemma_eval.errors import DataError, LemmaEvalError
from lemma_eval.rows.files import iterate_rows
from lemma_eval.rows.writer import writing_rows
from tests.test_plugins import install

pyarrow = pytest.importorskip("pyarrow", reason="Parquet files need pyarrow")
parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet files need pyarrow")

COMMAND = str(Path(sys.executable).with_name("lemma-eval"))


def write(path: Path, *rows: dict[str, Any]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    with writing_rows(path) as put:
        for row in rows:
            put("row", row)


def read_rows(path: Path) -> list[dict[str, Any]]:
    return [dict(row) for _, row in iterate_rows(path)]


def graded(tmp_path: Path, *rows: dict[str, Any], options: tuple[str, ...] = ()) -> dict[str, Any]:
    """The counts for these rows."""
    done = CliRunner().invoke(cli, ["grade", write(tmp_path / "in.jsonl", *rows), "--json", *options])
    if done.exception is not None:
        raise done.exception
    counts: dict[str, Any] = json.loads(done.stdout)
    return counts


def outcome(counts: dict[str, Any]) -> tuple[int, int, int]:
    return counts["correct"], counts["wrong"], counts["unknown"]


@pytest.mark.parametrize(
    ("row", "options"),
    [
        ({"text": "The answer is 2.", "gold": "2"}, ()),
        ({"completion": "The answer is 2.", "answer": 2}, ()),
        ({"response": "so $\\boxed{2}$", "ground_truth": 2.0}, ()),
        ({"output": "The answer is 2.", "expected_answer": ["3", 2]}, ()),
        ({"pred": "2", "gold": "2"}, ()),
        ({"prediction": 2, "gold": "2"}, ()),
        ({"mine": "The answer is 2.", "theirs": "2"}, ("--text", "mine", "--gold", "theirs")),
        ({"mine": "\\frac{4}{2}", "gold": "2"}, ("--pred", "mine")),
        ({"out": {"text": "The answer is 2."}, "row": {"gold": {"value": 2}}},
         ("--text", "out.text", "--gold", "row.gold.value")),
        ({"out.text": "The answer is 2.", "gold": 2}, ("--text", "out.text")),
        ({"solution": "The answer is 3.", "pred": "2", "gold": "2"}, ("--pred", "pred")),
        ({"solution": "The answer is 2.", "pred": "3", "gold": "2"}, ("--text", "solution")),
    ],
)  # fmt: skip
def test_where_text_and_gold_are_found(row: dict[str, Any], options: tuple[str, ...], tmp_path: Path) -> None:
    assert outcome(graded(tmp_path, row, options=options)) == (1, 0, 0)


def test_a_bare_answer_is_not_searched_for_an_answer(tmp_path: Path) -> None:
    text = "We add 1 and 1.\n#### 2"
    assert outcome(graded(tmp_path, {"pred": text, "gold": "2"})) == (0, 1, 0)
    assert outcome(graded(tmp_path, {"text": text, "gold": "2"})) == (1, 0, 0)


def test_counts(tmp_path: Path) -> None:
    rows = [{"text": f"The answer is {number}.", "gold": "2"} for number in (2, 3, 2)] + [{"text": "", "gold": "2"}]
    found = graded(tmp_path, *rows)
    assert (found["graded"], *outcome(found), found["unparsed"]) == (4, 2, 2, 0, 1)


def test_the_policy_counts(tmp_path: Path) -> None:
    row = {"pred": "0.5", "gold": "50"}
    assert outcome(graded(tmp_path, row)) == (0, 1, 0)
    assert outcome(graded(tmp_path, row, options=("--policy", "lemma"))) == (1, 0, 0)


def test_agreement_with_labels(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"pred": "2", "gold": "2", "label": True},
        {"pred": "2", "gold": "2", "label": 0},
        {"pred": "3", "gold": "2", "label": False},
        {"pred": "3", "gold": "2", "label": None},
    ]
    found = graded(tmp_path, *rows, options=("--label", "label"))
    assert (found["labelled"], found["agree"], len(found["differ"])) == (3, 2, 1)
    assert f"{tmp_path / 'in.jsonl'}:2: correct (" in found["differ"][0]
    assert found["differ"][0].endswith("labelled false")


COLUMNS = ["verdict", "verdict_rule", "verdict_answer", "verdict_start", "verdict_end", "verdict_why",
           "verdict_parsed", "verdict_grader", "verdict_policy"]  # fmt: skip


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".tsv", ".parquet"])
@pytest.mark.parametrize("source", [".jsonl", ".json", ".csv", ".tsv", ".parquet"])
def test_each_row_is_written_with_its_verdict(source: str, suffix: str, tmp_path: Path) -> None:
    rows = [
        {"text": "so it is 2", "answer": "2", "note": 'é, "½"\n'},
        {"text": "The answer is 3.", "answer": "2", "note": "x"},
        {"text": "", "answer": "2", "note": "y"},
    ]
    out = tmp_path / f"out{suffix}"
    file = tmp_path / f"in{source}"
    if source == ".json":
        file.write_text(json.dumps(rows), encoding="utf-8")
    else:
        write_rows(file, rows)
    done = CliRunner().invoke(cli, ["grade", str(file), "--out", str(out), "--policy", "strict"])
    assert done.exit_code == 0, done.output
    written = read_rows(out)
    assert [list(row) for row in written] == [[*rows[0], *COLUMNS]] * 3
    assert [{name: row[name] for name in rows[0]} for row in written] == rows
    assert [row["verdict"] for row in written] == ["correct", "wrong", "wrong"]
    answer = written[1]
    assert rows[1]["text"][int(answer["verdict_start"]) : int(answer["verdict_end"])] == answer["verdict_answer"] == "3"
    assert [str(row["verdict_parsed"]).lower() for row in written] == ["true", "true", "false"]
    assert written[2]["verdict_start"] in ("", None)
    assert all(row["verdict_rule"] and row["verdict_why"] for row in written)
    assert {(row["verdict_grader"], row["verdict_policy"]) for row in written} == {
        (f"lemma-eval/{GRADER_VERSION}", f"strict/{PRESETS['strict'].version}")
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == [file.name, out.name]


def test_other_fields_stay_as_they_are(tmp_path: Path) -> None:
    row = {"pred": "2", "gold": "2", "note": "é\ud800", "deep": {"k": [1, None]}, "n": 7}
    graded(tmp_path, row, options=("--out", str(tmp_path / "out.jsonl")))
    (written,) = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {name: written[name] for name in row} == row


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_the_counts_are_those_of_jsonl(suffix: str, tmp_path: Path) -> None:
    rows = [
        {"text": f"The answer is {number % 3}.", "gold": "1", "ok": ("true", "False", "")[number % 3]}
        for number in range(450)
    ]
    from_lines = graded(tmp_path, *rows, options=("--label", "ok"))
    write_rows(tmp_path / f"in{suffix}", rows)
    done = CliRunner().invoke(cli, ["grade", str(tmp_path / f"in{suffix}"), "--label", "ok", "--json"])
    found = json.loads(done.stdout)
    found["differ"] = [line.replace(suffix, ".jsonl").replace("[0]", ":1") for line in found["differ"]]
    assert {**found, "differ": None} == {**from_lines, "differ": None}
    assert (found["graded"], found["labelled"], found["agree"], len(found["differ"])) == (450, 300, 0, 20)


def test_lists_in_csv_are_json(tmp_path: Path) -> None:
    rows = [
        {"pred": "B", "gold": "15", "choices": '["12", "15"]', "accepted": ""},
        {"pred": "3", "gold": "2", "choices": "", "accepted": ' ["4", 3]'},
        {"pred": "[1, 2]", "gold": "[1, 2]", "choices": "", "accepted": ""},
    ]
    write_rows(tmp_path / "in.csv", rows)
    done = CliRunner().invoke(cli, ["grade", str(tmp_path / "in.csv"), "--json"])
    assert outcome(json.loads(done.stdout)) == (3, 0, 0)
    write_rows(tmp_path / "bad.csv", [{**rows[0], "choices": "[12"}])
    with pytest.raises(DataError, match=r"bad\.csv:2: field 'choices' should be a list, as a JSON array"):
        CliRunner().invoke(cli, ["grade", str(tmp_path / "bad.csv")], catch_exceptions=False)


def test_exact_numbers_of_parquet(tmp_path: Path) -> None:
    table = pyarrow.table({"pred": [Decimal("2.50"), Decimal("3.00")], "gold": [2.5, 4.0]})
    parquet.write_table(table, tmp_path / "in.parquet")
    done = CliRunner().invoke(cli, ["grade", str(tmp_path / "in.parquet"), "--json"])
    assert outcome(json.loads(done.stdout)) == (1, 1, 0)


def test_the_summary_by_rule(tmp_path: Path) -> None:
    rows = [{"pred": pred, "gold": "1/2"} for pred in ("1/2", "0.5", "1/3", "1/2", "2/3")]
    rules = graded(tmp_path, *rows)["rules"]
    assert sum(sum(found.values()) for found in rules.values()) == 5
    assert rules["same-text"] == {"correct": 2, "wrong": 0, "unknown": 0}
    done = CliRunner().invoke(cli, ["grade", str(tmp_path / "in.jsonl")])
    first, empty, head, *table = done.output.splitlines()
    assert first.startswith("5 graded: 3 correct")
    assert empty == ""
    assert head.split() == ["rule", "correct", "wrong", "unknown"]
    assert {line.split()[0]: [int(cell) for cell in line.split()[1:]] for line in table} == {
        rule: list(found.values()) for rule, found in rules.items()
    }


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("precious", encoding="utf-8")
    row = {"pred": "2", "gold": "2"}
    with pytest.raises(LemmaEvalError, match=r"out\.jsonl: exists; give a new file, or --overwrite to replace it"):
        graded(tmp_path, row, options=("--out", str(out)))
    assert out.read_text(encoding="utf-8") == "precious"
    graded(tmp_path, row, options=("--out", str(out), "--overwrite"))
    assert json.loads(out.read_text(encoding="utf-8"))["verdict"] == "correct"


def test_the_graded_file_is_not_written_over_even_when_told(tmp_path: Path) -> None:
    options = ("--out", str(tmp_path / "in.jsonl"), "--overwrite")
    with pytest.raises(LemmaEvalError, match=r"in\.jsonl: is the file that is graded; give another --out"):
        graded(tmp_path, {"pred": "2", "gold": "2"}, options=options)
    assert read_rows(tmp_path / "in.jsonl") == [{"pred": "2", "gold": "2"}]


@pytest.mark.parametrize("column", ["verdict", "verdict_why"])
def test_a_field_of_the_same_name_is_not_written_over(column: str, tmp_path: Path) -> None:
    row = {"pred": "2", "gold": "2", column: "mine"}
    with pytest.raises(LemmaEvalError, match=f"in.jsonl:1: has a field '{column}' already"):
        graded(tmp_path, row, options=("--out", str(tmp_path / "out.jsonl")))
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_verdicts_of_before_are_a_label(tmp_path: Path) -> None:
    rows = [{"pred": "2", "gold": "2", "was": word} for word in ("correct", "wrong", "unknown")]
    found = graded(tmp_path, *rows, options=("--label", "was"))
    assert (found["labelled"], found["agree"]) == (2, 1)


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_nothing_is_left_of_a_file_that_could_not_be_finished(suffix: str, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [*[{"pred": "2", "gold": "2"}] * 1500, {"pred": "2"}]
    with pytest.raises(DataError, match=r"in\.jsonl:1501: no field gold"):
        graded(tmp_path, *rows, options=("--out", str(tmp_path / f"out{suffix}")))
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


SLOW = """
import time
from dataclasses import dataclass
from lemma_eval.answers import Verdict

@dataclass
class Slow:
    name: str = "slow"
    version: str = "1"
    follows_policy: bool = False
    warning: str = ""

    def grade(self, text, golds, *, kind, choices, policy):
        open("started", "a").close()
        time.sleep(0.05)
        return Verdict(True, None, None, "slow", "")

    equivalent = grade
"""


def test_an_interrupt_leaves_nothing_half_done_and_says_so(tmp_path: Path) -> None:
    environment = install(tmp_path / "site", "slow", {"lemma_eval.graders": {"slow": "slow_plugin:Slow"}},
                          slow_plugin=SLOW)  # fmt: skip
    write(tmp_path / "in.jsonl", *[{"pred": "2", "gold": "2"}] * 2000)
    command = [COMMAND, "grade", "in.jsonl", "--grader", "slow", "--out", "out.csv"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60  # a hang guard
    while not (tmp_path / "started").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (130, "")
    assert re.fullmatch(r"lemma-eval: interrupted after \d+ rows; out.csv was not written\n", errors)
    assert not list(tmp_path.glob("out*"))


def test_progress_is_shown_on_a_terminal(tmp_path: Path) -> None:
    """On a terminal there is a bar, on standard error; the result stays the same."""
    pty = pytest.importorskip("pty", reason="needs a pseudo-terminal")
    write_rows(tmp_path / "in.parquet", [{"pred": "2", "gold": "2"}] * 500)
    main, side = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    command = [COMMAND, "grade", "in.parquet"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=side, text=True)
    os.close(side)
    shown = os.read(main, 100_000).decode()
    os.close(main)
    assert done.stdout.startswith("500 graded: 500 correct")
    assert "/500" in shown
    assert "\x1b" not in done.stdout


def test_rows_are_read_as_they_are_graded(tmp_path: Path) -> None:
    """A pipe that stays open: nothing waits for its end before it begins."""
    fifo = tmp_path / "in.jsonl"
    os.mkfifo(fifo)
    process = subprocess.Popen(
        [COMMAND, "grade", str(fifo), "--out", str(tmp_path / "out.jsonl")], stdout=subprocess.PIPE, text=True
    )
    line = json.dumps({"pred": "2", "gold": "2"}) + "\n"
    part = tmp_path / "out.jsonl.part"
    with fifo.open("w", encoding="utf-8") as pipe:
        pipe.write(line * 1000)
        pipe.flush()
        deadline = time.monotonic() + 60  # a hang guard
        while not (part.exists() and part.stat().st_size) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert part.stat().st_size
        pipe.write(line)
    assert process.communicate(timeout=60)[0].startswith("1001 graded")


@pytest.mark.parametrize("options", [(), ("--label", "ok")])
def test_order_is_kept_with_several_workers(options: tuple[str, ...], tmp_path: Path) -> None:
    rows = [
        {"id": number, "pred": f"{number}/2" if number % 3 else "x" * number, "gold": f"{number / 2}", "ok": True}
        for number in range(1300)
    ]
    file = write(tmp_path / "in.jsonl", *rows)
    for workers in ("1", "3"):
        out = str(tmp_path / f"out{workers}.jsonl")
        done = subprocess.run(
            [COMMAND, "grade", file, "--out", out, "--workers", workers, *options],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.startswith("1300 graded: ")
    assert (tmp_path / "out1.jsonl").read_text() == (tmp_path / "out3.jsonl").read_text()
    assert [row["id"] for row in read_rows(tmp_path / "out3.jsonl")] == list(range(1300))


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LemmaEvalError, match="cannot be written"):
        graded(tmp_path, {"pred": "2", "gold": "2"}, options=("--out", str(tmp_path / "absent" / "out.jsonl")))


GOOD = {"text": "The answer is 2.", "gold": "2"}


@pytest.mark.parametrize(
    ("row", "options", "said"),
    [
        ({"text": "2"}, (), "no field gold or answer or ground_truth or expected_answer (fields: text); name it with "),
        ({"gold": "2"}, (), "no field text or completion"),
        (
            {"text": "2", "gold": "2"},
            ("--text", "mine"),
            "no field mine (fields: text, gold); name it with --text",
        ),
        ({"text": "2", "gold": "2"}, ("--gold", "a.b"), "no field a.b"),
        ({"text": ["2"], "gold": "2"}, (), "the text should be text or a number, found ['2']"),
        ({"text": "2", "gold": {"value": 2}}, (), "the gold should be text, a number or a list of these"),
        ({"text": "2", "gold": []}, (), "the gold should be text, a number or a list of these, found []"),
        ({"text": "2", "gold": [["2"]]}, (), "the gold should be"),
        ({"text": "2", "gold": True}, (), "the gold should be text, a number or a list of these, found True"),
        ({"text": "2", "gold": float("nan")}, (), "the gold should be text, a number or a list of these, found nan"),
        ({"text": "2", "gold": ["2", float("inf")]}, (), "the gold should be text, a number or a list of these"),
        ({"text": "2", "gold": "It is.\n#### "}, (), "the gold should be a number or non-empty text"),
        ({"text": False, "gold": "2"}, (), "the text should be text or a number, found False"),
        ({"pred": float("-inf"), "gold": "2"}, (), "the text should be text or a number, found -inf"),
        ({"text": "2", "gold": "2", "choices": ["x", "y"]}, (), "answer '2' names none of the 2 options"),
        ({"text": "2", "gold": "A", "choices": {"A": "x"}}, (), "field 'choices' should be a list of texts"),
        ({"text": "2", "gold": "2", "accepted": True}, (), "field 'accepted' should be a list of texts"),
        ({"text": "2", "pred": "2", "gold": "2"}, (), "say which with --text or --pred FIELD"),
        ({**GOOD, "ok": "perhaps"}, ("--label", "ok"), "the label 'ok' should be true or false, found 'perhaps'"),
        ({**GOOD, "ok": 2}, ("--label", "ok"), "the label 'ok' should be true or false, found 2"),
    ],
)
def test_bad_rows_are_named_by_their_place(
    row: dict[str, Any], options: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    first = {**GOOD, "mine": "2", "a": {"b": "2"}}
    with pytest.raises(DataError) as caught:
        graded(tmp_path, first, row, options=options)
    assert str(caught.value).startswith(f"{tmp_path / 'in.jsonl'}:2: ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (None, (), "in.jsonl: no such file"),
        ("", (), "in.jsonl: holds no rows"),
        ("{}\n[]\n", (), "in.jsonl:1: no field gold"),
        ('{"text": \n', (), "in.jsonl:1: not valid JSON"),
        ('{"text": "2", "gold": "2", "ok": null}', ("--label", "k"), "no row has the field 'k' that --label names"),
        ('{"text": "2", "gold": "2", "ok": null}', ("--label", "ok"), "no row has the field 'ok' that --label names"),
        ('{"text": "2", "gold": "2"}', ("--text", "a", "--pred", "b"), "give --text or --pred, not both"),
        ('{"text": "2", "gold": "2"}', ("--policy", "lema"), "unknown grading policy 'lema'; did you mean lemma"),
        ('{"text": "2", "gold": "2"}', ("--polcy", "x"), "No such option"),
        ('{"text": "2", "gold": "2"}', ("--out", "x.txt"), "what is written is .jsonl, .csv, .tsv or .parquet"),
        ('{"text": "2", "gold": "2"}', ("--workers", "0"), "--workers"),
        ('{"text": "2", "gold": "2"}', ("--grader", "lemma-evil"), "unknown grader 'lemma-evil'; did you mean lemma-"),
        ('{"text": "2", "gold": "2"}', ("--cross-check", "lemma-eval"), "compares that grader with itself"),
    ],
)
def test_a_users_error_is_one_line_and_exit_code_2(
    content: str | None, options: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "in.jsonl").write_text(content, encoding="utf-8")
    done = subprocess.run([COMMAND, "grade", "in.jsonl", *options], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert done.stderr.startswith("lemma-eval: ")
    assert done.stderr.count("\n") == 1


def test_a_wrong_answer_is_no_error_and_the_counts_are_told(tmp_path: Path) -> None:
    write(tmp_path / "in.jsonl", {"pred": "2", "gold": "2", "ok": True}, {"pred": "3", "gold": "2", "ok": True})
    command = [COMMAND, "grade", "in.jsonl", "--label", "ok"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("2 graded: 1 correct (50.00 %), 1 wrong (0 unparsed), 0 unknown\n1 of 2 agree")


@pytest.mark.parametrize(
    ("arguments", "verdict"),
    [
        (["1/2", "0.5"], "correct"),
        (["1/3", "0.5"], "wrong"),
        (["0.5", "50", "--policy", "lemma"], "correct"),
        (["--solution", "so it is 7. The answer is 2.", "2"], "correct"),
        (["--", "-2", "-2.0"], "correct"),
    ],
)
def test_explain(arguments: list[str], verdict: str) -> None:
    done = CliRunner().invoke(cli, ["explain", *arguments])
    assert done.exit_code == 0, done.output
    head = done.output.partition("\n\n")[0]
    lines = dict(line.split(":", 1) for line in head.splitlines() if not line.startswith(" "))
    assert lines["verdict"].strip() == verdict
    assert lines["rule"].strip()
    shown = json.loads(CliRunner().invoke(cli, ["explain", "--json", *arguments]).output)
    assert shown["correct"] is (verdict == "correct")


CHOICES = {"choices": ["12", "15", "0.5"]}


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"text": "The answer is (B).", "gold": "B", **CHOICES}, (1, 0, 0)),
        ({"text": "The answer is 15.", "gold": "B", **CHOICES}, (1, 0, 0)),
        ({"text": "The answer is 15.", "gold": 1, **CHOICES}, (1, 0, 0)),
        ({"text": "The answer is B.", "gold": "15", **CHOICES}, (1, 0, 0)),
        ({"text": "The answer is (A).", "gold": "15", **CHOICES}, (0, 1, 0)),
        ({"pred": "1/2", "gold": "C", **CHOICES}, (1, 0, 0)),
        ({"pred": "A", "gold": ["B", 0], **CHOICES}, (1, 0, 0)),
        ({"pred": "A", "gold": "B", "accepted": ["12"], **CHOICES}, (1, 0, 0)),
        ({"pred": "3", "gold": "2", "accepted": [4, "3"]}, (1, 0, 0)),
        ({"pred": "5", "gold": "2", "accepted": [4, "3"]}, (0, 1, 0)),
        ({"text": "The answer is 18.", "gold": "9 * 2 = 18\n#### 18"}, (1, 0, 0)),
        ({"text": "The answer is 9.", "gold": "#### 9 is what he has. 9 * 2 = 18 #### 18"}, (0, 1, 0)),
        ({"text": "The answer is 18.", "gold": "so it is $\\boxed{18}$"}, (1, 0, 0)),
    ],
)
def test_golds_are_those_of_a_run(row: dict[str, Any], found: tuple[int, int, int], tmp_path: Path) -> None:
    assert outcome(graded(tmp_path, row)) == found


def test_a_label_may_be_called_accepted(tmp_path: Path) -> None:
    found = graded(tmp_path, {"pred": "2", "gold": "2", "accepted": True}, options=("--label", "accepted"))
    assert (found["labelled"], found["agree"]) == (1, 1)


def test_the_first_rows_may_have_no_label(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"pred": "2", "gold": "2"},
        {"pred": "2", "gold": "2", "ok": 1},
        {"pred": "3", "gold": "2"},
    ]
    found = graded(tmp_path, *rows, options=("--label", "ok"))
    assert (found["graded"], *outcome(found), found["labelled"], found["agree"]) == (3, 2, 1, 0, 1, 1)


def test_the_help_says_what_a_gold_may_be() -> None:
    shown = " ".join(CliRunner().invoke(cli, ["grade", "--help"]).output.split())
    for part in ("behind the last ####", "`choices`", "`accepted`"):
        assert part in shown


def test_nothing_shown_steers_the_terminal(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["explain", "\x1b[31m2\ud800\u202e", "2\n\x07"], color=True)
    assert done.exit_code == 0
    assert "answer:     \\x1b[31m2\\ud800\\u202e\n" in done.output
    assert "gold:       2 \\x07\n" in done.output
    file = write(tmp_path / "a\x1b.jsonl", {"pred": "3", "gold": "2", "ok": True})
    done = CliRunner().invoke(cli, ["grade", file, "--label", "ok"], color=True)
    assert "a\\x1b.jsonl:1: wrong" in done.output
    assert "\x1b" not in done.output
