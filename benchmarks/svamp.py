"""SVAMP: one-step word problems varied to defeat shallow cues (Patel et al. 2021, arXiv 2103.07191)."""

from __future__ import annotations

from lemma_eval.benchmark import Benchmark, Hub, Row, Split
from lemma_eval.problem import Problem
from lemma_eval.rows.reading import id_field, meta_fields, text_field

from .golds import number_gold

# The hub (untried) has 700 `train` and 300 `test` rows; the benchmark is both.
HUB = Hub("ChilleD/SVAMP", split="train+test")


def to_problem(row: Row, row_id: str) -> Problem:
    """Body, with a full stop if it ends without one, then the question."""
    body = text_field(row, "Body").strip()
    stop = "" if body.endswith(".") else "."
    return Problem(
        id=id_field(row, row_id, "ID"),
        question=f"{body}{stop} {text_field(row, 'Question').strip()}",
        answer=number_gold(row, "Answer"),
        kind="number",
        meta=meta_fields(row, type="Type"),
    )


BENCHMARK = Benchmark(
    name="svamp",
    title="varied one-step word problems",
    family="word-problem",
    splits={"test": Split("test.jsonl", to_problem, 1000, "52a84a600596decd", HUB)},
    licence="MIT",
    paper="arXiv 2103.07191",
)
