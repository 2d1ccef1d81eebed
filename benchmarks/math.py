"""MATH: competition mathematics (Hendrycks et al. 2021, arXiv 2103.03874).

Split `500` is MATH-500 (Lightman et al. 2023, arXiv 2305.20050).
"""

from __future__ import annotations

from lemma_eval.benchmark import Benchmark, Hub, Row, Split
from lemma_eval.problem import Problem
from lemma_eval.rows.reading import id_field, meta_fields, text_field

from .golds import boxed_gold

ID = "EleutherAI/hendrycks_math"  # untried; same fields as the files
CONFIGS = (
    "algebra",
    "counting_and_probability",
    "geometry",
    "intermediate_algebra",
    "number_theory",
    "prealgebra",
    "precalculus",
)


def to_problem(row: Row, row_id: str) -> Problem:
    r"""The gold is the last \boxed of the solution; MATH-500 says `subject` for `type` and 3 for `Level 3`."""
    solution = text_field(row, "solution")
    meta = meta_fields(row, level="level", type="subject" if "subject" in row else "type")
    if "level" in meta:
        meta["level"] = meta["level"].removeprefix("Level ")
    return Problem(
        id=id_field(row, row_id, "unique_id"),
        question=text_field(row, "problem").strip(),
        answer=boxed_gold(solution),
        solution=solution.strip(),
        meta=meta,
    )


BENCHMARK = Benchmark(
    name="math",
    title="competition mathematics, five levels, seven types",
    family="competition",
    splits={
        "test": Split("test.jsonl", to_problem, 5000, "a91ffe4b056b9a9e", Hub(ID, CONFIGS, "test")),
        "500": Split("math500.jsonl", to_problem, 500, "7d4599958d3faf01", Hub("HuggingFaceH4/MATH-500")),
        "train": Split("train.jsonl", to_problem, 7500, None, Hub(ID, CONFIGS, "train")),
    },
    licence="MIT",
    paper="arXiv 2103.03874",
)
