"""Tests against a baseline: which pairs, one family, what the notes say."""

from __future__ import annotations

import math

import pytest

from lemma_eval.errors import UsageError
from lemma_eval.measures.significance import compare, holm
from lemma_eval.tables import Scores, scores
from lemma_eval.tables.against import against
from lemma_eval.tables.details import details_grid
from lemma_eval.tables.leaderboard import leaderboard_grid
from tests.tables.made_rows import STRICT, clean, row, share, sign


def flags(right: int, of: int = 40, start: int = 0) -> dict[str, float]:
    return {f"{index}/x": float(index - start < right) for index in range(start, start + of)}


def notes(table: Scores) -> list[str]:
    return [note.text for note in leaderboard_grid(table).notes]


BASE = clean(row("base", values=flags(10)))
BETTER = clean(row("better", values=flags(30)))
WORSE = clean(row("worse", values=flags(2)))
SAME = clean(row("same", values=flags(11)))


def test_stars_and_directions() -> None:
    table = scores([BETTER, BASE, WORSE, SAME], baseline="base")
    grid = leaderboard_grid(table)
    assert [line[1].stars for line in grid.groups[0]] == ["↑***", "", "↓*", ""]
    assert [line[3].stars for line in details_grid(table).groups[0]] == ["↑***", "", "↓*", ""]
    assert notes(table) == [
        "*, **, ***: p < 0.05, 0.01, 0.001 against base, ↑ above, ↓ below it; exact McNemar test, on the same problems"
        "; Holm-corrected over 3 comparisons",
        "40 problems compared",
    ]


def test_all_tests_of_a_table_are_one_family() -> None:
    math_rows = [clean(row(name, "math", values=flags(right))) for name, right in (("base", 10), ("better", 15))]
    rows = [BASE, BETTER, WORSE, SAME, *math_rows]
    tests = against(rows, "base")
    assert list(tests) == [(1, "pass@1"), (2, "pass@1"), (3, "pass@1"), (5, "pass@1")]
    plain = [each.comparison.p for each in tests.values()]
    assert [each.p for each in tests.values()] == holm(plain)
    assert plain[0] == compare(flags(30), flags(10)).p
    assert tests[2, "pass@1"].p > plain[1]


def test_what_only_one_run_has_is_counted() -> None:
    other = clean(row("other", values=flags(20, of=42, start=5)))
    assert notes(scores([BASE, other], baseline="base"))[1] == (
        "35 problems compared (7 only in this run, 5 only in the baseline): other/gsm8k"
    )


def test_without_a_common_problem_there_is_no_test() -> None:
    other = clean(row("other", values=flags(20, start=100)))
    table = scores([BASE, other, BETTER], baseline="base")
    assert [line[1].stars for line in leaderboard_grid(table).groups[0]] == ["", "", "↑***"]
    assert math.isnan(table.tests[1, "pass@1"].p)
    told = notes(table)
    assert told[0].endswith("Holm-corrected over 1 comparison")
    assert told[1] == "no problem in common, no test (40 only in this run, 40 only in the baseline): other/gsm8k"


def test_without_any_test_nothing_is_said_of_stars() -> None:
    other = clean(row("other", values=flags(20, start=100)))
    assert notes(scores([BASE, other], baseline="base")) == [
        "no problem in common, no test (40 only in this run, 40 only in the baseline): other/gsm8k"
    ]


def test_other_benchmarks_are_told() -> None:
    assert notes(scores([BASE, clean(row("other", "math"))], baseline="base")) == [
        "no other run has a benchmark of base: nothing is tested"
    ]


def test_slices_are_held_against_slices() -> None:
    parts = [clean(row(run, part=("level", "1"), values=flags(right))) for run, right in (("base", 4), ("better", 30))]
    tests = against([BASE, parts[0], BETTER, parts[1]], "base")
    assert tests[3, "pass@1"].comparison == compare(flags(30), flags(4))


def test_a_verdict_set_is_held_against_that_of_the_same_policy() -> None:
    strict = {run: clean(row(run, grader=STRICT, signature=sign(policy="strict/2"), values=flags(right)))
              for run, right in (("base", 2), ("better", 30), ("other", 30))}  # fmt: skip
    rows = [BASE, strict["base"], BETTER, strict["better"], strict["other"]]
    tests = against(rows, "base")
    assert list(tests) == [(2, "pass@1"), (3, "pass@1"), (4, "pass@1")]
    assert tests[3, "pass@1"].comparison == compare(flags(30), flags(2))
    alone = against([BASE, strict["other"]], "base")
    assert alone[1, "pass@1"].comparison == compare(flags(30), flags(10))


def test_measures_that_are_not_asked_for_are_not_tested() -> None:
    both = [share(0.5), share(0.5, "tokens")]
    rows = [row(run, estimates=both) for run in ("base", "b")]
    assert list(scores(rows, baseline="base", untested={"tokens"}).tests) == [(1, "pass@1")]
    assert len(scores(rows, baseline="base").tests) == 2


def test_shares_are_tested_by_bootstrap() -> None:
    values = {f"{index}/x": index % 3 / 2 for index in range(40)}
    shares = clean(row("shares", values=values))
    told = notes(scores([BASE, shares], baseline="base"))[0]
    assert "paired bootstrap, on" in told
    both = notes(scores([BASE, shares, BETTER], baseline="base"))[0]
    assert "exact McNemar test where every value is 0 or 1, paired bootstrap otherwise" in both


def test_an_unknown_baseline_gets_one_line() -> None:
    with pytest.raises(UsageError, match=r"--baseline nobody is none of the runs in the table \(base, better\)"):
        scores([BASE, BETTER], baseline="nobody")
