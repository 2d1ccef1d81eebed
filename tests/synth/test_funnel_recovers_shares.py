"""The funnel holds exactly what the teacher's ledger and the student's file say was done: record by record, and in sum.

Records that ask the same (an injected error that a student makes too) share one reply, and what becomes of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.servers.teacher_script import steps_of
from tests.synth.running import AFTER, Row
from tests.synth.whole import Whole

Entry = Mapping[str, Any]
ENDS = ("malformed", "empty", "truncated", "refused", "teacher-says-correct", "still-right", "no-answer",
        "prefix-changed", "wrong-answer", "nothing-added")  # fmt: skip
_REPAIR = {"diagnose": "repair-diagnosis", "inject": "repair-injection"}
# Of each stage that asks: the prompt, and by what in the prompt its record is known again.
_ASKING: Mapping[str, tuple[str, Callable[[Entry], str]]] = {
    "diagnose": ("diagnose", lambda entry: even("".join(steps_of(entry["fields"]["steps"])))),
    "diagnose-injected": ("diagnose", lambda entry: even("".join(steps_of(entry["fields"]["steps"])))),
    "fix": ("fix", lambda entry: even(entry["fields"]["flawed"])),
    "fresh": ("fresh", lambda entry: even(" ".join(entry["fields"][each] for each in ("flawed", "alternative")))),
    "smooth": ("smooth", lambda entry: even(entry["fields"]["solution"])),
}


def even(text: str) -> str:
    return " ".join(text.split())


def entries(whole: Whole, kind: str) -> list[Entry]:
    return [entry for entry in whole.teacher.ledger.values() if entry["stage"] == kind]


def stage(whole: Whole, name: str) -> dict[str, Any]:
    (found,) = [each for each in whole.made.funnel["stages"] if each["name"] == name]
    return dict(found)


def inputs(whole: Whole, name: str) -> list[Row]:
    return [row for source in AFTER[name] for row in whole.made.stages[source]]


def question(whole: Whole, row: Row) -> str:
    return even(whole.made.line(row)[-1]["text"])


def became(whole: Whole, name: str) -> dict[str, str]:
    """Of each input the reason it was rejected for, "" if it went on: from the files."""
    rejected = {row["id"]: row["reason"] for row in whole.made.rejects if row["stage"] == name}
    return {row["id"]: rejected.get(row["id"], "") for row in inputs(whole, name)}


def by_content(whole: Whole, kind: str, content: Callable[[Entry], str]) -> dict[tuple[str, str], Entry]:
    """The ledger's entries by question and content: no two requests are of the same."""
    found = entries(whole, kind)
    known = {(even(entry["fields"]["question"]), content(entry)): entry for entry in found}
    assert len(known) == len(found)
    return known


def told(whole: Whole, name: str) -> dict[str, str]:
    """Of each input the fault of its reply, "" for none: from the ledger. What is malformed is asked again once."""
    kind, content = _ASKING[name]
    first = by_content(whole, kind, content)
    repairs = by_content(whole, _REPAIR[kind], content) if kind in _REPAIR else {}
    assert set(repairs) == {key for key, entry in first.items() if entry["fault"] == "malformed"}
    faults = {}
    for row in inputs(whole, name):
        key = question(whole, row), even(f"{row['text']} {alternative(whole, row) if name == 'fresh' else ''}")
        faults[row["id"]] = str(repairs.get(key, first[key])["fault"])
    return faults


def alternative(whole: Whole, flawed: Row) -> str:
    """What the teacher is to start afresh with: a right solution of the student's, or else the reference."""
    own = [row["about"]["alternative"] for row in whole.made.line(flawed) if row["kind"] in ("wrong", "draw")]
    if own and own[0]:
        return str(own[0])
    asked = question(whole, flawed)
    return next(str(each["fields"]["reference"]) for each in entries(whole, "fix")
                if even(each["fields"]["question"]) == asked)  # fmt: skip


def held(whole: Whole, name: str, faults: Mapping[str, str]) -> None:
    """The files and the funnel say of a stage what was done to its inputs."""
    assert became(whole, name) == faults
    reasons = Counter(fault for fault in faults.values() if fault)
    found = stage(whole, name)
    assert found["reasons"] == dict(reasons)
    assert (found["taken"], found["rejected"], found["waiting"]) == (len(faults), reasons.total(), 0)
    assert found["passed"] == len(faults) - reasons.total()


def test_of_the_students_samples(whole: Whole) -> None:
    kinds = Counter(row["kind"] for row in whole.recorded)
    assert len(kinds) == 7
    wrong = kinds.pop("wrong") + kinds.pop("states-gold")
    found = stage(whole, "grade")
    assert found["reasons"] == dict(kinds)
    assert found["passed"] == wrong == len(whole.made.stages["grade"])
    assert found["taken"] == len(whole.recorded)


@pytest.mark.parametrize("name", ["diagnose", "diagnose-injected", "fix", "fresh"])
def test_of_a_stage_that_asks(whole: Whole, name: str) -> None:
    faults = told(whole, name)
    assert set(faults.values()) - {""} <= set(ENDS)
    assert len(set(faults.values())) > 3
    held(whole, name, faults)


def test_of_injections(whole: Whole) -> None:
    """Equal draws of a question have one prompt and are told apart by their seed: compared as often as they occur."""
    first, repairs = entries(whole, "inject"), entries(whole, "repair-injection")
    assert len(first) == len(inputs(whole, "inject")) == stage(whole, "inject")["taken"]
    assert len(repairs) == sum(entry["fault"] == "malformed" for entry in first)
    final = [entry for entry in first if entry["fault"] != "malformed"] + repairs
    done = Counter((even(entry["fields"]["question"]), entry["fault"]) for entry in final)
    ends = became(whole, "inject")
    assert done == Counter((question(whole, row), ends[row["id"]]) for row in inputs(whole, "inject"))
    reasons = Counter(entry["fault"] for entry in final if entry["fault"])
    assert stage(whole, "inject")["reasons"] == dict(reasons)
    assert stage(whole, "inject")["replies"] == len(first) + len(repairs)


def test_of_truncation(whole: Whole) -> None:
    """Some of the student's wrong steps state the gold all the same; none of the teacher's do."""
    stating = {even(row["completion"]) for row in whole.recorded if row["kind"] == "states-gold"}
    faults = {row["id"]: "states-gold" if even(row["text"]) in stating else "" for row in inputs(whole, "truncate")}
    assert "states-gold" in faults.values()
    held(whole, "truncate", faults)


def test_of_smoothing_and_verification(whole: Whole) -> None:
    """The beginning is looked at when the reply comes, the answer in a stage of its own."""
    late = ("wrong-answer", "no-answer")
    faults = told(whole, "smooth")
    held(whole, "smooth", {id: "" if fault in late else fault for id, fault in faults.items()})
    parents = {row["id"]: row["parent"] for row in whole.made.stages["smooth"]}
    held(whole, "verify", {id: faults[parent] for id, parent in parents.items()})


def test_of_copies(whole: Whole) -> None:
    """What the student and the teacher both do wrong is kept once."""
    kept = whole.made.stages["verify"]
    texts = Counter((question(whole, row), even(row["text"])) for row in kept)
    copies = sum(count - 1 for count in texts.values())
    assert stage(whole, "deduplicate")["reasons"] == ({"duplicate": copies} if copies else {})
    assert len(whole.made.trajectories) == len(texts) == whole.made.funnel["trajectories"]


def test_every_fault_occurs(whole: Whole) -> None:
    """Else the equalities above would say less than they seem to."""
    found = {(entry["stage"], entry["fault"]) for entry in whole.teacher.ledger.values()}
    assert len({fault for _, fault in found}) >= len(ENDS) - 1  # of 40 questions one may be missing, and there is ""
    if len(whole.questions) >= 200:
        assert {fault for _, fault in found} == {"", *ENDS}
        wanted = {(name, fault) for name, faults in whole.teacher.shares.items() for fault in faults}
        assert len(wanted - found) <= 3, wanted - found  # of repairs there are few


def test_every_reply_is_counted_once_with_its_tokens(whole: Whole) -> None:
    asked = {name: len(entries(whole, name)) for name in ("fix", "fresh", "smooth")}
    assert {name: stage(whole, name)["replies"] for name in asked} == asked
    diagnoses = len(entries(whole, "diagnose")) + len(entries(whole, "repair-diagnosis"))
    assert stage(whole, "diagnose")["replies"] + stage(whole, "diagnose-injected")["replies"] == diagnoses
    tokens = sum(len(entry["text"]) // 4 + 1 for entry in whole.teacher.ledger.values())
    assert whole.made.funnel["completion_tokens"] == tokens
    assert whole.made.funnel["replies"] == len(whole.recorded) + len(whole.teacher.ledger)
