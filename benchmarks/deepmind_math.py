"""DeepMind Mathematics: generated school mathematics (Saxton et al. 2019, arXiv 1904.01557).

These are the 1,000 questions of MathInstruct and RefAug ("Mathematics" in the LEMMA paper); no hub data set holds them.
"""

from __future__ import annotations

import re

from lemma_eval.benchmark import Benchmark, Row, Split
from lemma_eval.problem import AnswerKind, Problem
from lemma_eval.rows.reading import id_field, text_field

_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_LIST = re.compile(r"\[.*\]|-?\d+( -?\d+)+", re.ASCII)


def _kind(gold: str) -> AnswerKind | None:
    """`[2, 3]` and the sorted `4 1 -2` are lists; words (True, a letter) are left to be found out."""
    if _NUMBER.fullmatch(gold):
        return "number"
    if _LIST.fullmatch(gold):
        return "list"
    return "expression" if re.search(r"[*+/^]", gold) else None


def to_problem(row: Row, row_id: str) -> Problem:
    """Golds stay as written: `1363.0`, `[3]`, `-20*x`."""
    gold = text_field(row, "answer").strip()
    return Problem(
        id=id_field(row, row_id, "id"),
        question=text_field(row, "question").strip(),
        answer=gold,
        kind=_kind(gold),
    )


BENCHMARK = Benchmark(
    name="deepmind_math",
    title="generated school mathematics",
    family="generated",
    splits={"test": Split("refaug.json", to_problem, 1000, "a956c3ba08851254")},
    licence="Apache-2.0",
    paper="arXiv 1904.01557",
)
