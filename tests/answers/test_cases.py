"""The corpus in `cases/`: every labelled pair and text gets the verdict of its label. See the README there."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from lemma_eval.answers import Verdict, equivalent, grade

FOLDER = Path(__file__).with_name("cases")
GAPS = "known_gaps"  # equal answers that are not seen to be; a false "equal" is never one of them
FILES = sorted(path.stem for path in FOLDER.glob("*.jsonl") if path.stem != GAPS)
KEYS = {"pred", "text", "gold", "equal", "why", "kind", "choices"}


def read_cases(name: str) -> list[dict[str, Any]]:
    with (FOLDER / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def judge(case: dict[str, Any]) -> Verdict:
    how: dict[str, Any] = {"kind": case.get("kind"), "choices": case.get("choices")}
    if "pred" in case:
        return equivalent(case["pred"], case["gold"], **how)
    return grade(case["text"], case["gold"], **how)


def describe(case: dict[str, Any], verdict: Verdict) -> str:
    want = "equal" if case["equal"] else "different"
    said = {True: "equal", False: "different", None: "unknown"}[verdict.correct]
    read = case["pred"] if "pred" in case else f"{verdict.answer!r} from {case['text'][-120:]!r}"
    return f"{want:9} said {said:9} gold {case['gold']!r}  answer {read!r}  ({case['why']}; rule {verdict.rule})"


@pytest.mark.parametrize("name", FILES)
def test_verdicts(name: str) -> None:
    cases = read_cases(name)
    wrong = [
        describe(case, verdict) for case in cases for verdict in [judge(case)] if verdict.correct is not case["equal"]
    ]
    assert not wrong, f"{len(wrong)} of {len(cases)} cases of {name}:\n" + "\n".join(wrong)


def test_known_gaps_are_gaps_and_nothing_worse() -> None:
    cases = read_cases(GAPS)
    assert all(case["equal"] for case in cases)
    closed = [describe(case, verdict) for case in cases for verdict in [judge(case)] if verdict.correct]
    assert not closed, "closed by now, so they belong to their class again:\n" + "\n".join(closed)


@pytest.mark.parametrize("name", [*FILES, GAPS])
def test_records_are_well_formed_and_distinct(name: str) -> None:
    cases = read_cases(name)
    assert all(set(case) <= KEYS and ("pred" in case) is not ("text" in case) for case in cases)
    assert all(isinstance(case["equal"], bool) and case["gold"] and case["why"] for case in cases)
    asked = Counter(
        json.dumps({key: case[key] for key in sorted(case) if key not in {"equal", "why"}}) for case in cases
    )
    assert [record for record, times in asked.items() if times > 1] == []


def test_near_misses_are_as_many_as_equal_answers() -> None:
    labels = Counter(case["equal"] for name in FILES for case in read_cases(name))
    assert labels[False] >= 0.5 * labels.total() > 1000
