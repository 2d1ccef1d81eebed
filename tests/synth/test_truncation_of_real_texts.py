"""Truncation of MATH-style solutions: the cases of docs/truncation.md, and the real file where it is at hand."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from lemma_eval.answers import PRESETS
from lemma_eval.problem import Problem
from lemma_eval.segmentation import steps
from lemma_eval.synth.stages import truncation
from tests.conftest import ROOT
from tests.synth.making import diagnosed, made, question, wrong

_CASE = re.compile(r"^\*\*([^*]+)\*\*, wrong step (\d+)\n\n~~~text\n(.*?)\n~~~$", re.MULTILINE | re.DOTALL)
DOC = (ROOT / "docs" / "truncation.md").read_text(encoding="utf-8")
CASES = {name: (int(step), text) for name, step, text in _CASE.findall(DOC)}
NO_GOLD = Problem("p", "What is it?", "no such answer", kind="text")
LONG = 400  # characters


def test_every_case_of_the_page_is_read() -> None:
    assert len(CASES) == DOC.count("\n~~~text\n") == DOC.count("▌") - 1 > 20


@pytest.mark.parametrize("name", CASES)
def test_a_wrong_solution_is_cut_after_its_first_wrong_step(name: str) -> None:
    number, marked = CASES[name]
    cut = marked.index("▌")
    text = marked.replace("▌", "")
    found = [text[each.start : each.end] for each in steps(text)]
    record = diagnosed(wrong(text, of=question(NO_GOLD)), step=number)
    flawed = made(truncation.step(record, (), policy=PRESETS["strict"]))
    assert flawed.text == text[:cut], found
    assert flawed.about["whole"] == (cut == len(text))
    start, end = flawed.data["span"]
    assert end == cut
    assert text[start:end].strip()


@pytest.fixture(scope="module")
def solutions(data_dir: Path) -> list[str]:
    """The reference solutions of the MATH test set."""
    path = data_dir / "math" / "test.jsonl"
    if not path.is_file():
        pytest.skip(f"no {path}")
    return [json.loads(line)["solution"] for line in path.read_text(encoding="utf-8").splitlines()]


def test_steps_of_real_solutions_are_a_partition(solutions: list[str]) -> None:
    for text in solutions:
        found = steps(text)
        assert [each.start for each in found] == [0, *(each.end for each in found[:-1])]
        assert found[-1].end == len(text)
        assert all(any(sign.isalnum() for sign in text[each.start : each.end]) for each in found)


def test_real_solutions_are_not_left_as_one_step(solutions: list[str]) -> None:
    counts = Counter(len(steps(text)) for text in solutions)
    long = [text for text in solutions if len(text) > LONG]
    single = [text for text in long if len(steps(text)) == 1]
    # Defect 12: a cut at ".\n" leaves 3,430 of these 5,000 as one step.
    assert counts[1] / len(solutions) < 0.11
    assert len(single) / len(long) < 0.015
    # What is left of the long ones is one environment or drawing, which must not be cut.
    for text in single:
        rest = re.sub(r"(?s)\\begin\{(\w+\*?)\}.*?\\end\{\1\}|\[asy\].*?\[/asy\]|\\\[.*?\\\]|\$\$.*?\$\$", " ", text)
        assert len(rest) <= LONG, text


def test_the_page_has_the_figures_of_the_real_file(solutions: list[str]) -> None:
    long = [text for text in solutions if len(text) > LONG]
    bare = [text for text in solutions if not re.search(r"\.(\s|$)", text.strip()[:-1])]
    single = {text for text in solutions if len(steps(text)) == 1}
    at_lines = sum(sum(bool(part.strip()) for part in text.split(".\n")) <= 1 for text in solutions)
    lengths = sorted(len(steps(text)) for text in solutions)
    figures = (
        f"{sum(text in single for text in solutions)} are a single step",
        f"{at_lines:,}, or",
        f"the {len(long):,} with more than {LONG} characters {sum(text in single for text in long)} are",
        f"the {len(bare)} without a full stop between sentences {sum(text in single for text in bare)} are",
        f"{sum(text in single and len(text) > LONG for text in bare)} of them with more than",
        f"median solution has {lengths[len(lengths) // 2]} steps",
    )
    page = " ".join(DOC.split())
    assert [each for each in figures if each not in page] == []
