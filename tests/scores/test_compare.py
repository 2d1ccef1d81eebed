"""Two runs held against each other: flips, scores, and how they are told."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.errors import RunError, UsageError
from lemma_eval.outcomes import Outcome, ProblemOutcomes, State
from lemma_eval.scores.comparing import compare_runs, results_of
from lemma_eval.scores.flips import FLIPS, pairs, share, tally, telling
from tests.recorded_runs import QUESTIONS, record, said, says
from tests.test_cli import call, fails


def problem(name: str, *right: bool | None, states: dict[int, State] | None = None) -> ProblemOutcomes:
    """A problem whose samples are right, wrong or unknown; `states` are those of samples that are not graded."""
    kinds = states or {}
    outcomes = tuple(
        Outcome(100 + sample, sample, kinds.get(sample, "graded"), None if sample in kinds else known)
        for sample, known in enumerate(right)
    )
    return ProblemOutcomes(name, f"digest-{name}", None, None, {}, outcomes)


@pytest.mark.parametrize(
    ("before", "after", "flip"),
    [
        ((True,), (True,), "both right"),
        ((False,), (True,), "gained"),
        ((None,), (True,), "gained"),
        ((True,), (False,), "lost"),
        ((True,), (None,), "lost"),
        ((False,), (False,), "both wrong"),
        ((True, False), (False, False), "lost"),  # half of them is enough
        ((True, False, False), (True, False, True), "gained"),
        ((True, True, False, False), (True, True, True, False), "both right"),
    ],
)
def test_the_four_outcomes(before: tuple[bool | None, ...], after: tuple[bool | None, ...], flip: str) -> None:
    (pair,) = pairs([problem("p", *before)], [problem("p", *after)])
    assert pair.flip == flip
    assert tally([pair]) == {name: int(name == flip) for name in FLIPS}


def test_only_what_both_have_and_have_answered_is_paired() -> None:
    first = [problem("a", True), problem("b", True), problem("c", True, states={0: "missing"}), problem("d", True)]
    second = [problem("d", False), problem("c", True), problem("b", True), problem("e", True)]
    assert [(pair.id, pair.flip) for pair in pairs(first, second)] == [("b", "both right"), ("d", "lost")]


def test_a_failure_counts_and_a_missing_sample_does_not() -> None:
    found = problem("a", True, True, False, states={1: "failed", 2: "missing"})
    assert share(found) == 0.5
    assert telling(found).sample == 0
    failed = problem("a", True, states={0: "failed"})
    assert (share(failed), telling(failed).state) == (0.0, "failed")


def test_the_sample_that_is_shown_is_of_the_kind_that_decided() -> None:
    assert telling(problem("a", False, True, True)).sample == 1
    assert telling(problem("a", True, False, False)).sample == 1


@given(
    st.lists(
        st.tuples(st.lists(st.booleans(), min_size=1, max_size=4), st.lists(st.booleans(), min_size=1, max_size=4))
    )
)
def test_swapping_the_runs_swaps_gains_and_losses(made: list[tuple[list[bool], list[bool]]]) -> None:
    first = [problem(str(index), *one) for index, (one, _) in enumerate(made)]
    second = [problem(str(index), *two) for index, (_, two) in enumerate(made)]
    there, back = tally(pairs(first, second)), tally(pairs(second, first))
    assert sum(there.values()) == len(made)
    assert (there["gained"], there["lost"]) == (back["lost"], back["gained"])
    assert (there["both right"], there["both wrong"]) == (back["both right"], back["both wrong"])


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A folder with the runs one (right on 0 to 3) and two (right on 2 to 5)."""
    record(tmp_path, "one", says({0, 1, 2, 3}))
    record(tmp_path, "two", says({2, 3, 4, 5}, "\x1b[2J =cmd() \\boxed{99}"))
    return tmp_path


def test_runs_compared(two: Path) -> None:
    (found,) = compare_runs(two / "one", two / "two", ["one", "two"])
    assert found.benchmark == "sums.jsonl"
    assert (found.comparison.difference, found.comparison.p, found.comparison.problems) == (0.0, 1.0, 6)
    assert tally(found.pairs) == {"both right": 2, "gained": 2, "lost": 2, "both wrong": 0}
    assert [(pair.id, pair.flip) for pair in found.flipped] == [("0", "lost"), ("1", "lost"), ("4", "gained"),
                                                                 ("5", "gained")]  # fmt: skip
    assert found.differences == ()
    told = [(one.verdict, two_.verdict) for _, one, two_ in results_of(two / "one", two / "two", found, found.flipped)]
    assert [(a.answer, b.answer) for a, b in told if a and b] == [("0", "99"), ("2", "99"), ("99", "8"), ("99", "10")]


def test_what_a_terminal_shows(two: Path) -> None:
    done = said("compare", "one", "two", "--limit", "3", cwd=two)
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[0] == "sums.jsonl n pass@1 95 % interval"
    assert lines[2].startswith("one 6 66.67 ")
    assert lines[3].startswith("two 6 66.67 ")
    assert any(line.startswith("difference +0.00 (") and "p = 1.000 (exact McNemar test on 6 common" in line
               for line in lines)  # fmt: skip
    assert "both right 2, gained 2, lost 2, both wrong 0" in lines
    assert "signatures are equal" in lines
    assert lines[lines.index("problem flip gold one two") + 2 :][:3] == [
        "0 lost 0 0 99", "1 lost 2 2 99", "4 gained 8 99 8"]  # fmt: skip
    assert "1 more flipped; --all lists every one" in done.stderr
    assert "more flipped" not in said("compare", "one", "two", "--all", cwd=two).stderr


def test_show_prints_the_texts_without_what_steers_a_terminal(two: Path) -> None:
    done = said("compare", "one", "two", "--show", cwd=two)
    assert QUESTIONS[0] in done.stdout
    assert "The answer is 0" in done.stdout
    assert "\\x1b[2J =cmd()" in done.stdout
    assert "\x1b" not in done.stdout


def test_machines(two: Path) -> None:
    (found,) = json.loads(said("compare", "one", "two", "--format", "json", cwd=two).stdout)
    assert (found["p"], found["problems"], found["tally"]["lost"]) == (1.0, 6, 2)
    assert found["flipped"][0] == {
        "benchmark": "sums.jsonl", "problem": "0", "flip": "lost", "first_share": 1.0, "second_share": 0.0,
        "gold": "0", "first_answer": "0", "second_answer": "99"}  # fmt: skip
    assert found["signatures_differ"] == []
    text = said("compare", "one", "two", "--format", "csv", "--show", cwd=two).stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["problem"] for row in rows] == ["0", "1", "4", "5"]
    assert rows[0]["second_text"] == "\\x1b[2J =cmd() \\boxed{99}"


def test_shares_of_several_samples_are_shown(tmp_path: Path) -> None:
    replies = [[f"The answer is {2 * index}", "The answer is 99", "The answer is 98"] for index in range(6)]
    record(tmp_path, "one", replies)
    record(tmp_path, "two", [[texts[0], texts[0], texts[1]] for texts in replies])
    (found,) = json.loads(said("compare", "one", "two", "--format", "json", "--measure", "maj@3", cwd=tmp_path).stdout)
    assert found["tally"]["gained"] == 6
    assert round(found["first"]["value"], 3) == 0.333  # three answers, one vote each
    assert found["second"]["value"] == 1.0
    text = said("compare", "one", "two", cwd=tmp_path).stdout
    assert "33.33" in text
    assert "66.67" in text
    assert "6 x 3" in text


def test_signatures_that_differ_are_told(tmp_path: Path) -> None:
    record(tmp_path, "one", says({0}))
    record(tmp_path, "two", says({0, 1}), policy="strict", limit=4)
    done = said("compare", "one", "two", cwd=tmp_path)
    assert "signatures differ" in done.stdout
    assert "policy:default/2 and strict/2; limit:without and 4" in done.stdout
    assert "[1] first 4 of 6" in done.stdout
    assert "2 problems only in one, 0 only in two" in done.stdout
    told = said("compare", "one", "two", "--format", "csv", cwd=tmp_path).stderr.splitlines()
    assert told[0] == "sums.jsonl: two: first 4 of 6"
    assert told[1].startswith("sums.jsonl: signatures differ, not only models: policy:default/2 and strict/2;")
    (found,) = json.loads(said("compare", "one", "two", "--format", "json", cwd=tmp_path).stdout)
    assert found["signatures_differ"][1] == {"part": "limit", "first": None, "second": "4"}
    assert (found["first_only"], found["second_only"], found["problems"]) == (2, 0, 4)
    assert found["second"]["marks"] == ["first 4 of 6"]


def test_nothing_in_common_gets_one_line(tmp_path: Path) -> None:
    record(tmp_path, "one", says({0}))
    record(tmp_path, "two", says({0}), benchmark="other.jsonl")
    fails(call("compare", "one", "two", cwd=tmp_path), "one and two have no benchmark in common")
    with pytest.raises(RunError, match="nothing to compare"):
        compare_runs(tmp_path / "one", tmp_path / "two", ["one", "two"])


def test_other_mistakes_get_one_line(two: Path) -> None:
    fails(call("compare", "one", "two", "-b", "math", cwd=two), "one has no benchmark math; it has sums.jsonl")
    fails(call("compare", "one", "two", "--measure", "maj@8", cwd=two), "too few samples", "maj@8")
    fails(call("compare", "one", "two", "--measure", "passs", cwd=two), "unknown measure 'passs'")
    fails(call("compare", "one", "absent", cwd=two), "absent", "no run")
    with pytest.raises(UsageError, match="no benchmark"):
        compare_runs(two / "one", two / "two", ["one", "two"], benchmark="math")


def test_a_run_is_as_good_as_itself(two: Path) -> None:
    (found,) = compare_runs(two / "one", two / "one", ["one", "one"])
    assert found.flipped == ()
    assert found.comparison.p == 1.0
    assert "problem" not in said("compare", "one", "one", cwd=two).stdout.split("signatures")[1]
