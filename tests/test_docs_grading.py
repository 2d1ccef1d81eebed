"""docs/grading.md cannot go stale: its examples are run, its tables held against the code; README's example too."""

from __future__ import annotations

import dataclasses
import doctest
import json
import re
import shlex
from pathlib import Path
from typing import cast

import pytest
from click.testing import CliRunner

from lemma_eval.answers import PRESETS, equivalent
from lemma_eval.answers.extraction import find
from lemma_eval.answers.extraction.rules import RULES
from lemma_eval.cli import cli
from lemma_eval.problem import AnswerKind

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "grading.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
SIGNS = {"==": True, "!=": False, "??": None}


def blocks(page: str, language: str) -> list[tuple[str, list[str]]]:
    """The word behind a fence's language, and the fence's lines."""
    found = re.findall(rf"^```{language}(?: (\w+))?\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    return [(word, text.splitlines()) for word, text in found]


GRADING = [(word or "default", line) for word, lines in blocks(PAGE, "grading") for line in lines]
EXTRACTION = [(word, line) for word, lines in blocks(PAGE, "extraction") for line in lines]
CONSOLE = [lines for page in (PAGE, README) for _, lines in blocks(page, "console")]
PYTHON = [lines for page in (PAGE, README) for _, lines in blocks(page, "python") if any(">>> " in x for x in lines)]


@pytest.mark.parametrize(("policy", "line"), GRADING)
def test_an_answer_and_its_gold(policy: str, line: str) -> None:
    match = re.fullmatch(r"(.+?)  (==|!=|\?\?)  (.+?)   # ([a-z-]+)", line)
    assert match, "write: answer  ==  gold   # rule"
    verdict = equivalent(match[1], match[3], policy=policy)
    assert (verdict.correct, verdict.rule) == (SIGNS[match[2]], match[4]), verdict


@pytest.mark.parametrize(("kind", "line"), EXTRACTION)
def test_a_text_and_its_answer(kind: str, line: str) -> None:
    text, _, wanted = line.rpartition("  ->  ")
    found, rule = find(text.replace("⏎", "\n"), cast(AnswerKind, kind) if kind else None)
    assert (f"{rule}: {found.answer}" if found else rule) == wanted


def table(heading: str) -> list[list[str]]:
    """The rows of the table under a row of headings, without backticks."""
    rows = PAGE.split(f"\n{heading}\n", 1)[1].splitlines()[1:]
    stop = next(at for at, row in enumerate(rows) if not row.startswith("|"))
    return [[cell.strip().strip("`") for cell in row.strip("|").split("|")] for row in rows[:stop]]


def test_every_rule_of_extraction_is_listed_in_order_and_has_an_example() -> None:
    names = [row[0] for row in table("| rule | finds |")]
    assert names == list(RULES)
    shown = {line.rpartition("  ->  ")[2].split(":")[0] for _, line in EXTRACTION}
    assert set(names) - shown == {"no-answer"}


def test_the_table_of_policies_is_the_code() -> None:
    rows = {row[0]: row[1:4] for row in table("| field | `default` | `strict` | `lemma` | |")}
    fields = [field.name for field in dataclasses.fields(PRESETS["default"]) if field.name not in ("name", "version")]
    assert list(rows) == fields
    for name in fields:
        assert rows[name] == [json.dumps(getattr(PRESETS[policy], name)) for policy in ("default", "strict", "lemma")]


@pytest.mark.parametrize("lines", CONSOLE, ids=lambda lines: lines[0])
def test_a_command_prints_what_the_page_says(lines: list[str]) -> None:
    command, *output = lines
    words = shlex.split(command)
    assert words[:2] == ["$", "lemma-eval"]
    done = CliRunner().invoke(cli, words[2:])
    assert (done.exit_code, done.output.splitlines()) == (0, output)


@pytest.mark.parametrize("lines", PYTHON)
def test_what_python_says(lines: list[str]) -> None:
    test = doctest.DocTestParser().get_doctest("\n".join(lines) + "\n", {}, "page", None, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    told: list[str] = []
    assert runner.run(test, out=told.append).attempted > 3
    assert not told, "".join(told)


def test_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([\w./-]+\.md)(?:#[\w-]+)?\)", PAGE):
        assert (ROOT / "docs" / link).is_file(), link
