"""Exports of a synthesis: right solutions, for the paper's comparison, and its trajectories, all in the same forms."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from lemma_eval.errors import RunError, UsageError
from lemma_eval.hashing import digest
from lemma_eval.rows.reading import read_rows
from lemma_eval.running.manifest import differing, read_whole_manifest
from lemma_eval.trajectory import Trajectory, to_row

from ..engine.outcome import Outcome, StageResult
from ..folder.plan import read_synthesis
from ..folder.sampled import about_of, read_sampled
from ..funnel.funnel import Funnel, count, read_funnel, to_json
from ..funnel.wording import reasons
from ..records import Record
from ..stage import Done
from ..stages.right_solutions import Distinct, at_most, distinct, references, right
from .card import card
from .right_card import right_card
from .rows import asked, provenance, storable
from .write import DATA, TRAJECTORIES, write_data, write_json

What = Literal["sft", "rft", "correct", "lemma"]
FILE = "export.json"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be exported: `per_question` is the most samples of one question, drawn by `seed` (None: all)."""

    what: What
    per_question: int | None = None
    distinct: Distinct = "text"
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """The funnel of an export, its rows and its dataset card."""

    funnel: Funnel
    rows: list[dict[str, Any]]
    card: str


def export(folder: Path, out: Path, wanted: Wanted, *, accept_missing: bool | None = None) -> Funnel:
    """Write what is `wanted` of the synthesis in `folder` to `out`: rows in all forms, and last `export.json`.

    Nothing is asked. The same export is written over, equal outcomes as equal bytes. `accept_missing` as when carrying
    on, None: as it was said there. Raises RunError for a synthesis that is not far enough, and where nothing is to be
    exported; UsageError for an `out` that holds something else.
    """
    known = read_synthesis(folder)
    if known is None:
        raise RunError(f"{folder}: holds no synthesis (no synth.json)")
    accept = bool(known["given"].get("accept_missing")) if accept_missing is None else accept_missing
    if wanted.per_question is not None and wanted.seed is None:
        wanted = replace(wanted, seed=known["synthesis"]["seed"])
    later = () if wanted.what == "lemma" else ("settings", "teacher")  # may still be decided, and have no part in it
    of = digest({part: value for part, value in known["synthesis"].items() if part not in later})
    marks = {"of": of, "wanted": asdict(wanted)}
    _check(out, marks)
    found = _trajectories(folder, known, accept) if wanted.what == "lemma" else _right(folder, known, wanted, accept)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{out}: cannot be made a folder: {error.strerror}") from None
    write_json(out / FILE, marks)  # whose the folder is, should this be killed
    write_data(out, found.rows, found.card)
    write_json(out / FILE, {**marks, "funnel": to_json(found.funnel)})
    return found.funnel


def _right(folder: Path, known: Mapping[str, Any], wanted: Wanted, accept: bool) -> _Found:
    sampled = read_sampled(folder, known, accept_missing=accept)
    own, funnel, questions = wanted.what != "sft", sampled.funnel, sampled.questions
    waiting = sampled.sample.waiting if own else sampled.unplanned
    if waiting and not accept:
        raise RunError(f"{folder}: {waiting:,} of {funnel.questions:,} questions wait for the student; "
                       f"`lemma-eval synth sample {folder}` asks it, --accept-missing goes on without")  # fmt: skip
    stages = {"questions": StageResult("questions", "1", len(questions), len(questions), 0, questions, ())}
    ends: tuple[Record, ...] = ()
    if wanted.what != "rft":
        ends = _add(stages, "reference", questions, references(questions), 0 if own else waiting)
    if own:
        stages["sample"] = sampled.sample
        ends += _add(stages, "right", sampled.sample.records, right(sampled.sample.records))
        ends = _add(stages, "distinct", ends, distinct(ends, wanted.distinct))
    if wanted.per_question is not None:
        ends = _add(stages, "chosen", ends, at_most(ends, wanted.per_question, wanted.seed or 0))
    counted = count(Outcome(stages))
    # The folder's funnel knows what became of the questions that were left out.
    counted = replace(counted, stages=(funnel.stages[0], *counted.stages[1:]), questions=funnel.questions,
                      trajectories=len(ends))  # fmt: skip
    if not ends:
        told = "; ".join(f"{stage.name}: {reasons(stage)}" for stage in counted.stages[1:] if stage.reasons)
        raise RunError(f"{folder}: no right solution, so nothing to export ({told or 'no samples'})")
    rows = sorted(_rows(ends, sampled.about), key=lambda row: str(row["id"]))
    return _Found(counted, rows, right_card(counted, sampled.about, asdict(wanted)))


def _add(
    stages: dict[str, StageResult], name: str, taken: Sequence[Record], done: Done, waiting: int = 0
) -> tuple[Record, ...]:
    """Add a stage in which each input is either put out or rejected; what it puts out."""
    passed = len(done.records)
    stages[name] = StageResult(name, "1", len(taken) + waiting, passed, waiting, done.records, done.rejects)
    return done.records


def _rows(records: Sequence[Record], about: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for record in records:
        question, text, gold = map(storable, (asked(record), record.text, record.problem.answer))
        if record.kind == "sample":
            told = {**provenance(record, {**about, "teacher": None}), "origin": "sampled", "grader": about["grader"]}
        else:  # no model wrote it, and no grader has judged it
            told = {**provenance(record, {"lemma_eval": about["lemma_eval"]}), "origin": "reference", "grader": None}
        yield to_row(Trajectory(question, text, gold, None, told))


def _trajectories(folder: Path, known: Mapping[str, Any], accept: bool) -> _Found:
    funnel = read_funnel(folder)
    if funnel is None or not (folder / TRAJECTORIES).is_file():
        raise RunError(f"{folder}: holds no trajectories yet; `lemma-eval synth run {folder}` makes them")
    if not funnel.complete and not accept:
        raise RunError(f"{folder}: is not complete; `lemma-eval synth run {folder}` goes on, --accept-missing exports "
                       "what is there")  # fmt: skip
    rows = [dict(row) for _, row in read_rows(folder / TRAJECTORIES)]
    if not rows:
        raise RunError(f"{folder}: no trajectory came out, so nothing to export; `lemma-eval synth funnel {folder}` "
                       "says why")  # fmt: skip
    readme = folder / DATA / "dataset" / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.is_file() else card(
        funnel, about_of(known, read_whole_manifest(folder)["run"])
    )  # fmt: skip
    return _Found(funnel, rows, text)


def _check(out: Path, marks: Mapping[str, Any]) -> None:
    if not out.is_dir():
        if out.exists():
            raise UsageError(f"{out}: is a file; give a folder with -o")
        return
    try:
        there = json.loads((out / FILE).read_text(encoding="utf-8"))
        differences = differing({name: there[name] for name in marks}, marks)
    except (OSError, ValueError, KeyError, TypeError):
        if names := sorted(path.name for path in out.iterdir()):
            raise UsageError(f"{out}: holds other files ({names[0]}, ...); give another -o") from None
        return
    if differences:
        raise UsageError(f"{out}: holds another export: {differences}; give another -o")
