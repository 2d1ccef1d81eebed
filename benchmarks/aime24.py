"""AIME 2024: the 30 problems of the American Invitational Mathematics Examination I and II, answers 0 to 999."""

from __future__ import annotations

from lemma_eval.benchmark import Benchmark, Hub, Row, Split
from lemma_eval.problem import Problem
from lemma_eval.rows.reading import id_field, text_field

from .golds import number_gold

HUB = Hub("HuggingFaceH4/aime_2024", split="train")  # untried; same fields as the file


def to_problem(row: Row, row_id: str) -> Problem:
    """Golds lose their leading zeros: 025 is 25."""
    return Problem(
        id=id_field(row, row_id, "id"),
        question=text_field(row, "problem", "question").strip(),
        answer=number_gold(row, "answer"),
        kind="number",
        solution=text_field(row, "solution").strip() if row.get("solution") else None,
    )


BENCHMARK = Benchmark(
    name="aime24",
    title="AIME 2024 I and II",
    family="competition",
    splits={"test": Split("test.jsonl", to_problem, 30, "9bdd9e03c782f80d", HUB)},
    licence="not stated",
    paper="Mathematical Association of America, AIME 2024",
)
