"""AMC 2023: 40 problems of the American Mathematics Competitions 12A and 12B, without their options."""

from __future__ import annotations

from lemma_eval.benchmark import Benchmark, Hub, Row, Split
from lemma_eval.problem import Problem
from lemma_eval.rows.reading import id_field, text_field

from .golds import number_gold

HUB = Hub("math-ai/amc23")  # untried; `question` instead of `problem`


def to_problem(row: Row, row_id: str) -> Problem:
    """Golds are whole numbers written as floats: 27.0 is 27."""
    return Problem(
        id=id_field(row, row_id, "id"),
        question=text_field(row, "problem", "question").strip(),
        answer=number_gold(row, "answer"),
        kind="number",
    )


BENCHMARK = Benchmark(
    name="amc23",
    title="AMC 12 2023, open-ended",
    family="competition",
    splits={"test": Split("test.jsonl", to_problem, 40, "4ecd8a301f640b33", HUB)},
    licence="not stated",
    paper="Mathematical Association of America, AMC 12 2023",
)
