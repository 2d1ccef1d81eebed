"""Mini: generated one- to three-step word problems that come with the package, for trying things out offline."""

from __future__ import annotations

from lemma_eval.benchmark import Benchmark, Row, Split
from lemma_eval.problem import Problem
from lemma_eval.rows.reading import id_field, meta_fields, text_field

from .golds import number_gold


def to_problem(row: Row, row_id: str) -> Problem:
    """`question`, `answer`, a worked `solution` and the `template` it was made from."""
    return Problem(
        id=id_field(row, row_id, "id"),
        question=text_field(row, "question").strip(),
        answer=number_gold(row, "answer"),
        kind="number",
        solution=text_field(row, "solution").strip(),
        meta=meta_fields(row, template="template"),
    )


BENCHMARK = Benchmark(
    name="mini",
    title="generated word problems, bundled",
    family="grade-school",
    splits={
        "test": Split("mini.jsonl", to_problem, 1000, "f03705dca1edd965", bundled="lemma_eval.benchmarks"),
        "unseen": Split("mini_unseen.jsonl", to_problem, 500, "00ce08155d080588", bundled="lemma_eval.benchmarks"),
    },
    licence="Apache-2.0",
    paper="",
)
