"""MAWPS: word problems from many sources (Koncel-Kedziorski et al. 2016, ACL N16-1136).

Two selections share only part of their questions: `test` is RefAug's, which the LEMMA paper used (arXiv 2406.12050,
2503.17439); `tora` is the one of ToRA and Qwen (arXiv 2309.17452). No hub data set equals either.
"""

from __future__ import annotations

from lemma_eval.benchmark import Benchmark, Row, Split
from lemma_eval.problem import Problem
from lemma_eval.rows.reading import RowError, id_field, meta_fields, text_field

from .golds import number_gold


def to_problem(row: Row, row_id: str) -> Problem:
    """RefAug's rows: `sQuestion` and the one value of `lSolutions`."""
    solutions = row.get("lSolutions")
    if not isinstance(solutions, list) or len(solutions) != 1:
        raise RowError(f"field 'lSolutions' should be a list of one number, found {solutions!r:.60}")
    return Problem(
        id=id_field(row, row_id, "id"),
        question=text_field(row, "sQuestion").strip(),
        answer=number_gold({"lSolutions": solutions[0]}, "lSolutions"),
        kind="number",
    )


def tora_to_problem(row: Row, row_id: str) -> Problem:
    """ToRA's rows: `input`, `target` and the source in `type`."""
    return Problem(
        id=row_id,
        question=text_field(row, "input").strip(),
        answer=number_gold(row, "target"),
        kind="number",
        meta=meta_fields(row, type="type"),
    )


BENCHMARK = Benchmark(
    name="mawps",
    title="word problems from several collections",
    family="word-problem",
    splits={
        "test": Split("refaug.json", to_problem, 2354, "11eca215777fe192"),
        "tora": Split("test.jsonl", tora_to_problem, 2065, "c4207446f167a5b2"),
    },
    licence="MIT",
    paper="ACL N16-1136",
)
