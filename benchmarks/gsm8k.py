"""GSM8K: grade-school word problems in two to eight steps (Cobbe et al. 2021, arXiv 2110.14168)."""

from __future__ import annotations

from lemma_eval.benchmark import Benchmark, Hub, Row, Split
from lemma_eval.problem import Problem
from lemma_eval.rows.reading import RowError, text_field

from .golds import plain_number

ID = "openai/gsm8k"  # untried; same fields as the files


def to_problem(row: Row, row_id: str) -> Problem:
    """The gold stands after `####`; calculator annotations `<<2+3=5>>` stay in the solution."""
    solution, marker, gold = text_field(row, "answer").rpartition("####")
    if not marker:
        raise RowError("field 'answer' holds no gold after '####'")
    return Problem(
        id=row_id,
        question=text_field(row, "question").strip(),
        answer=plain_number(gold),
        kind="number",
        solution=solution.strip(),
    )


BENCHMARK = Benchmark(
    name="gsm8k",
    title="grade-school word problems",
    family="grade-school",
    splits={
        "test": Split("test.jsonl", to_problem, 1319, "4f3d3dc42ccd0f50", Hub(ID, ("main",), "test")),
        "train": Split("train.jsonl", to_problem, 7473, "f103ba6392c05438", Hub(ID, ("main",), "train")),
    },
    licence="MIT",
    paper="arXiv 2110.14168",
)
