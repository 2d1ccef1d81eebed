"""Scores of a run: what counts, slices, graders, and what a damaged folder says."""

from __future__ import annotations

import contextlib
import json
import math
import shutil
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.answers import PRESETS
from lemma_eval.backend import BackendOptions
from lemma_eval.backends.replay import open_backend
from lemma_eval.errors import RunError, UsageError
from lemma_eval.measures.intervals import wilson
from lemma_eval.measures.measure import measures_by_name
from lemma_eval.outcomes import Outcome, ProblemOutcomes
from lemma_eval.problem_set import load
from lemma_eval.protocols import protocol_by_name
from lemma_eval.result import GraderId
from lemma_eval.running.grading import grader_id
from lemma_eval.running.plan import RunPlan
from lemma_eval.running.runner import STORE, run
from lemma_eval.scores.row import ScoreRow
from lemma_eval.scores.scoring import Scored, score_problems, score_rows
from lemma_eval.scores.signature import Signature
from lemma_eval.scores.verdict_sets import verdict_sets
from lemma_eval.shots import NO_SHOTS
from lemma_eval.store import Store

GRADER = GraderId("g", "1", "default", "2")
ABOUT = Scored("run", "m@0", "m", GRADER, "b", Signature(()), lambda missing: (f"{missing} missing",) * bool(missing))
RIGHT = Outcome(0, 0, "graded", True, answer="2")
WRONG = Outcome(0, 0, "graded", False, answer="3")
UNPARSED = Outcome(0, 0, "graded", False, parsed=False)
UNKNOWN = Outcome(0, 0, "graded", None, answer="x")
FAILED, MISSING, UNGRADED = (Outcome(0, 0, state) for state in ("failed", "missing", "ungraded"))


def problem(number: int, outcomes: Sequence[Outcome], **meta: str) -> ProblemOutcomes:
    return ProblemOutcomes(str(number), "d", None, None, meta, tuple(outcomes))


def scored(*problems: Sequence[Outcome], names: Sequence[str] = ("pass@1",), planned: int = 0) -> ScoreRow:
    measures = measures_by_name(names, max((len(each) for each in problems), default=1))
    numbered = [problem(number, each) for number, each in enumerate(problems)]
    (row,) = score_problems(numbered, ABOUT, measures, PRESETS["default"], planned=planned)
    return row


def test_every_count() -> None:
    row = scored([RIGHT, replace(RIGHT, truncated=True)], [WRONG, replace(UNPARSED, truncated=True)],
                 [UNKNOWN, FAILED], [RIGHT, MISSING], [MISSING, UNGRADED])  # fmt: skip
    counts = row.counts
    assert (counts.problems, counts.answered, counts.samples, counts.correct) == (5, 4, 10, 3)
    assert (counts.unparsed, counts.truncated, counts.unknown, counts.failed, counts.missing) == (1, 2, 1, 1, 3)
    # Shares 2/2, 0/2, 0/2 and 1/1; the problem without an answered sample does not count.
    (found,) = row.estimates
    assert (found.value, found.problems) == (0.5, 4)
    assert (found.low, found.high) == wilson(0.5, 4)
    assert row.values == {"pass@1": {"0/d": 1.0, "1/d": 0.0, "2/d": 0.0, "3/d": 1.0}}
    assert row.marks == ("3 missing", "failed: 1 of 10 samples, taken as not correct")


def test_accuracy_is_the_mean_over_problems_not_over_samples() -> None:
    assert scored([RIGHT] * 3, [WRONG]).estimates[0].value == pytest.approx(0.5)


def test_failures_and_unknown_verdicts_are_not_correct() -> None:
    assert scored([FAILED], [UNKNOWN], [RIGHT]).estimates[0].value == pytest.approx(1 / 3)


@pytest.mark.parametrize("problems", [[], [[MISSING]]])
def test_nothing_answered_has_no_accuracy(problems: list[list[Outcome]]) -> None:
    row = scored(*problems)
    assert (row.counts.problems, row.counts.samples, row.counts.missing) == (len(problems),) * 3
    found = row.estimates[0]
    assert all(math.isnan(value) for value in (found.value, found.low, found.high))


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from([RIGHT, WRONG, UNPARSED, UNKNOWN])), max_size=30))
def test_scores_add_up(drawn: list[tuple[int, Outcome]]) -> None:
    row = scored(*([outcome for number, outcome in drawn if number == each] for each in {n for n, _ in drawn}))
    counts, found = row.counts, row.estimates[0]
    assert counts.samples == len(drawn)
    assert counts.correct + counts.unknown <= counts.samples
    if drawn:
        assert 0 <= found.low <= found.value <= found.high <= 1
        assert (found.value == 1) == (counts.correct == counts.samples)
        assert (found.value == 0) == (counts.correct == 0)


def test_what_is_not_planned_yet_is_missing() -> None:
    row = scored([RIGHT], planned=5)
    assert (row.counts.samples, row.counts.missing, row.marks) == (1, 4, ("4 missing",))


def test_too_few_samples_leave_a_problem_out() -> None:
    row = scored([RIGHT, RIGHT], [WRONG, MISSING], names=["pass@1", "pass@2", "maj@2", "pass@3"])
    assert [(each.measure, each.problems) for each in row.estimates] == [("pass@1", 2), ("pass@2", 1), ("maj@2", 1)]
    assert row.estimate("pass@3") is None
    assert list(row.values["maj@2"]) == ["0/d"]


def test_slices_follow_the_whole() -> None:
    problems = [problem(0, [RIGHT], level="10"), problem(1, [WRONG, MISSING], level="9"), problem(2, [RIGHT])]
    rows = score_problems(problems, ABOUT, measures_by_name(["pass@1"], 1), PRESETS["default"], by="level")
    assert [row.part for row in rows] == [None, ("level", "9"), ("level", "10"), ("level", "-")]
    assert [row.estimates[0].value for row in rows] == [pytest.approx(2 / 3), 0.0, 1.0, 1.0]
    assert [row.counts.samples for row in rows] == [4, 2, 1, 1]
    assert [row.marks for row in rows] == [("1 missing",), ("1 missing",), (), ()]
    unsliced = score_problems(problems[2:], ABOUT, measures_by_name(["pass@1"], 1), PRESETS["default"], by="level")
    assert [row.part for row in unsliced] == [None]


def test_undecided_votes_are_marked() -> None:
    hard = [replace(WRONG, answer=rf"\int_0^{{{n}}} \sin(x^{{{n}}}) e^x \, dx") for n in (2, 3)]
    quick = replace(PRESETS["default"], name="quick", sandbox_seconds=0.02)
    (row,) = score_problems([problem(0, hard)], ABOUT, measures_by_name(["maj@2"], 2), quick)
    assert row.marks == ("votes: 1 pairs of answers undecided, taken as different",)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of four samples of three problems: answers equal in value and not in writing."""
    folder = tmp_path_factory.mktemp("scoring")
    texts = [["1/2", "0.5", "3", "3"], ["7", "7.0", "8", "7"], ["1", "2", "3", "4"]]
    golds = [("Half of one?", "1/2", 1), ("Seven?", "7", 2), ("Five?", "5", 2)]
    rows = [
        {
            "question": question,
            "answer": gold,
            "level": level,
            "completion": [f"The answer is {each}." for each in said],
        }
        for (question, gold, level), said in zip(golds, texts, strict=True)
    ]
    path = folder / "made.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    plan = RunPlan((load(str(path), None),), protocol_by_name("recorded"), {"made.jsonl": NO_SHOTS},
                   protocol_by_name("recorded").sampling, PRESETS["default"], n=4)  # fmt: skip
    run(plan, open_backend(str(path), BackendOptions()), folder / "run")
    return folder / "run"


def test_a_run_is_read_back(made: Path) -> None:
    whole, easy, other = score_rows(made, "name", measures=["pass@1", "pass@all", "maj@all", "mean"], by="level")
    assert (whole.run, whole.part, easy.part, other.part) == ("name", None, ("level", "1"), ("level", "2"))
    values = {each.measure: each.value for each in whole.estimates}
    assert list(values) == [*(f"pass@{k}" for k in (1, 2, 3, 4)), *(f"maj@{k}" for k in (1, 2, 3, 4)), "mean"]
    assert values["pass@1"] == values["maj@1"] == values["mean"] == pytest.approx((2 / 4 + 3 / 4 + 0) / 3)
    assert values["pass@4"] == pytest.approx(2 / 3)
    assert values["maj@4"] == pytest.approx((0.5 + 1 + 0) / 3)  # 1/2 and 0.5 are one answer, and tie with 3
    assert score_rows(made)[0].run == "run"
    assert [row.counts.problems for row in (whole, easy, other)] == [3, 1, 2]


def test_another_grader_has_a_row_of_its_own(made: Path) -> None:
    own, strict = grader_id(PRESETS["default"]), grader_id(PRESETS["strict"])
    rows = score_rows(made, graders=[own, strict])
    assert [row.grader for row in rows] == [own, strict]
    assert rows[0].signature != rows[1].signature
    assert (rows[0].counts.missing, rows[1].counts.missing) == (0, 12)  # nobody has graded by it


@pytest.mark.parametrize(
    ("options", "told"), [({"by": "lvl"}, "there are: level"), ({"measures": ["pas@1"]}, "did you mean pass@1")]
)
def test_what_a_user_may_mistype(options: dict[str, list[str]], told: str, made: Path) -> None:
    with pytest.raises(UsageError, match=told):
        score_rows(made, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("part", ["grader", "policy", "benchmarks"])
def test_a_damaged_manifest_is_told(part: str, made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "run")
    manifest = json.loads((made / "manifest.json").read_text())
    manifest["run"][part] = {"x": {}} if part == "benchmarks" else {}
    (tmp_path / "run" / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(RunError, match=r"manifest\.json is damaged"):
        score_rows(tmp_path / "run")


@pytest.mark.parametrize(
    ("part", "value"),
    [("shard", []), ("shard", [1]), ("grader", {"name": ["x"], "version": "1"}), ("policy", {"name": "x"})],
)
def test_a_manifest_of_wrong_parts_is_told(part: str, value: object, made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "run")
    manifest = json.loads((made / "manifest.json").read_text())
    manifest["run"][part] = value
    (tmp_path / "run" / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(RunError, match=r"manifest\.json is damaged"):
        score_rows(tmp_path / "run", graders=verdict_sets(tmp_path / "run", ["all"]))


@pytest.mark.parametrize("record", ["{", "[]", '{"meta": 5}', "\\"])
def test_a_damaged_store_is_told(record: str, made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "run")
    with contextlib.closing(sqlite3.connect(tmp_path / "run" / "store.sqlite")) as store, store:
        store.execute("UPDATE problems SET record = ? WHERE id = (SELECT max(id) FROM problems)", (record,))
    with pytest.raises(RunError, match=r"store\.sqlite is damaged"):
        score_rows(tmp_path / "run")


def test_a_graders_name_that_is_none_is_told(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "run")
    with contextlib.closing(sqlite3.connect(tmp_path / "run" / "store.sqlite")) as store, store:
        store.execute("UPDATE verdicts SET grader = 'x'")
    with pytest.raises(RunError, match=r"store\.sqlite is damaged"):
        verdict_sets(tmp_path / "run", ["all"])


def test_no_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="holds no run"):
        score_rows(tmp_path)


def test_values_are_by_the_problems_keys(made: Path) -> None:
    (row,) = score_rows(made)
    with Store(made / STORE, write=False) as store:
        keys = [each.key for each in store.outcomes(row.grader, row.benchmark)]
    assert list(row.values["pass@1"]) == keys


def test_only_majorities_need_the_runs_policy(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "run")
    manifest = json.loads((made / "manifest.json").read_text())
    manifest["run"]["policy"].update(name="lost", version="0")
    (tmp_path / "run" / "manifest.json").write_text(json.dumps(manifest))
    assert score_rows(tmp_path / "run")[0].counts.missing == 12
    with pytest.raises(RunError, match="has no grading policy lost/0"):
        score_rows(tmp_path / "run", measures=["maj@2"])
