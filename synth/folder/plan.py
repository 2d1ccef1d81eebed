"""`Plan`: a synthesis as it is asked for, and `synth.json`, which says the same of the one in a folder."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lemma_eval import __version__, plugins
from lemma_eval.errors import PluginError, RunError, UsageError
from lemma_eval.problem_set import ProblemSet
from lemma_eval.running.manifest import differing
from lemma_eval.running.plan import RunPlan

from ..outputs.rows import ASSEMBLE
from ..pipeline import SAMPLE, stages
from ..settings import Settings
from ..stage import Stage
from ..teacher import Teacher
from .models import Asked
from .questions import Questions

FILE = "synth.json"
_MODEL = {"model": str, "backend": dict, "keyed": bool, "chat": bool}  # of student and teacher, read back


@dataclass(frozen=True, slots=True)
class Plan:
    """What a synthesis is made of.

    `run` is the student's run over the questions that are left, `words` the length of runs of words that make a
    question contaminated. Without a `teacher` the settings are not decided yet: the student can be sampled first.
    """

    questions: Questions
    words: int
    run: RunPlan
    student: Asked
    settings: Settings
    teacher: Asked | None = None

    def stages(self, last: str) -> tuple[Stage, ...]:
        """The stages after `sample` up to `last`. Raises UsageError if there is no stage of that name."""
        who, sampling = self.teacher, self.settings.teacher_sampling
        teacher = Teacher(who.model, who.keyed, sampling) if who is not None else Teacher("", sampling=sampling)
        found = stages(self.settings, teacher)
        names = [SAMPLE, *(stage.name for stage in found)]
        if last not in names:
            raise UsageError(f"this synthesis has no stage {last}; its stages are {', '.join(names)}")
        return found[: names.index(last)]


def describe(plan: Plan) -> dict[str, Any]:
    """The plan in JSON types: equal for two plans exactly if they ask for the same synthesis."""
    run, settings = plan.run, plan.settings
    description: dict[str, Any] = {
        "questions": {each.spec: _source(each) for each in plan.questions.loaded},
        "decontamination": {
            "words": plan.words,
            "tests": {each.spec: each.fingerprint for each in plan.questions.tests},
        },
        "student": {
            **plan.student.facts,
            "protocol": run.protocol.name,
            "samples": run.n,
            "sampling": asdict(run.sampling),
        },
        "seed": run.seed,
    }
    if plan.teacher is not None:
        own = asdict(settings)
        del own["seed"], own["teacher_sampling"]
        description["settings"] = own
        description["teacher"] = {**plan.teacher.facts, "sampling": asdict(settings.teacher_sampling)}
    return dict(json.loads(json.dumps(description)))


def about(plan: Plan) -> dict[str, Any]:
    """What the records do not tell of the synthesis, for provenance and the dataset card."""
    told, settings = describe(plan), plan.settings
    student = {"protocol": plan.run.protocol.name, "samples": plan.run.n, **asdict(plan.run.sampling)}
    facts: dict[str, Any] = {
        "lemma_eval": __version__,
        "seed": plan.run.seed,
        "questions": [
            {"spec": each.spec, **_source(each), "licence": licence(each.spec, each.family)}
            for each in plan.questions.loaded
        ],
        "decontamination": told["decontamination"],
        "student": {"label": plan.student.label, **plan.student.facts},
        "student_sampling": student,
        "teacher_sampling": asdict(settings.teacher_sampling),
        "settings": asdict(settings),
        "prompts": {name: version for stage in plan.stages(ASSEMBLE) for name, version in stage.prompts},
    }
    if plan.teacher is not None:
        facts["teacher"] = {"label": plan.teacher.label, **plan.teacher.facts}
    return dict(json.loads(json.dumps(facts)))


def _source(problems: ProblemSet) -> dict[str, Any]:
    return {"size": len(problems.problems), "fingerprint": problems.fingerprint, "source": problems.source}


def licence(spec: str, family: str) -> str:
    """The licence of a set of questions as its benchmark states it."""
    if family == "custom":
        return "not stated"
    try:
        return str(plugins.load("benchmarks", spec.partition(":")[0]).licence)
    except PluginError:
        return "not stated"


def read_synthesis(folder: Path) -> dict[str, Any] | None:
    """What `synth.json` says: `synthesis` as of `describe`, `labels` of the models, `given` options; None without one.

    Raises RunError for a damaged file.
    """
    path = folder / FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: cannot be read ({error})") from None
    if not isinstance(found, dict) or not all(isinstance(found.get(k), dict) for k in ("synthesis", "labels", "given")):
        raise RunError(f"{path}: is not the file of a synthesis")
    for who in found["synthesis"].keys() & {"student", "teacher"}:
        told = found["synthesis"][who]
        if not isinstance(told, dict) or not all(isinstance(told.get(part), kind) for part, kind in _MODEL.items()):
            raise RunError(f"{path}: is damaged (synthesis.{who})")
    return found


def check_synthesis(folder: Path, plan: Plan, *, taught: bool = True) -> None:
    """Raise RunError if `folder` holds another synthesis, naming what differs.

    What one of the two has not decided yet, as the teacher while the student is sampled, is no difference; nor are
    teacher and settings while no teacher has been heard of (not `taught`): one whose name or address is a slip of the
    pen costs nothing.
    """
    there = read_synthesis(folder)
    if there is None:
        return
    old, new = there["synthesis"], describe(plan)
    parts = (old.keys() & new.keys()) - (set() if taught else {"settings", "teacher"})
    if differences := differing({part: old[part] for part in parts}, {part: new[part] for part in parts}):
        raise RunError(f"{folder}: holds another synthesis: {differences}; give another --out")


def write_synthesis(folder: Path, plan: Plan, given: Mapping[str, Any]) -> None:
    """Write `synth.json`, whole or not at all; what it knows and `plan` does not is kept. `given`: options, by name."""
    before = read_synthesis(folder) or {"synthesis": {}, "labels": {}}
    labels = {"student": plan.student.label} | ({"teacher": plan.teacher.label} if plan.teacher is not None else {})
    after = {
        "synthesis": {**before["synthesis"], **describe(plan)},
        "labels": {**before["labels"], **labels},
        "given": dict(sorted(given.items())),
    }
    if after != before:
        draft = folder / "synth.tmp"
        draft.write_text(json.dumps(after, indent=1) + "\n", encoding="utf-8")
        os.replace(draft, folder / FILE)
