"""MMLU-STEM: 18 science and mathematics subjects of MMLU (Hendrycks et al. 2020, arXiv 2009.03300).

The subjects are those of Minerva and Llemma; anatomy, which some harnesses add, is not among them.
"""

from __future__ import annotations

from lemma_eval.benchmark import Benchmark, Hub, Row, Split
from lemma_eval.choices import letter_of, option_texts
from lemma_eval.problem import Problem
from lemma_eval.rows.reading import meta_fields, text_field

SUBJECTS = (
    "abstract_algebra",
    "astronomy",
    "college_biology",
    "college_chemistry",
    "college_computer_science",
    "college_mathematics",
    "college_physics",
    "computer_security",
    "conceptual_physics",
    "electrical_engineering",
    "elementary_mathematics",
    "high_school_biology",
    "high_school_chemistry",
    "high_school_computer_science",
    "high_school_mathematics",
    "high_school_physics",
    "high_school_statistics",
    "machine_learning",
)

HUB = Hub("hails/mmlu_no_train", SUBJECTS)  # untried; `subject` instead of `type`


def to_problem(row: Row, row_id: str) -> Problem:
    """The gold is the letter of the option whose index is `answer`."""
    choices = option_texts(row.get("choices"))
    return Problem(
        id=row_id,
        question=text_field(row, "question").strip(),
        answer=letter_of(row.get("answer"), choices),
        kind="choice",
        choices=choices,
        meta=meta_fields(row, subject="subject" if "subject" in row else "type"),
    )


BENCHMARK = Benchmark(
    name="mmlu_stem",
    title="multiple choice in 18 STEM subjects",
    family="multiple-choice",
    splits={"test": Split("test.jsonl", to_problem, 3018, "1b055d46b5672c3d", HUB)},
    licence="MIT",
    paper="arXiv 2009.03300",
)
