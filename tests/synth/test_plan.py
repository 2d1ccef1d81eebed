"""`synth.json`: what a folder knows of its synthesis, what is another one; models are opened to be asked only."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lemma_eval.backend import Backend
from lemma_eval.errors import RunError, UsageError
from lemma_eval.request import Request
from lemma_eval.synth.folder.models import Asked, describe
from lemma_eval.synth.folder.plan import FILE, Plan, about, check_synthesis, read_synthesis, write_synthesis
from lemma_eval.synth.folder.plan import describe as description
from lemma_eval.synth.settings import Settings
from tests.scripted_backend import Scripted
from tests.synth.test_student import plan as run_of
from tests.synth.test_student import questions


def asked(backend: Backend) -> Asked:
    return Asked(describe(backend), backend.label, lambda: backend)


def plan(**changes: Any) -> Plan:
    found = questions()
    student, teacher = (asked(Scripted(lambda request: "x", model=name, label=name)) for name in ("s", "t"))
    return replace(Plan(found, 13, run_of(found), student, Settings(), teacher), **changes)


@pytest.mark.parametrize("damage", [3, {}, {"model": "m", "backend": {}, "keyed": "no", "chat": True}])
def test_a_damaged_model_is_told(damage: Any, tmp_path: Path) -> None:
    write_synthesis(tmp_path, plan(), {})
    found = json.loads((tmp_path / FILE).read_text())
    found["synthesis"]["teacher"] = damage
    (tmp_path / FILE).write_text(json.dumps(found))
    with pytest.raises(RunError, match=r"synth\.json: is damaged \(synthesis\.teacher\)"):
        read_synthesis(tmp_path)


def test_teacher_and_settings_are_open_until_a_teacher_is_heard_of(tmp_path: Path) -> None:
    write_synthesis(tmp_path, plan(), {})
    other = plan(settings=Settings(alpha=2), teacher=asked(Scripted(lambda request: "x", model="u")))
    check_synthesis(tmp_path, other, taught=False)
    with pytest.raises(RunError, match="settings"):
        check_synthesis(tmp_path, other)
    with pytest.raises(RunError, match="words"):
        check_synthesis(tmp_path, plan(words=8), taught=False)


def test_a_synthesis_is_itself(tmp_path: Path) -> None:
    check_synthesis(tmp_path, plan())  # no synthesis is no other one
    write_synthesis(tmp_path, plan(), {"limit": 3})
    before = (tmp_path / FILE).read_bytes()
    check_synthesis(tmp_path, plan())
    write_synthesis(tmp_path, plan(), {"limit": 3})
    assert (tmp_path / FILE).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    known = read_synthesis(tmp_path)
    assert known is not None
    assert known["labels"] == {"student": "s", "teacher": "t"}
    assert known["given"] == {"limit": 3}
    assert known["synthesis"] == description(plan())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"settings": Settings(alpha=2)}, "settings.alpha is 1.0 there, 2 here"),
        ({"settings": Settings(strategies=("fix",))}, r'settings.strategies is \["fix", "fresh"\] there'),
        ({"words": 8}, "decontamination.words is 13 there, 8 here"),
        ({"run": run_of(questions(), n=7)}, "student.samples is 3 there, 7 here"),
        ({"questions": questions(3)}, "questions.sums.size is 4 there, 3 here"),
        ({"teacher": asked(Scripted(lambda request: "x", model="u"))}, 'teacher.model is "t" there, "u" here'),
        ({"student": asked(Scripted(lambda request: "x", model="u"))}, 'student.model is "s" there, "u" here'),
    ],
)
def test_another_synthesis_is_named_by_what_differs(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    write_synthesis(tmp_path, plan(), {})
    with pytest.raises(RunError, match=f"holds another synthesis: .*{said}.*give another --out"):
        check_synthesis(tmp_path, plan(**changes))


def test_teacher_and_settings_are_decided_together_and_then_kept(tmp_path: Path) -> None:
    write_synthesis(tmp_path, plan(teacher=None), {})
    check_synthesis(tmp_path, plan(teacher=None, settings=Settings(alpha=2)))
    check_synthesis(tmp_path, plan(settings=Settings(alpha=2)))
    write_synthesis(tmp_path, plan(settings=Settings(alpha=2)), {})
    with pytest.raises(RunError, match=r"settings\.alpha"):
        check_synthesis(tmp_path, plan())
    write_synthesis(tmp_path, plan(teacher=None), {})
    with pytest.raises(RunError, match=r"settings\.alpha"):
        check_synthesis(tmp_path, plan())


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"synthesis": {}, "labels": [], "given": {}}', "\xff"])
def test_a_damaged_file_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="latin-1")
    with pytest.raises(RunError, match=FILE):
        read_synthesis(tmp_path)


def test_stages_up_to_one() -> None:
    assert [stage.name for stage in plan().stages("diagnose")] == ["grade", "diagnose"]
    assert plan().stages("sample") == ()
    assert len(plan().stages("assemble")) == 12
    with pytest.raises(UsageError, match="no stage fresh; its stages are sample, grade, "):
        plan(settings=Settings(strategies=("fix",))).stages("fresh")


def test_what_is_told_of_it_is_json_without_dates() -> None:
    told = about(plan())
    assert json.loads(json.dumps(told)) == told
    assert told["student"]["label"] == "s"
    assert told["questions"] == [
        {"spec": "sums", "size": 4, "fingerprint": "", "source": "sums", "licence": "not stated"}
    ]
    assert {"diagnose", "inject", "fix", "fresh", "smooth"} < told["prompts"].keys()
    assert "teacher" not in about(plan(teacher=None))


def test_a_model_is_opened_to_be_asked_only() -> None:
    backend, opened = Scripted(lambda request: "x"), list[str]()

    def open_it() -> Backend:
        opened.append("now")
        return backend

    model = Asked(describe(backend), "it", open_it)
    assert (model.model, model.chat, model.name, opened) == ("scripted", True, "scripted", [])
    with model:
        assert [each.request_id for each in model.generate([Request("scripted", "?", run_of(questions()).sampling)])]
    assert (opened, backend.entered) == (["now"], 1)


def test_another_engine_than_the_folder_knows_is_refused() -> None:
    backend = Scripted(lambda request: "x", version="2")
    before = {**describe(backend), "backend": {"name": "scripted", "version": "1", "settings": {}}}
    model = Asked(before, "it", lambda: backend)
    with pytest.raises(RunError, match=r'it is not the model .* backend.version is "1" there, "2" here'), model:
        pass
    assert backend.entered == 0
