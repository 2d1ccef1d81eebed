"""`lemma-eval filter` on real files, through the real executable where processes, signals and exit codes matter."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lemma_eval.errors import DataError, LemmaEvalError
from lemma_eval.rows.files import iterate_rows
from lemma_eval.rows.writer import writing_rows
from lemma_eval.synth.commands.filter import filter_command

COMMAND = str(Path(sys.executable).with_name("lemma-eval"))
ROWS: list[dict[str, Any]] = [
    {"question": "1 + 1?", "text": "The answer is 2.", "gold": "2", "note": 'é, "½"\n'},
    {"question": "1 + 1?", "text": "The answer is 3.", "gold": "2", "note": "x"},
    {"question": "1 + 1?", "text": "The answer  is 2.", "gold": "2", "note": "y"},
    {"question": "2 + 1?", "text": "The answer is $3$.", "gold": "3", "note": "z"},
]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    if path.suffix == ".json":
        path.write_text(json.dumps(rows), encoding="utf-8")
        return path
    with writing_rows(path) as put:
        for row in rows:
            put("row", row)
    return path


def read(path: Path) -> list[dict[str, Any]]:
    return [dict(row) for _, row in iterate_rows(path)]


def filtered(file: Path, *options: str) -> dict[str, Any]:
    """The counts."""
    done = CliRunner().invoke(filter_command, [str(file), "--json", *options])
    if done.exception is not None:
        raise done.exception
    counts: dict[str, Any] = json.loads(done.stdout)
    return counts


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".tsv", ".parquet"])
@pytest.mark.parametrize("source", [".jsonl", ".json", ".csv", ".tsv", ".parquet", ".txt"])
def test_from_each_format_to_each(source: str, suffix: str, tmp_path: Path) -> None:
    if ".parquet" in (source, suffix):
        pytest.importorskip("pyarrow")
    file = write(tmp_path / f"in{source.replace('.txt', '.jsonl')}", ROWS)
    if source == ".txt":
        file = file.rename(tmp_path / "in.txt")
    kept, rejected = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    counts = filtered(file, "--kept", str(kept), "--rejected", str(rejected))
    assert (counts["rows"], counts["kept"], counts["rejected"]) == (4, 2, {"wrong-answer": 1, "duplicate": 1})
    assert read(kept) == [ROWS[0], ROWS[3]]
    assert read(rejected) == [
        {**ROWS[1], "reject_reason": "wrong-answer", "reject_detail": "3: 3 is not 2"} | _detail(rejected, 0),
        {**ROWS[2], "reject_reason": "duplicate", "reject_detail": "the question and text of an earlier row"},
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([file.name, kept.name, rejected.name])


def _detail(path: Path, row: int) -> dict[str, Any]:
    """The wording of the grader, which is its own matter, but for the answer."""
    detail = read(path)[row]["reject_detail"]
    assert "3" in detail
    return {"reject_detail": detail}


@pytest.mark.parametrize(
    ("name", "kept", "rejected"),
    [
        ("in.jsonl", "in.kept.jsonl", "in.rejected.jsonl"),
        ("in.csv", "in.kept.csv", "in.rejected.csv"),
        ("in.json", "in.kept.jsonl", "in.rejected.jsonl"),
        ("my.data.parquet", "my.data.kept.parquet", "my.data.rejected.parquet"),
    ],
)
def test_where_the_two_files_go(name: str, kept: str, rejected: str, tmp_path: Path) -> None:
    counts = filtered(write(tmp_path / name, ROWS))
    assert (counts["kept_file"], counts["rejected_file"]) == (str(tmp_path / kept), str(tmp_path / rejected))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, kept, rejected])


def test_types_of_parquet_stay(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = {"text": ["The answer is 2."] * 2, "gold": pyarrow.array([2, 3], pyarrow.int16()),
               "error_span": [None, [0, 3]], "deep": [{"a": [1]}, {"a": []}]}  # fmt: skip
    table = pyarrow.table(columns)
    parquet.write_table(table, tmp_path / "in.parquet")
    filtered(tmp_path / "in.parquet", "--flawed", "error_span")
    assert parquet.read_table(tmp_path / "in.kept.parquet").equals(table.slice(0, 1))
    assert (
        parquet.read_table(tmp_path / "in.rejected.parquet")
        .drop(["reject_reason", "reject_detail"])
        .equals(table.slice(1))
    )


def test_the_summary(tmp_path: Path) -> None:
    file = write(tmp_path / "in.jsonl", ROWS)
    lines = CliRunner().invoke(filter_command, [str(file)]).output.splitlines()
    assert lines[0] == "4 rows: 2 kept (50.00 %), 2 rejected"
    assert {line.split()[0]: int(line.split()[1]) for line in lines[2:5]} == {
        "kept": 2, "wrong-answer": 1, "duplicate": 1}  # fmt: skip
    assert lines[6] == f"{tmp_path / 'in.kept.jsonl'}, {tmp_path / 'in.rejected.jsonl'}"


def test_the_policy_counts(tmp_path: Path) -> None:
    file = write(tmp_path / "in.jsonl", [{"text": "The answer is 0.5.", "gold": "50"}])
    assert filtered(file)["kept"] == 0
    assert filtered(file, "--policy", "lemma", "--overwrite")["kept"] == 1
    assert filtered(file, "--no-grade", "--overwrite")["kept"] == 1


def test_decontamination(data_dir: Path, tmp_path: Path) -> None:
    questions = [row["question"] for _, row in iterate_rows(data_dir / "gsm8k" / "test.jsonl")][:3]
    rows = [{"question": question.upper(), "text": "x"} for question in questions] + [{"question": "1+1?", "text": "x"}]
    file = write(tmp_path / "in.jsonl", rows)
    options = ("--no-grade", "--decontaminate", "gsm8k,svamp", "--data-dir", str(data_dir))
    assert filtered(file, *options)["rejected"] == {"contaminated": 3}
    assert all(row["reject_detail"].startswith("gsm8k: ") for row in read(tmp_path / "in.rejected.jsonl"))
    assert filtered(file, *options, "--workers", "2", "--overwrite")["rejected"] == {"contaminated": 3}
    assert filtered(file, "--no-grade", "--overwrite")["kept"] == 4


def test_rows_in_alpacas_form(tmp_path: Path) -> None:
    rows = [{"instruction": "1 + 1?", "input": "", "output": "The answer is 2.", "answer": 2}]
    assert filtered(write(tmp_path / "in.jsonl", rows))["kept"] == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--kept", "a.jsonl", "--rejected", "a.jsonl"), "--kept and --rejected are both"),
        (("--kept", "in.jsonl", "--overwrite"), "in.jsonl: is the file that is filtered"),
        (("--rejected", "in.jsonl"), "in.jsonl: is the file that is filtered"),
        (("--kept", "there.jsonl"), "there.jsonl: exists; give a new file, or --overwrite to replace it"),
        (("--rejected", "there.jsonl"), "there.jsonl: exists"),
        (("--kept", "a.txt"), "what is written is .jsonl"),
        (("--kept", "absent/a.jsonl"), "cannot be written"),
        (("--finish", "why"), "no row has the field 'why' that --finish names"),
        (("--flawed", "start"), "no row has the field 'start' that --flawed names"),
        (("--text", "mine"), "in.jsonl:1: no field mine"),
        (("--gold", "mine"), "in.jsonl:1: no field mine"),
        (("--question", "mine"), "in.jsonl:1: no field mine"),
        (("--policy", "stric"), "unknown grading policy 'stric'; did you mean strict"),
        (("--no-grade", "--gold", "gold"), "--no-grade: nothing is graded"),
        (("--decontaminate", "gsm9k", "--data-dir", "."), "gsm9k"),
    ],
)
def test_a_users_error_is_one_line_and_leaves_nothing(options: tuple[str, ...], said: str, tmp_path: Path) -> None:
    write(tmp_path / "in.jsonl", ROWS)
    (tmp_path / "there.jsonl").write_text("precious")
    before = os.getcwd()
    os.chdir(tmp_path)
    try:
        with pytest.raises(LemmaEvalError) as caught:
            filtered(Path("in.jsonl"), *options)
    finally:
        os.chdir(before)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "there.jsonl"]
    assert (tmp_path / "there.jsonl").read_text() == "precious"
    assert read(tmp_path / "in.jsonl") == ROWS


def test_no_rows_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("\n")
    with pytest.raises(DataError, match=r"in\.jsonl: holds no rows"):
        filtered(tmp_path / "in.jsonl")
    with pytest.raises(DataError, match=r"absent\.jsonl: no such file"):
        filtered(tmp_path / "absent.jsonl")


def test_malformed_lines_in_parquet_out(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    (tmp_path / "in.jsonl").write_text(json.dumps(ROWS[0]) + "\n" + json.dumps(ROWS[1]) + "\n{nothing\n")
    rejected = tmp_path / "r.parquet"
    counts = filtered(tmp_path / "in.jsonl", "--skip-malformed", "--rejected", str(rejected))
    assert counts["rejected"] == {"malformed": 1, "wrong-answer": 1}
    assert [(row["line"], row["reject_reason"]) for row in read(rejected)] == [
        (None, "wrong-answer"), ("{nothing", "malformed")]  # fmt: skip


def children(pid: int) -> list[int]:
    return [int(child) for file in Path(f"/proc/{pid}/task").glob("*/children") for child in file.read_text().split()]


@pytest.fixture
def fed(tmp_path: Path) -> Any:
    """A command at work on a pipe that stays open: its process, and a function that feeds rows."""
    pipe = tmp_path / "in.jsonl"
    os.mkfifo(pipe)
    command = [COMMAND, "filter", str(pipe), "--workers", "2", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    stream = pipe.open("w", encoding="utf-8")

    def feed(first: int, last: int) -> None:
        for number in range(first, last):
            row = {"question": str(number), "text": f"We see it. The answer is {number % 3}.", "gold": "1"}
            stream.write(json.dumps(row) + "\n")
        stream.flush()

    yield process, stream, feed
    process.kill()
    process.communicate()


def until(true: Any) -> None:
    deadline = time.monotonic() + 60  # a hang guard
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert true()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the workers in /proc")
def test_a_killed_worker_costs_no_row(fed: Any, tmp_path: Path) -> None:
    process, stream, feed = fed
    feed(0, 2400)
    until(lambda: len(children(process.pid)) >= 2)
    for child in children(process.pid):
        if "resource_tracker" not in Path(f"/proc/{child}/cmdline").read_text():
            os.kill(child, signal.SIGKILL)
            break
    feed(2400, 3600)
    stream.close()
    output, errors = process.communicate(timeout=400)  # pebble waits a minute for a lock of the dead
    assert process.returncode == 0, errors
    assert json.loads(output)["kept"] == 1200
    assert json.loads(output)["rejected"] == {"wrong-answer": 2400}
    kept = read(tmp_path / "in.kept.jsonl")
    assert [int(row["question"]) for row in kept] == list(range(1, 3600, 3))


def test_an_interrupt_leaves_no_half_files(fed: Any, tmp_path: Path) -> None:
    process, _, feed = fed
    feed(0, 2400)
    until((tmp_path / "in.kept.jsonl.part").exists)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (130, "")
    said = r"lemma-eval: interrupted after \d+ rows; .*in.kept.jsonl and .*in.rejected.jsonl were not written\n"
    assert re.fullmatch(said, errors)
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


@pytest.mark.parametrize(("source", "suffix"), [("jsonl", "jsonl"), ("csv", "csv"), ("jsonl", "parquet")])
def test_on_a_full_disk_neither_file_appears(source: str, suffix: str, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="needs a limit on the size of files")
    if suffix == "parquet":
        pytest.importorskip("pyarrow")
    noise = random.Random(0)
    rows = [{"question": str(number), "text": f"{noise.randbytes(100).hex()}. The answer is {2 if number else 3}.",
             "gold": "2"} for number in range(1500)]  # fmt: skip
    file = write(tmp_path / f"in.{source}", rows)
    names = [tmp_path / f"in.{which}.{suffix}" for which in ("kept", "rejected")]
    for path in names:
        path.write_text("of an earlier run")
    command = [COMMAND, "filter", str(file), *(f"--{path.stem[3:]}={path}" for path in names), "--overwrite"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=100,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000)),
    )  # fmt: skip
    said = f"lemma-eval: {names[0]} and {names[1]}: cannot be written: File too large\n"
    assert (done.returncode, done.stderr) == (2, said)
    assert {path.read_text() for path in names} == {"of an earlier run"}
    assert len(list(tmp_path.iterdir())) == 3


def test_the_messages_of_a_conversation(tmp_path: Path) -> None:
    talk = [{"role": "user", "content": "1 + 1?"}, {"role": "assistant", "content": "The answer is 2."}]
    other = [talk[0], {"role": "assistant", "content": "The answer is 3."}]
    file = tmp_path / "in.jsonl"
    file.write_text("".join(json.dumps({"messages": each, "answer": 2}) + "\n" for each in (talk, other, talk)))
    counts = filtered(file, "--text", "messages.-1.content", "--question", "messages.0.content")
    assert (counts["kept"], counts["rejected"]) == (1, {"wrong-answer": 1, "duplicate": 1})


def test_a_bar_on_a_terminal(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty", reason="needs a pseudo-terminal")
    write(tmp_path / "in.jsonl", ROWS * 100)
    main, side = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    command = [COMMAND, "filter", "in.jsonl"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=side, text=True)
    os.close(side)
    shown = os.read(main, 100_000).decode()
    os.close(main)
    assert done.stdout.startswith("400 rows: 2 kept")
    assert "rows/s" in shown or "400/" in shown or "\x1b" in shown
    assert "\x1b" not in done.stdout
