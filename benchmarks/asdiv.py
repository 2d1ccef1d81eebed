"""ASDiv: diverse primary-school word problems with one answer (Miao et al. 2020, arXiv 2106.15772)."""

from __future__ import annotations

import re

from lemma_eval.benchmark import Benchmark, Hub, Row, Split
from lemma_eval.problem import AnswerKind, Problem
from lemma_eval.rows.reading import meta_fields, text_field

_WITH_UNIT = re.compile(r"(?P<value>\S.*?)\s+\(\s*(?P<unit>[^()]*?)\s*\)", re.DOTALL)
_NUMBER = re.compile(r"-?\d+(\.\d+)?(/\d+)?", re.ASCII)


def _has_one_answer(row: Row) -> bool:
    return ";" not in str(row.get("answer"))


# Untried; the hub also has the rows with several answers ("3; 5"), which are not part of the 2,215.
HUB = Hub("EleutherAI/asdiv", split="validation", keep=_has_one_answer)


def _kind(gold: str) -> AnswerKind | None:
    """Numbers and words are named; ratios and times (3:4, 3:30 p.m.) and the odd formula are left to be found out."""
    if _NUMBER.fullmatch(gold):
        return "number"
    return "text" if re.search(r"[A-Za-z]", gold) and not re.match(r"\d+:\d", gold) else None


def to_problem(row: Row, row_id: str) -> Problem:
    """Body, then question; `9 (apples)` is the gold 9 with the unit in meta, `-(1/3)` stays whole."""
    gold = text_field(row, "answer").strip()
    meta = meta_fields(row, type="solution_type")
    if match := _WITH_UNIT.fullmatch(gold):
        gold, meta["unit"] = match["value"], match["unit"]
    return Problem(
        id=row_id,
        question=f"{text_field(row, 'body').strip()} {text_field(row, 'question').strip()}",
        answer=gold,
        kind=_kind(gold),
        meta=meta,
    )


BENCHMARK = Benchmark(
    name="asdiv",
    title="primary-school word problems with one answer",
    family="word-problem",
    splits={"test": Split("test.jsonl", to_problem, 2215, "d4bbdd7cff5d0c74", HUB)},
    licence="CC BY-NC 4.0",
    paper="arXiv 2106.15772",
)
