"""Each benchmark's reading of a row in its upstream format. The rows are made up here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lemma_eval import plugins
from lemma_eval.benchmark import Benchmark
from lemma_eval.errors import DataError
from lemma_eval.problem import Problem
from lemma_eval.problem_set import load
from lemma_eval.rows.reading import RowError

MATH_ROW = {
    "problem": " What is $1+1$? ",
    "level": "Level 1",
    "type": "Prealgebra",
    "solution": r"One and one: $\boxed{2}$.",
}
SVAMP_ROW = {
    "ID": "chal-1",
    "Body": "Ann has 3 pears",
    "Question": "How many pears?",
    "Answer": 3.0,
    "Type": "Addition",
    "Equation": "( 1.0 + 2.0 )",
}
ASDIV_ROW = {
    "body": "Ann eats 2 of 5 pears.",
    "question": "How many are left?",
    "answer": "3 (pears)",
    "solution_type": "Subtraction",
    "formula": "5-2=3",
}
MAWPS_ROW = {"id": 4, "sQuestion": "Ann has 1.5 litres . How much ? ", "lSolutions": [1.5], "lEquations": ["X=1.5"]}
COLLEGE_ROW = {
    "data_source": "college_math.Some_Book",
    "question_number": "exercise.1.2",
    "question": "Simplify: $x+x$",
    "answer": "$2 x$",
    "data_topic": "college_math.algebra",
}
MMLU_ROW = {"question": "Which is even?\n", "type": "number_facts", "choices": ["1", "2 ", "3"], "answer": 1}
SAT_ROW = {"id": "9", "question": "Which is even?", "options": "A) 1 B) 2 C) 3 D) 5", "Answer": "B"}
AGIEVAL_ROW = {"id": 3, "question": "Which is even ? \nAnswer Choices: (A) 1 (B) 2 (C) 3", "answer": "B"}
AGIEVAL_HUB_ROW = {
    "query": "Q: Which is even ? Answer Choices: (A)1 (B)2 (C)3\nA: Among A through C, the answer is",
    "choices": ["(A)1", "(B)2", "(C)3"],
    "gold": [1],
}


def mapped(spec: str, row: dict[str, Any], from_hub: bool = False) -> Problem:
    name, _, split_name = spec.partition(":")
    benchmark: Benchmark = plugins.load("benchmarks", name)
    split = benchmark.splits[split_name or "test"]
    return ((split.hub_to_problem if from_hub else None) or split.to_problem)(row, "0")


CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "gsm8k",
        {"question": "Two dozen eggs?", "answer": "It is 2*12=<<2*12=24>>24.\n#### 1,024"},
        {"answer": "1024", "kind": "number", "solution": "It is 2*12=<<2*12=24>>24.", "id": "0"},
    ),
    (
        "math",
        MATH_ROW,
        {"answer": "2", "kind": None, "question": "What is $1+1$?", "meta": {"level": "1", "type": "Prealgebra"}},
    ),
    (
        "math:500",
        {**MATH_ROW, "level": 4, "subject": "Algebra", "unique_id": "test/a/1.json", "answer": "2"},
        {"answer": "2", "id": "test/a/1.json", "meta": {"level": "4", "type": "Algebra"}},
    ),
    ("math:train", {**MATH_ROW, "solution": r"It is \fbox{x}."}, {"answer": "x"}),
    (
        "svamp",
        SVAMP_ROW,
        {"question": "Ann has 3 pears. How many pears?", "answer": "3", "id": "chal-1", "meta": {"type": "Addition"}},
    ),
    ("svamp", {**SVAMP_ROW, "Body": "Ann has 3 pears. "}, {"question": "Ann has 3 pears. How many pears?"}),
    ("svamp", {**SVAMP_ROW, "Answer": "145.0"}, {"answer": "145"}),
    (
        "asdiv",
        ASDIV_ROW,
        {
            "question": "Ann eats 2 of 5 pears. How many are left?",
            "answer": "3",
            "kind": "number",
            "meta": {"type": "Subtraction", "unit": "pears"},
        },
    ),
    ("asdiv", {**ASDIV_ROW, "answer": "14  ( get-well cards)"}, {"answer": "14", "meta": {"unit": "get-well cards"}}),
    ("asdiv", {**ASDIV_ROW, "answer": "1.25 (sq. feet)"}, {"answer": "1.25", "kind": "number"}),
    ("asdiv", {**ASDIV_ROW, "answer": "3:4"}, {"answer": "3:4", "kind": None}),
    ("asdiv", {**ASDIV_ROW, "answer": "10:30 p.m."}, {"answer": "10:30 p.m.", "kind": None}),
    ("asdiv", {**ASDIV_ROW, "answer": "7/9"}, {"answer": "7/9", "kind": "number"}),
    ("asdiv", {**ASDIV_ROW, "answer": "-(1/3)"}, {"answer": "-(1/3)", "kind": None}),
    ("asdiv", {**ASDIV_ROW, "answer": "Ann's class"}, {"answer": "Ann's class", "kind": "text"}),
    ("asdiv", {**ASDIV_ROW, "answer": "6th"}, {"answer": "6th", "kind": "text"}),
    (
        "mawps",
        MAWPS_ROW,
        {"question": "Ann has 1.5 litres . How much ?", "answer": "1.5", "kind": "number", "id": "4"},
    ),
    (
        "mawps:tora",
        {"input": "Ann has 2 pears. How many ?", "target": 2.0, "type": "addsub", "idx": 7},
        {"answer": "2", "kind": "number", "meta": {"type": "addsub"}},
    ),
    (
        "college_math",
        COLLEGE_ROW,
        {"answer": "2 x", "id": "Some_Book/exercise.1.2", "meta": {"topic": "algebra", "source": "Some_Book"}},
    ),
    ("college_math", {**COLLEGE_ROW, "answer": "$x=1$ or $x=2$"}, {"answer": "$x=1$ or $x=2$", "kind": None}),
    ("deepmind_math", {"question": "What?", "answer": "1363.0", "id": 8}, {"answer": "1363.0", "kind": "number"}),
    ("deepmind_math", {"question": "Prime factors?", "answer": "[2, 3]"}, {"answer": "[2, 3]", "kind": "list"}),
    ("deepmind_math", {"question": "Prime factors?", "answer": "[3]"}, {"answer": "[3]", "kind": "list"}),
    ("deepmind_math", {"question": "Sort.", "answer": "12 3 -1"}, {"answer": "12 3 -1", "kind": "list"}),
    ("deepmind_math", {"question": "Derive.", "answer": "-20*x"}, {"answer": "-20*x", "kind": "expression"}),
    ("deepmind_math", {"question": "Is it?", "answer": "True"}, {"answer": "True", "kind": None}),
    (
        "ocw",
        {"problem": "How far?", "solution": r"It is $\boxed{4.5e33}$ m.", "type": "Walking (1.0)", "idx": 0},
        {"answer": "4.5e33", "kind": None, "meta": {"course": "Walking (1.0)"}},
    ),
    (
        "mmlu_stem",
        MMLU_ROW,
        {"question": "Which is even?", "answer": "B", "kind": "choice", "choices": ("1", "2", "3")},
    ),
    ("sat_math", SAT_ROW, {"answer": "B", "kind": "choice", "choices": ("1", "2", "3", "5"), "id": "9"}),
    (
        "sat_math:agieval",
        AGIEVAL_ROW,
        {"question": "Which is even ?", "answer": "B", "choices": ("1", "2", "3"), "id": "3"},
    ),
    (
        "aime24",
        {"id": 1, "problem": "How many?", "question": "How many?", "answer": "025", "solution": "Count."},
        {"answer": "25", "kind": "number", "solution": "Count.", "id": "1"},
    ),
    ("amc23", {"id": 1, "problem": "How many?", "answer": 27.0}, {"answer": "27", "kind": "number", "solution": None}),
    (
        "mini",
        {"id": "m-1", "question": "How many?", "answer": "5", "solution": "2 + 3 = 5", "template": "sum"},
        {"answer": "5", "id": "m-1", "solution": "2 + 3 = 5", "meta": {"template": "sum"}},
    ),
]


@pytest.mark.parametrize(("spec", "row", "expected"), CASES)
def test_rows_of_files(spec: str, row: dict[str, Any], expected: dict[str, Any]) -> None:
    problem = mapped(spec, row)
    for field, value in expected.items():
        if field == "meta":
            assert value.items() <= problem.meta.items()
        else:
            assert getattr(problem, field) == value, field


HUB_CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("ocw", {"question": "How far?", "answer": "$x+$ $1$"}, {"question": "How far?", "answer": "x+ 1"}),
    ("amc23", {"id": 5, "question": "How many?", "answer": "27.0"}, {"question": "How many?", "answer": "27"}),
    ("mmlu_stem", {**MMLU_ROW, "subject": "facts"}, {"answer": "B", "meta": {"subject": "facts"}}),
    (
        "sat_math",
        {"Question": "Which is even?", "Possible Answers": "A) 1 B) 2 C) 3", "Answer": "B"},
        {"question": "Which is even?", "choices": ("1", "2", "3"), "id": "0"},
    ),
    ("sat_math:agieval", AGIEVAL_HUB_ROW, {"question": "Which is even ?", "answer": "B", "choices": ("1", "2", "3")}),
]


@pytest.mark.parametrize(("spec", "row", "expected"), HUB_CASES)
def test_rows_of_the_hub(spec: str, row: dict[str, Any], expected: dict[str, Any]) -> None:
    problem = mapped(spec, row, from_hub=True)
    assert {field: getattr(problem, field) for field in expected} == expected


def test_file_and_hub_rows_of_one_question_are_one_problem() -> None:
    assert mapped("sat_math:agieval", AGIEVAL_ROW).digest == mapped("sat_math:agieval", AGIEVAL_HUB_ROW, True).digest


MALFORMED: list[tuple[str, dict[str, Any], str]] = [
    ("gsm8k", {"answer": "so\n#### 1"}, "field 'question' is missing"),
    ("gsm8k", {"question": "How many?", "answer": "3"}, "no gold after '####'"),
    ("gsm8k", {"question": "How many?", "answer": "so\n#### three"}, "is not a number"),
    ("gsm8k", {"question": 5, "answer": "so\n#### 3"}, "field 'question' should be non-empty text"),
    ("math", {**MATH_ROW, "solution": "It is 2."}, "no .*boxed answer"),
    ("math", {**MATH_ROW, "problem": " "}, "field 'problem' should be non-empty text"),
    ("svamp", {**SVAMP_ROW, "Answer": None}, "field 'Answer' is missing"),
    ("svamp", {**SVAMP_ROW, "Body": ["Ann"]}, "field 'Body'"),
    ("asdiv", {**ASDIV_ROW, "answer": 3}, "field 'answer' should be non-empty text"),
    ("mawps", {**MAWPS_ROW, "lSolutions": [1.0, 2.0]}, "list of one number"),
    ("mawps", {**MAWPS_ROW, "lSolutions": ["many"]}, "is not a number"),
    ("mawps:tora", {"input": "How many?"}, "field 'target' is missing"),
    ("college_math", {"question": "Simplify."}, "field 'answer' is missing"),
    ("deepmind_math", {"question": "What?", "answer": ["3"]}, "field 'answer'"),
    ("ocw", {"problem": "How far?", "solution": "Far."}, "no .*boxed answer"),
    ("mmlu_stem", {**MMLU_ROW, "answer": 4}, "names none of the 3 options"),
    ("mmlu_stem", {**MMLU_ROW, "choices": "1 2 3"}, "options should be a list"),
    ("sat_math", {**SAT_ROW, "options": "1, 2 or 3"}, "no first option"),
    ("sat_math", {**SAT_ROW, "Answer": "E"}, "names none of the 4 options"),
    ("sat_math:agieval", {"question": "Which?", "answer": "B"}, "holds no 'Answer Choices:'"),
    ("aime24", {"problem": "How many?", "answer": "many"}, "is not a number"),
    ("amc23", {"answer": 27.0}, "field 'problem' is missing"),
    ("mini", {"question": "How many?", "answer": "5"}, "field 'solution' is missing"),
]


@pytest.mark.parametrize(("spec", "row", "reason"), MALFORMED)
def test_malformed_rows(spec: str, row: dict[str, Any], reason: str) -> None:
    with pytest.raises(RowError, match=reason):
        mapped(spec, row)


@pytest.mark.parametrize(("spec", "row", "reason"), [case for case in MALFORMED if not case[0].startswith("mini")])
def test_a_malformed_row_is_named_by_its_place(spec: str, row: dict[str, Any], reason: str, tmp_path: Path) -> None:
    name, _, split_name = spec.partition(":")
    split = plugins.load("benchmarks", name).splits[split_name or "test"]
    good = next(case[1] for case in CASES if case[0] == spec)
    rows = [good, {"id": "other", "ID": "other", "question_number": "other", **row}]
    path = tmp_path / name / split.file
    path.parent.mkdir()
    is_array = path.suffix == ".json"
    path.write_text(json.dumps(rows) if is_array else "\n".join(map(json.dumps, rows)), encoding="utf-8")
    with pytest.raises(DataError, match=reason) as caught:
        load(spec, tmp_path)
    assert str(caught.value).startswith(f"{path}[1]: " if is_array else f"{path}:2: ")
