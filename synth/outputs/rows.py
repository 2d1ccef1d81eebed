"""Records, rejects and trajectories as rows in JSON types, their keys in a fixed order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from lemma_eval.answers import GRADER_NAME, GRADER_VERSION
from lemma_eval.protocol import question_text
from lemma_eval.trajectory import Trajectory, to_row

from ..engine.outcome import Outcome, StageResult
from ..records import Kind, Record

ASSEMBLE = "assemble"
KINDS: tuple[str, ...] = get_args(Kind)
PROVENANCE = ("student", "student_model", "teacher", "teacher_model", "origin", "error_type", "error_step", "strategy",
              "source", "row", "prompts", "requests", "records", "grader", "policy", "lemma_eval")  # fmt: skip
_SURROGATE = re.compile("[\ud800-\udfff]")
_PROMPTS = {"diagnosed": "diagnose", "injected": "inject", "smoothed": "smooth"}  # of a revision it is its strategy's


def record_row(record: Record) -> dict[str, Any]:
    """A record as a line of `stages/<name>.jsonl`; the id comes first, which `tracing` relies on."""
    return {
        "id": record.id,
        "kind": record.kind,
        "parent": None if record.parent is None else record.parent.id,
        "question": root(record).id,
        "text": record.text,
        "data": in_order(record.data),
        "about": in_order(record.about),
    }


def stage_rows(result: StageResult) -> Iterator[dict[str, Any]]:
    """The records of a stage, by id."""
    return map(record_row, sorted(result.records, key=lambda record: record.id))


def reject_rows(outcome: Outcome) -> Iterator[dict[str, Any]]:
    """All rejects: stage by stage, by id. A record that is in no stage's file is written with text, data and about."""
    known: set[str] = set()
    for name, result in outcome.stages.items():
        for reject in sorted(result.rejects, key=lambda each: (each.record.id, each.reason, each.detail)):
            row = record_row(reject.record)
            why = {"id": row["id"], "stage": name, "reason": str(reject.reason), "detail": reject.detail}
            dropped = ("text", "data", "about") if row["id"] in known else ()
            yield {**why, **{key: value for key, value in row.items() if key not in dropped}}
        known.update(record.id for record in result.records)


def trajectory_rows(outcome: Outcome, about: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The trajectories, by id, as `lemma_eval.trajectory.of_row` reads them.

    A lone surrogate in a text, which no file but JSON can hold, becomes U+FFFD: offsets stay as they are.
    """
    made = outcome.stages[ASSEMBLE].records if ASSEMBLE in outcome.stages else ()
    for record in sorted(made, key=lambda record: record.id):
        start, end = record.data["span"]
        question, text, gold = map(storable, (asked(record), record.text, record.problem.answer))
        yield to_row(Trajectory(question, text, gold, (start, end), provenance(record, about)), record.id)


def asked(record: Record) -> str:
    """The record's question with its options, if any: as it is asked, and so to be trained on."""
    return question_text(record.problem.question, record.problem.choices)


def provenance(record: Record, about: Mapping[str, Any]) -> dict[str, Any]:
    """Where a trajectory came from; all keys are always there, None or empty where there is nothing to say."""
    line = list(record.line())[::-1]
    source = next((each.about for each in line if each.kind == "question"), {})
    student, teacher = (about.get(name) or {} for name in ("student", "teacher"))
    versions = about.get("prompts") or {}
    by_kind: dict[str, str] = {each.kind: each.id for each in line}
    return {
        "student": _text(student.get("label")),
        "student_model": _text(student.get("model")),
        "teacher": _text(teacher.get("label")),
        "teacher_model": _text(teacher.get("model")),
        "origin": record.data.get("origin"),
        "error_type": record.data.get("type"),
        "error_step": record.data.get("step"),
        "strategy": record.data.get("strategy"),
        "source": _text(source.get("set")),
        "row": _text(source.get("row")),
        "prompts": list(dict.fromkeys(prompt for each in line for prompt in _prompts(each, versions))),
        "requests": list(dict.fromkeys(request for each in line for request in requests_of(each.about))),
        "records": {kind: by_kind.get(kind) for kind in KINDS if kind != "trajectory"},
        "grader": f"{GRADER_NAME}/{GRADER_VERSION}",
        "policy": policy_of(about),
        "lemma_eval": _text(about.get("lemma_eval")),
    }  # fmt: skip


def requests_of(about: Mapping[str, Any]) -> list[str]:
    """The ids of the requests that a record came from."""
    found = about.get("requests", about.get("request")) or []
    if isinstance(found, Mapping):
        found = list(found.values())
    return [found] if isinstance(found, str) else [str(each) for each in found]


def policy_of(about: Mapping[str, Any]) -> str | None:
    """Name and version of the grading policy, `strict/3`."""
    policy = (about.get("settings") or {}).get("policy")
    if isinstance(policy, Mapping):
        return f"{policy.get('name')}/{policy.get('version')}"
    return _text(policy)


def root(record: Record) -> Record:
    """The question a record descends from."""
    *_, last = record.line()
    return last


def in_order(value: Any) -> Any:
    """The value with the keys of all its objects sorted: equal values give equal bytes."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): in_order(value[key]) for key in sorted(value, key=str)}
    return [in_order(each) for each in value] if isinstance(value, list | tuple) else value


def storable(text: str) -> str:
    """The text as UTF-8 can hold it, character by character."""
    return _SURROGATE.sub("\ufffd", text)


def _prompts(record: Record, versions: Mapping[str, Any]) -> Iterator[str]:
    name = record.data.get("strategy") if record.kind == "revision" else _PROMPTS.get(record.kind)
    if name is None:
        return
    yield f"{name}/{versions.get(name, '?')}"
    repair = {"diagnose": "repair-diagnosis", "inject": "repair-injection"}.get(name)
    if repair is not None and len(requests_of(record.about)) > 1:
        yield f"{repair}/{versions.get(repair, '?')}"


def _text(value: Any) -> str | None:
    return None if value is None else storable(str(value))
