"""The questions of a synthesis: which are left, in whatever order they come, and what they are held against."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.errors import DataError, LemmaEvalError, PluginError, UsageError
from lemma_eval.problem import Problem
from lemma_eval.problem_set import ProblemSet, fingerprint, load
from lemma_eval.synth.folder.questions import (
    Questions,
    chosen,
    is_for_testing,
    load_questions,
    load_tests,
    registered_tests,
)
from lemma_eval.synth.records import Reason

LONG = "A baker packs seven rolls into each of nine boxes and then eats two of the rolls"


def problems(*rows: tuple[str, str, str | None], spec: str = "own.jsonl") -> ProblemSet:
    found = tuple(
        Problem(str(i), question, gold, solution=solution) for i, (question, gold, solution) in enumerate(rows)
    )
    return ProblemSet(spec, "custom", found, fingerprint(found), spec, None)


def left(questions: Questions) -> list[tuple[str, str, str | None]]:
    return sorted((each.problem.question, each.problem.answer, each.problem.solution or "")
                  for each in questions.records.values())  # fmt: skip


def test_of_equal_questions_one_is_left() -> None:
    found = chosen(
        (problems(("How much?", "3", None), ("how  much?", "3", "It is 3."), ("How many?", "3", None)),), (), 13
    )
    assert left(found) == [("How many?", "3", ""), ("how  much?", "3", "It is 3.")]
    (reject,) = found.result.rejects
    assert (reject.reason, reject.record.about["row"]) == (Reason.DUPLICATE, "0")
    assert "row 1 of own.jsonl" in reject.detail
    assert (found.result.taken, found.result.passed, found.result.waiting) == (3, 2, 0)


def test_options_make_questions_different() -> None:
    two = [
        Problem(str(i), "Which?", "A", kind="choice", choices=each) for i, each in enumerate((("1", "2"), ("3", "4")))
    ]
    found = chosen((ProblemSet("m", "custom", tuple(two), "", "m", None),), (), 13)
    assert found.result.passed == 2


def test_a_question_with_two_golds_is_told() -> None:
    (reject,) = chosen((problems(("Q?", "3", None), ("Q?", "4", None)),), (), 13).result.rejects
    assert "another gold" in reject.detail


def test_a_question_of_a_test_set_is_left_out() -> None:
    tests = (problems((f"{LONG}. How many are left?", "61", None), spec="test.jsonl"),)
    found = chosen((problems((f"Today {LONG.lower()}; what is left", "61", None), ("Short?", "1", None)),), tests, 13)
    (reject,) = found.result.rejects
    assert reject.reason == Reason.CONTAMINATED
    assert reject.detail.startswith("test.jsonl: ")
    assert left(found) == [("Short?", "1", "")]
    assert chosen((problems((f"Today {LONG.lower()}; what is left", "61", None)),), tests, 18).result.rejects == ()


def test_the_sets_that_are_asked_are_those_that_are_left() -> None:
    found = chosen((problems(("Q?", "3", None), ("Q?", "3", None), ("R?", "3", None)),), (), 13)
    (asked,) = found.sets
    assert len(asked.problems) == 2
    assert asked.fingerprint == fingerprint(asked.problems) != found.loaded[0].fingerprint


rows = st.lists(st.tuples(st.sampled_from(["a", "b", "A", "b "]), st.sampled_from("12"),
                          st.sampled_from([None, "x", "y"])), min_size=1, max_size=12)  # fmt: skip


@given(rows, st.randoms())
def test_order_and_place_of_the_rows_change_nothing(
    found: list[tuple[str, str, str | None]], order: random.Random
) -> None:
    one = chosen((problems(*found),), (), 13)
    shuffled = order.sample(found, len(found))
    half = len(found) // 2
    parts = [problems(*part, spec=spec) for part, spec in ((shuffled[:half], "p"), (shuffled[half:], "q"))]
    two = chosen(tuple(part for part in parts if part.problems), (), 13)
    assert left(one) == left(two)
    assert [each.id for each in one.result.records] == [each.id for each in two.result.records]
    for each in (one.result, two.result):
        assert each.taken == len(found) == each.passed + len(each.rejects)


def test_nothing_left_is_an_error() -> None:
    tests = (problems(("Q?", "3", None), spec="t"),)
    with pytest.raises(UsageError, match=r"of 1 questions none is left: 1 contaminated \(t: q"):
        chosen((problems(("Q?", "3", None)),), tests, 13)


def test_limit_and_double_sets(tmp_path: Path) -> None:
    (tmp_path / "own.jsonl").write_text(
        "".join(json.dumps({"question": f"{i}?", "answer": "1"}) + "\n" for i in range(5))
    )
    spec = str(tmp_path / "own.jsonl")
    found = load_questions([spec], None, 2, tuple, 13)
    assert [each.id for each in found.sets[0].problems] == ["0", "1"]
    assert found.loaded[0].fingerprint == fingerprint(found.loaded[0].problems)
    with pytest.raises(UsageError, match=r"given twice: own\.jsonl, own\.jsonl"):
        load_questions([spec, spec], None, None, tuple, 13)


def test_all_registered_test_sets_but_no_training_set() -> None:
    names = registered_tests()
    assert {"gsm8k", "math", "math:500", "mini", "mini:unseen", "svamp"} <= set(names)
    assert not [name for name in names if "train" in name]


@pytest.mark.parametrize(
    ("text", "names"),
    [("none", []), ("mini", ["mini"]), ("mini, mini:unseen", ["mini", "mini:unseen"]), ("mini,mini", ["mini"])],
)
def test_named_test_sets(text: str, names: list[str]) -> None:
    assert [each.spec for each in load_tests(text, None)] == names


@pytest.mark.parametrize(
    ("text", "error", "part"),
    [
        ("", UsageError, "give all"),
        ("-mini", UsageError, "give all"),
        ("none,mini", UsageError, "give all"),
        ("mini,-mini", UsageError, "give all"),
        ("all,-minni", PluginError, "did you mean mini"),
        ("minni", PluginError, "unknown benchmark 'minni'"),
    ],
)
def test_test_sets_that_make_no_sense(text: str, error: type[LemmaEvalError], part: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=part):
        load_tests(text, tmp_path)


def test_an_absent_test_set_is_an_error_that_says_how_to_leave_it_out(tmp_path: Path) -> None:
    absent = [name for name in registered_tests() if not name.startswith("mini")]
    with pytest.raises(DataError) as caught:
        load_tests("all", tmp_path)
    (said,) = caught.value.args
    advice = said.partition("--decontaminate ")[2]
    assert advice == ",".join(["all", *(f"-{name}" for name in absent)])
    assert [each.spec for each in load_tests(advice, tmp_path)] == ["mini", "mini:unseen"]


def test_real_training_questions(data_dir: Path) -> None:
    """Three of GSM8K's training questions share 13 words in a row with its own test questions."""
    found = chosen((load("gsm8k:train", data_dir),), (load("gsm8k", data_dir),), 13)
    assert found.result.taken == 7473
    reasons = Counter(each.reason for each in found.result.rejects)
    assert set(reasons) == {Reason.CONTAMINATED}
    assert 1 <= reasons[Reason.CONTAMINATED] <= 20


@pytest.mark.parametrize(
    ("spec", "tests"),
    [("gsm8k", True), ("math:500", True), ("mini:unseen", True), ("gsm8k:train", False), ("data/test.jsonl", False)],
)
def test_what_is_for_testing(spec: str, tests: bool) -> None:
    assert is_for_testing(spec) is tests
