"""`lemma-eval reflection` on real runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lemma_eval.cli import cli
from lemma_eval.errors import RunError, UsageError
from lemma_eval.result import Result
from lemma_eval.self_correction.reflecting import correction_rows, solution
from lemma_eval.self_correction.reflection import FLIPS
from lemma_eval.store import Store
from tests.running.test_regrade import made

TEXTS = [
    "The answer is 7.",
    "The answer is 8. Wait, I made a mistake. The answer is 7.",
    "The answer is 8. <b>Oops</b>, | I forgot one. The answer is 7. \x1b[1m",
    "The answer is 7. Let me check: 3 + 4 = 7. Correct. The answer is 7.",
    "The answer is 7. Hmm, that is not right. The answer is 6.",
    "The answer is 5. Actually, I added wrongly. The answer is 6.",
    "We add. Wait, that's wrong, we multiply. The answer is 12.",
]


def rows_of(texts: list[str | None]) -> list[dict[str, Any]]:
    return [{"question": f"What is 7, {n}?", "answer": "7", "completion": text} for n, text in enumerate(texts)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("reflection"), rows_of([*TEXTS, None]))


def shown(*arguments: str) -> str:
    done = CliRunner().invoke(cli, ["reflection", *arguments], standalone_mode=False)
    assert done.exit_code == 0, done.exception
    return done.stdout


def test_the_counts(folder: Path) -> None:
    (row,) = json.loads(shown(str(folder), "--format", "json"))
    assert (row["benchmark"], row["completions"], row["ungraded"]) == ("own.jsonl", 7, 1)
    assert row["reflects"]["count"] == 6
    assert row["changes"]["count"] == 5
    assert row["changes_answer"]["count"] == 4
    assert {flip: found["count"] for flip, found in row["flips"].items()} == dict(zip(FLIPS, (1, 2, 1, 1), strict=True))
    assert row["accuracy_with"]["count"] == 3
    assert row["accuracy_without"] == {
        "count": 1,
        "of": 1,
        "share": 1.0,
        "low": pytest.approx(0.2065, abs=1e-4),
        "high": 1.0,
    }
    assert row["examples"] == {}


def test_examples_name_samples_and_sentences(folder: Path) -> None:
    (row,) = json.loads(shown(str(folder), "--format", "json", "--examples", "1"))
    (one,) = row["examples"]["wrong->right"]
    assert (one["problem"], one["sample"], one["first"], one["final"]) == ("1", 0, "8", "7")
    assert one["sentences"] == ["Wait, I made a mistake."]
    assert (
        len(json.loads(shown(str(folder), "--format", "json", "--examples", "9"))[0]["examples"]["wrong->right"]) == 2
    )


def test_markdown_and_terminal(folder: Path) -> None:
    text = shown(str(folder), "--format", "markdown", "--examples", "2")
    assert "| run | own.jsonl | 7 | 6 | 85.7 | 5 | 4 | 1 | 2 | 1 | 1 | 50.0 | 18.8-81.2 | 100.0 | 20.7-100.0 |" in text
    assert "1 samples without a verdict are left out" in text
    assert "<b>" not in text
    assert "\x1b" not in text
    assert "85.7" in shown(str(folder))


def test_a_run_without_reflection_says_so(tmp_path: Path) -> None:
    quiet = made(tmp_path, rows_of(["The answer is 7."] * 3))
    assert "0 of 3 reflect" in shown(str(quiet))
    assert "0 of 3 reflect" in shown(str(quiet), "--format", "markdown")
    (row,) = json.loads(shown(str(quiet), "--format", "json"))
    assert row["accuracy_with"] == {"count": 0, "of": 0, "share": None, "low": None, "high": None}


def test_workers_give_the_same(folder: Path) -> None:
    one, two = (list(correction_rows(folder, "r", examples=3, workers=workers)) for workers in (1, 2))
    assert one == two


def test_what_a_user_can_get_wrong(folder: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["reflection", str(tmp_path)], standalone_mode=False)
    assert isinstance(done.exception, RunError)
    done = CliRunner().invoke(cli, ["reflection", str(folder), "-b", "nonsense"], standalone_mode=False)
    assert isinstance(done.exception, UsageError)
    assert "has no benchmark nonsense (has: own.jsonl)" in str(done.exception)


def test_reasoning_is_part_of_the_solution(folder: Path) -> None:
    from dataclasses import replace

    from lemma_eval.running.regrading import own_grader

    with Store(folder / "store.sqlite", write=False) as store:
        result: Result = next(store.results(own_grader(folder)))
    assert result.completion is not None
    thought = replace(result, completion=replace(result.completion, reasoning="It is 6. Wait, no."))
    assert solution(thought) == "It is 6. Wait, no.\n\nThe answer is 7."
