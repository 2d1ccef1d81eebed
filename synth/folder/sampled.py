"""What a folder's own files tell of its questions and its student's samples: no other file and no model is needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lemma_eval import __version__
from lemma_eval.errors import RunError
from lemma_eval.running.manifest import read_whole_manifest
from lemma_eval.running.regrading import own_grader
from lemma_eval.running.runner import STORE
from lemma_eval.store import Store

from ..engine.outcome import StageResult
from ..funnel.funnel import Funnel, read_funnel
from ..records import Record
from .plan import licence
from .student import drawn


@dataclass(frozen=True, slots=True)
class Sampled:
    """`questions` as far as they were planned, the stage `sample`, and the funnel of the last sitting.

    `unplanned` questions were not come to; they count as waiting in `sample`, too. `about` is that of `plan.about` as
    far as the folder knows it, with the `grader` of the verdicts.
    """

    questions: tuple[Record, ...]
    sample: StageResult
    unplanned: int
    funnel: Funnel
    about: Mapping[str, Any]


def read_sampled(folder: Path, known: Mapping[str, Any], *, accept_missing: bool) -> Sampled:
    """What is in `folder`, of which `known` is what `read_synthesis` tells; `accept_missing` as when carrying on.

    Raises RunError where nothing was sampled, or for damaged files.
    """
    funnel = read_funnel(folder)
    if funnel is None:
        raise RunError(f"{folder}: holds no samples yet; `lemma-eval synth sample {folder}` makes them")
    run, grader = read_whole_manifest(folder)["run"], own_grader(folder)
    with Store(folder / STORE, write=False) as store:
        results = list(store.results(grader))
    questions: dict[tuple[str, str], Record] = {}
    for result in results:
        name, problem = result.item.benchmark, result.item.problem
        if (name, problem.id) not in questions:
            about = {"set": name, "row": problem.id}
            questions[name, problem.id] = Record("question", problem, problem.question, about=about)
    student = known["synthesis"]["student"]
    sample = drawn(questions, results, run["n"], student["model"], student["keyed"], accept_missing=accept_missing)
    unplanned = funnel.questions - len(questions)
    sample = replace(sample, taken=sample.taken + unplanned, waiting=sample.waiting + unplanned)
    told = {**about_of(known, run), "grader": f"{grader.grader}/{grader.grader_version}"}
    return Sampled(tuple(sorted(questions.values(), key=lambda each: each.id)), sample, unplanned, funnel, told)


def about_of(known: Mapping[str, Any], run: Mapping[str, Any]) -> dict[str, Any]:
    """What `synth.json` and the manifest's `run` tell of what `plan.about` does: all but the prompts' versions."""
    synthesis, benchmarks = known["synthesis"], run["benchmarks"]
    facts: dict[str, Any] = {
        "lemma_eval": __version__,
        "seed": synthesis["seed"],
        "questions": [
            {"spec": spec, **source, "licence": licence(spec, benchmarks.get(spec, {}).get("family", "custom"))}
            for spec, source in synthesis["questions"].items()
        ],
        "decontamination": synthesis["decontamination"],
        "settings": {"seed": synthesis["seed"], **synthesis.get("settings", {}), "policy": run["policy"]},
    }
    for role in synthesis.keys() & {"student", "teacher"}:
        own = dict(synthesis[role])
        sampling = own.pop("sampling", {})
        asked = {name: own.pop(name) for name in ("protocol", "samples") if name in own}
        facts[role] = {"label": known["labels"].get(role), **own}
        facts[f"{role}_sampling"] = {**asked, **sampling}
    return facts
