"""OCWCourses: undergraduate science from MIT OpenCourseWare (Lewkowycz et al. 2022, Minerva, arXiv 2206.14858)."""

from __future__ import annotations

from lemma_eval.benchmark import Benchmark, Hub, Row, Split
from lemma_eval.problem import Problem
from lemma_eval.rows.reading import meta_fields, text_field

from .golds import boxed_gold, without_dollars

HUB = Hub("math-ai/minervamath")  # untried


def to_problem(row: Row, row_id: str) -> Problem:
    r"""The gold is the last \boxed of the solution: a number, a formula or an equation."""
    solution = text_field(row, "solution")
    return Problem(
        id=row_id,
        question=text_field(row, "problem").strip(),
        answer=without_dollars(boxed_gold(solution)),
        solution=solution.strip(),
        meta=meta_fields(row, course="type"),
    )


def hub_to_problem(row: Row, row_id: str) -> Problem:
    """The hub's rows have `question` and `answer`, and no solution or course."""
    return Problem(
        id=row_id,
        question=text_field(row, "question", "problem").strip(),
        answer=without_dollars(text_field(row, "answer")),
    )


BENCHMARK = Benchmark(
    name="ocw",
    title="undergraduate science problems, nine courses",
    family="science",
    splits={"test": Split("test.jsonl", to_problem, 272, "d5887f2f1b356d91", HUB, hub_to_problem)},
    licence="CC BY-NC-SA (MIT OpenCourseWare)",
    paper="arXiv 2206.14858",
)
