"""New verdicts beside the old ones: nothing else is touched, nothing is graded twice, and what changed is told."""

from __future__ import annotations

import csv
import json
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lemma_eval.answers import PRESETS, GradingPolicy, Verdict
from lemma_eval.cli import cli
from lemma_eval.completion import Failure
from lemma_eval.errors import LemmaEvalError, RunError, UsageError
from lemma_eval.grader import identity, open_grader, signature
from lemma_eval.problem_set import load
from lemma_eval.protocols import RECORDED
from lemma_eval.request import Request
from lemma_eval.result import GraderId
from lemma_eval.running.grading import grader_id
from lemma_eval.running.plan import RunPlan
from lemma_eval.running.regrading import own_grader, regrade, to_do
from lemma_eval.running.runner import run
from lemma_eval.running.verdict_changes import Changes, changes
from lemma_eval.shots import NO_SHOTS
from lemma_eval.store import Store
from tests.scripted_backend import Scripted
from tests.test_graders import GRADERS, OTHER
from tests.test_plugins import call, install

COMMAND = str(Path(sys.executable).with_name("lemma-eval"))
HANG = 300  # seconds; a guard, not a claim
FACTS = ("problems", "series", "requests", "items", "completions", "failures")
# Under the policy `lemma` a share may be off by 100 and a number by a little; under the others not.
QUESTIONS = [
    {"question": "What is 3 + 4?", "answer": "7", "completion": "The answer is 7."},
    {"question": "What part is 1 of 4?", "answer": "0.25", "completion": "The answer is 25."},
    {"question": "What is 1/3?", "answer": "10000", "completion": "The answer is 9999."},
    {"question": "What is 2?", "answer": "2", "completion": "The answer is 3."},
    {"question": "What fails?", "answer": "2", "completion": None},
]


def made(where: Path, rows: list[dict[str, Any]], n: int = 1) -> Path:
    where.mkdir(parents=True, exist_ok=True)
    questions = where / "own.jsonl"
    questions.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    texts = {row["question"]: row["completion"] for row in rows}

    def reply(request: Request) -> str | Failure | None:
        text = texts[request.problem.question] if request.problem is not None else None
        return text if text is not None else Failure(request.id, "refused", "no")

    problems = load(str(questions))
    plan = RunPlan((problems,), RECORDED, {problems.spec: NO_SHOTS}, RECORDED.sampling, PRESETS["default"], n=n)
    run(plan, Scripted(reply, keyed=True), where / "run")
    return where / "run"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return made(tmp_path / "made", QUESTIONS)


def called(folder: Path, *arguments: str) -> Any:
    return CliRunner().invoke(cli, ["regrade", str(folder), *arguments], standalone_mode=False)


def facts(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    with sqlite3.connect(f"file:{folder / 'store.sqlite'}?mode=ro", uri=True) as db:
        return {name: db.execute(f"SELECT * FROM {name} ORDER BY 1, 2, 3").fetchall() for name in FACTS}


def verdicts(folder: Path, like: str = "%") -> list[tuple[Any, ...]]:
    """Verdicts without the time each took."""
    query = (
        "SELECT problem, request, grader, correct, answer, span_start, rule, why FROM verdicts "
        "WHERE grader LIKE ? ORDER BY 1, 2, 3"
    )
    try:
        with sqlite3.connect(f"file:{folder / 'store.sqlite'}?mode=ro", uri=True) as db:
            return db.execute(query, (like,)).fetchall()
    except sqlite3.OperationalError:
        return []


def test_only_verdicts_are_added(folder: Path) -> None:
    before, manifest, own = facts(folder), (folder / "manifest.json").read_bytes(), verdicts(folder)
    done = called(folder, "--policy", "lemma")
    assert done.exit_code == 0, done.exception
    assert facts(folder) == before
    assert (folder / "manifest.json").read_bytes() == manifest
    after = verdicts(folder)
    assert len(after) == 2 * len(own) == 8
    assert [row for row in after if row in own] == own


def test_what_changed_is_printed(folder: Path) -> None:
    said = called(folder, "--policy", "lemma").stdout
    assert f"4 verdicts added of {grader_id(PRESETS['lemma']).key()}" in said
    assert "2 of 4 verdicts changed" in said
    assert "1 samples lack one of the two verdicts" in said
    table = [line.split() for line in said.splitlines()]
    assert ["correct", "1", "0", "0"] in table
    assert ["wrong", "2", "1", "0"] in table
    assert ["unknown", "0", "0", "0"] in table
    assert ["own.jsonl", "20.00", "60.00", "+40.00"] in table  # the failed sample counts as not correct
    assert "own.jsonl 1 sample 0: wrong -> correct: answer 25, gold 0.25" in said
    assert "own.jsonl 2 sample 0: wrong -> correct: answer 9999, gold 10000" in said


def test_nothing_to_do_says_so(folder: Path) -> None:
    called(folder, "--policy", "strict")
    there = verdicts(folder)
    said = called(folder, "--policy", "strict").stdout
    assert f"nothing to grade: every completion has a verdict of {grader_id(PRESETS['strict']).key()}" in said
    assert "0 of 4 verdicts changed" in said
    assert verdicts(folder) == there
    assert "compare with themselves" in called(folder).stdout  # the run's own policy


def test_against_another_policy(folder: Path) -> None:
    done = called(folder, "--policy", "strict", "--against", "lemma")
    assert isinstance(done.exception, RunError)
    assert "lemma-eval regrade" in str(done.exception)
    called(folder, "--policy", "lemma")
    said = called(folder, "--policy", "strict", "--against", "lemma").stdout
    assert "2 of 4 verdicts changed" in said
    assert "correct -> wrong" in said


def test_a_policy_from_a_file(folder: Path, tmp_path: Path) -> None:
    policy = tmp_path / "mine.toml"
    policy.write_text('name = "mine"\nversion = "1"\npercent_variants = true\n', encoding="utf-8")
    done = called(folder, "--policy", str(policy))
    assert done.exit_code == 0, done.exception
    with Store(folder / "store.sqlite", write=False) as store:
        mine = [each for each in store.graders() if each.policy == "mine"]
    assert len(mine) == 1
    assert mine[0].policy_version.startswith("1+")
    assert "these are the verdicts" in called(folder, "--policy", str(policy), "--against", str(policy)).stdout


@pytest.mark.parametrize("name", ["c.jsonl", "c.csv"])
def test_all_changes_go_to_a_file(folder: Path, tmp_path: Path, name: str) -> None:
    said = called(folder, "--policy", "lemma", "--limit", "1", "--changes", str(tmp_path / name)).stdout
    assert "... and 1 more" in said
    text = (tmp_path / name).read_text(encoding="utf-8")
    rows = (
        list(csv.DictReader(text.splitlines())) if name.endswith("csv") else [json.loads(x) for x in text.splitlines()]
    )
    assert [(row["problem"], row["before"], row["after"], row["gold"]) for row in rows] == [
        ("1", "wrong", "correct", "0.25"), ("2", "wrong", "correct", "10000"),
    ]  # fmt: skip
    assert {"answer_before", "answer_after", "rule_before", "rule_after", "why_before", "why_after"} <= set(rows[0])
    done = called(folder, "--policy", "lemma", "--changes", str(tmp_path / name))
    assert isinstance(done.exception, UsageError)


def test_no_changes_make_an_empty_file(folder: Path, tmp_path: Path) -> None:
    assert called(folder, "--policy", "strict", "--changes", str(tmp_path / "c.csv")).exit_code == 0
    assert len((tmp_path / "c.csv").read_text(encoding="utf-8").splitlines()) == 1


def test_workers_give_the_same(tmp_path: Path) -> None:
    rows = [{"question": f"What is {n}?", "answer": str(n), "completion": f"It is {n - n % 3}."} for n in range(150)]
    one, two = made(tmp_path / "1", rows), made(tmp_path / "2", rows)
    assert sum(regrade(one, open_grader("lemma-eval"), PRESETS["strict"])) == 150
    assert sum(regrade(two, open_grader("lemma-eval"), PRESETS["strict"], workers=2)) == 150
    assert verdicts(one) == verdicts(two)


def test_an_interrupted_regrade_goes_on(tmp_path: Path) -> None:
    rows = [{"question": f"What is {n}?", "answer": str(n), "completion": f"It is {n}."} for n in range(300)]
    folder = made(tmp_path / "made", rows)
    strict = grader_id(PRESETS["strict"])
    work = regrade(folder, open_grader("lemma-eval"), PRESETS["strict"])
    first = next(work)
    work.close()  # type: ignore[attr-defined]
    assert 0 < first < 300
    assert to_do(folder, strict) == 300 - first
    assert sum(regrade(folder, open_grader("lemma-eval"), PRESETS["strict"])) == 300 - first
    assert to_do(folder, strict) == 0


def test_killed_and_again_gives_what_an_unbroken_one_gives(tmp_path: Path) -> None:
    rows = [
        {"question": f"What is {n}?", "answer": f"{n}/7", "completion": f"So \\frac{{{n}}}{{7}}. " * 20}
        for n in range(1500)
    ]
    broken, whole = made(tmp_path / "1", rows), made(tmp_path / "2", rows)
    before = facts(broken)
    process = subprocess.Popen([COMMAND, "regrade", str(broken), "--policy", "strict"], stdout=subprocess.DEVNULL)
    started = time.monotonic()
    while len(verdicts(broken, "%/strict/%")) < 64:
        assert process.poll() is None, "ended before it was killed"
        assert time.monotonic() - started < HANG
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert 64 <= len(verdicts(broken, "%/strict/%")) < 1500, "killed too late to show anything"
    assert called(broken, "--policy", "strict").exit_code == 0
    assert called(whole, "--policy", "strict").exit_code == 0
    assert verdicts(broken) == verdicts(whole)
    assert facts(broken) == before


def test_a_run_that_is_being_written_is_refused(folder: Path) -> None:
    with Store(folder / "store.sqlite"):
        done = called(folder, "--policy", "strict")
    assert isinstance(done.exception, RunError)
    assert "another process is writing this run" in str(done.exception)


def test_what_a_user_can_get_wrong(folder: Path, tmp_path: Path) -> None:
    for arguments in ([str(tmp_path)], [str(folder), "--policy", "nonsense"], [str(folder), "--grader", "nonsense"]):
        done = CliRunner().invoke(cli, ["regrade", *arguments], standalone_mode=False)
        assert isinstance(done.exception, LemmaEvalError), arguments
    assert not (tmp_path / "store.sqlite").exists()


@dataclass(frozen=True)
class Free:
    """A grader that follows no policy."""

    name: str = "free"
    version: str = "2"
    follows_policy: bool = False
    warning: str = ""

    def grade(self, text: str, golds: Any, *, kind: Any, choices: Any, policy: GradingPolicy) -> Verdict:
        return Verdict(True, None, None, "free", "")

    equivalent = grade


def test_the_identity_of_a_grader_that_follows_no_policy() -> None:
    assert identity(Free(), PRESETS["strict"]) == GraderId("free", "2", "-", "-")
    assert signature(Free(), PRESETS["strict"]) == ("free/2", "-")
    assert GraderId.of_key(identity(Free(), PRESETS["strict"]).key()) == GraderId("free", "2", "-", "-")
    assert identity(open_grader("lemma-eval"), PRESETS["strict"]) == grader_id(PRESETS["strict"])


def test_a_grader_of_another_package(tmp_path: Path) -> None:
    rows = [
        *QUESTIONS,
        {"question": "Crash?", "answer": "1", "completion": "crash"},
        {"question": "Die?", "answer": "1", "completion": "die"},
    ]
    folder = made(tmp_path / "made", rows)
    environment = install(tmp_path / "site", "plain", {"lemma_eval.graders": GRADERS}, plain_plugin=OTHER)
    done = call(environment, "regrade", str(folder), "--grader", "plain", "--policy", "strict")
    assert (done.returncode, done.stdout) == (2, "")
    assert "follows no policy" in done.stderr
    done = call(environment, "regrade", str(folder), "--grader", "plain", "--workers", "2")
    assert (done.returncode, done.stderr) == (0, "lemma-eval: warning: plain is plain\n")
    assert "6 verdicts added of plain/3.1/-/-" in done.stdout
    rules = {row[6] for row in verdicts(folder, "plain/%")}
    assert rules == {"plain-text", "grader-error", "worker-died"}


def test_transitions_are_counted_from_both_sides(folder: Path) -> None:
    list(regrade(folder, open_grader("lemma-eval"), PRESETS["lemma"]))
    there, back = Changes(), Changes()
    own, other = own_grader(folder), grader_id(PRESETS["lemma"])
    found = list(changes(folder, own, other, there))
    assert [(each.after, each.before) for each in found] == [
        (x.before, x.after) for x in changes(folder, other, own, back)
    ]
    assert {(b, a): n for (a, b), n in there.transitions.items()} == dict(back.transitions)
    assert there.changed == len(found) == 2
