"""CollegeMATH: exercises from nine college textbooks (Tang et al. 2024, MathScale, arXiv 2403.02884).

Some questions stand twice with different golds (the text around them is lost); both rows are part of the benchmark.
"""

from __future__ import annotations

from lemma_eval.benchmark import Benchmark, Hub, Row, Split
from lemma_eval.problem import Problem
from lemma_eval.rows.reading import meta_fields, text_field

from .golds import without_dollars

HUB = Hub("qq8933/College_Math_Test")  # untried; the same file in another serialisation, it seems


def to_problem(row: Row, row_id: str) -> Problem:
    """A gold that is one formula loses the dollar signs around it; prose and several formulas stay as they are."""
    meta = meta_fields(row, topic="data_topic", source="data_source")
    meta = {name: value.removeprefix("college_math.") for name, value in meta.items()}
    number = row.get("question_number")
    return Problem(
        id=f"{meta['source']}/{number}" if number and "source" in meta else row_id,
        question=text_field(row, "question").strip(),
        answer=without_dollars(text_field(row, "answer")),
        meta=meta,
    )


BENCHMARK = Benchmark(
    name="college_math",
    title="college textbook exercises, seven topics",
    family="college",
    splits={"test": Split("test.jsonl", to_problem, 2818, "40d0181cf902cb5b", HUB)},
    licence="per row: CC BY 3.0, CC BY-NC-SA, GFDL and others",
    paper="arXiv 2403.02884",
)
