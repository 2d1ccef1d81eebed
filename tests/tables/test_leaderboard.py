"""The leaderboard layout: what is bold, what is averaged, what is published."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lemma_eval.scores.published import PublishedRow
from lemma_eval.scores.row import ScoreRow
from lemma_eval.tables import scores
from lemma_eval.tables.averages import macro_averages
from lemma_eval.tables.grid import Grid
from lemma_eval.tables.leaderboard import leaderboard_grid
from tests.tables.made_rows import STRICT, clean, empty, row, share, sign


def published(name: str, measure: str = "pass@1", where: str = "Table 1", **cells: float) -> PublishedRow:
    return PublishedRow("c", "A paper", "https://example.org", where, "", name, "greedy", measure, cells)


def head(grid: Grid) -> list[str]:
    return [column.title for column in grid.columns]


def texts(grid: Grid, group: int = 0) -> list[list[str]]:
    return [[cell.text for cell in line] for line in grid.groups[group]]


def bold(grid: Grid) -> list[list[str]]:
    return [[cell.text for cell in line if cell.strong] for group in grid.groups for line in group]


def notes(grid: Grid) -> list[str]:
    return [f"[{note.mark}] {note.text}" if note.mark else note.text for note in grid.notes]


def test_a_line_for_each_run_and_a_column_for_each_benchmark() -> None:
    grid = leaderboard_grid(scores([row("a", "x", 0.5), row("a", "y", 0.25), row("b", "y", 0.75)]))
    assert head(grid) == ["run", "x", "y"]
    assert texts(grid) == [["a", "50.00", "25.00"], ["b", "-", "75.00"]]
    assert grid.groups[0][0][1].detail == "15.00 - 85.00"
    assert bold(grid) == [[], ["75.00"]]  # the only figure of a column is no best one


def test_all_that_tie_to_the_printed_digits_are_bold() -> None:
    grid = leaderboard_grid(scores([row("a", value=0.50001), row("b", value=0.50004), row("c", value=0.49994)]))
    assert bold(grid) == [["50.00"], ["50.00"], []]


def test_the_best_is_found_by_number() -> None:
    grid = leaderboard_grid(scores([row("a", value=0.095), row("b", value=0.1), row("c", value=1.0)]))
    assert bold(grid) == [[], [], ["100.00"]]


@pytest.mark.parametrize("measure", ["unparsed", "truncated", "unknown", "tokens", "characters"])
def test_no_length_and_no_share_of_failures_is_best(measure: str) -> None:
    unit = {"tokens": "tokens", "characters": "characters"}.get(measure, "share")
    made = [row(run, estimates=[replace(share(value, measure), unit=unit)]) for run, value in (("a", 0.5), ("b", 0.25))]
    assert bold(leaderboard_grid(scores(made))) == [[], []]


def test_measures_and_slices_have_columns() -> None:
    both = [share(0.5), share(0.75, "maj@8")]
    grid = leaderboard_grid(scores([
        row("a", "x", estimates=both),
        row("a", "x", estimates=both, part=("level", "1")),
        row("a", "y", estimates=both),
        row("b", "x", estimates=both),
        row("b", "x", estimates=both, part=("level", "2")),
        row("b", "y", estimates=both[:1]),
    ]))  # fmt: skip
    assert head(grid)[:9] == ["run", "x pass@1", "x maj@8", "x level=1 pass@1", "x level=1 maj@8", "x level=2 pass@1",
                              "x level=2 maj@8", "y pass@1", "y maj@8"]  # fmt: skip
    assert texts(grid)[1][:9] == ["b", "50.00", "75.00", "-", "-", "50.00", "75.00", "50.00", "-"]


def test_a_measure_that_is_not_pass_1_is_named() -> None:
    assert head(leaderboard_grid(scores([row("a", estimates=[share(0.5, "maj@8")])])))[1] == "gsm8k maj@8"


def test_the_number_of_samples_is_named_only_where_all_runs_have_it() -> None:
    def sampled(run: str, samples: int) -> ScoreRow:
        made = row(run, estimates=[share(0.5, "mean")])
        return replace(made, counts=replace(made.counts, samples=4 * samples))

    assert head(leaderboard_grid(scores([sampled("a", 8), sampled("b", 8)])))[1] == "gsm8k mean@8"
    assert head(leaderboard_grid(scores([sampled("a", 8), sampled("b", 1)])))[1] == "gsm8k mean"


def test_the_average_is_over_what_every_run_has_and_says_so() -> None:
    rows = [clean(row(run, name, value)) for run, value in (("a", 0.25), ("b", 0.75)) for name in "xyz"][:-1]
    grid = leaderboard_grid(scores(rows))
    assert head(grid)[-1] == "average of 2"
    assert texts(grid)[0][-1] == "25.00"
    assert notes(grid) == ["average of 2: unweighted mean over x, y"]
    assert bold(grid)[1] == ["75.00"] * 3
    assert [each.benchmarks for each in macro_averages(scores(rows))] == [("x", "y")] * 2


def test_nothing_is_averaged_over_one_benchmark_or_what_is_not_answered() -> None:
    assert head(leaderboard_grid(scores([row("a", "x"), row("b", "x"), row("b", "y")]))) == ["run", "x", "y"]
    rows = [row("a", "x"), empty("a", "y"), row("b", "x"), row("b", "y")]
    assert head(leaderboard_grid(scores(rows))) == ["run", "x", "y"]


def test_averages_of_several_measures_may_be_over_different_benchmarks() -> None:
    both = [share(0.5), share(0.75, "maj@8")]
    rows = [clean(row(run, name, estimates=both)) for run in "ab" for name in "xyz"]
    rows[-1] = clean(row("b", "z", estimates=both[:1]))
    grid = leaderboard_grid(scores(rows))
    assert head(grid)[-2:] == ["average of 3 pass@1", "average of 2 maj@8"]
    assert notes(grid) == [
        "average of 3: unweighted mean over x, y, z (pass@1)",
        "average of 2: unweighted mean over x, y (maj@8)",
    ]


def test_an_average_carries_the_marks_of_what_it_is_made_of() -> None:
    rows = [row("a", "x", marks=("m",)), row("a", "y", signature=sign("y", policy="strict/2")), row("b", "x")]
    rows += [row("b", "y"), row("c", "x"), row("c", "y")]
    grid = leaderboard_grid(scores([*rows[2:], *rows[:2]]))
    (average,) = [line[-1] for line in grid.groups[0] if line[0].text == "a"]
    assert average.marks == ("1", "a")


def test_verdict_sets_have_lines_of_their_own() -> None:
    grid = leaderboard_grid(scores([row("a"), row("a", value=0.25, grader=STRICT, signature=sign(policy="strict/2"))]))
    assert texts(grid) == [["a (default/2)", "50.00"], ["a (strict/2)", "25.00"]]
    assert "[a] policy:strict/2, others default/2" in notes(grid)


def test_published_rows_stand_below_a_rule_marked_and_never_bold() -> None:
    rows = [row("a", "x", 0.5), row("b", "x", 0.25)]
    grid = leaderboard_grid(
        scores(rows, published=[published("p", x=99.9), published("q", y=1.0), published("r", "maj@8", x=1)])
    )
    assert texts(grid, 1) == [["p", "99.9"]]
    assert bold(grid) == [["50.00"], [], []]
    assert grid.groups[1][0][1].marks == ("p1",)
    assert "[p1] published, not measured here, unpaired; A paper, Table 1: greedy" in notes(grid)


def test_a_published_model_has_one_line_for_all_measures_and_only_whole_averages() -> None:
    both = [share(0.5), share(0.75, "maj@8")]
    rows = [row(run, name, estimates=both) for run in "ab" for name in "xy"]
    found = [published("p", x=50.0, y=61.5), published("p", "maj@8", "Table 2", x=70.0)]
    grid = leaderboard_grid(scores(rows, published=found))
    assert head(grid)[1:] == ["x pass@1", "x maj@8", "y pass@1", "y maj@8", "average of 2 pass@1", "average of 2 maj@8"]
    assert texts(grid, 1) == [["p", "50.0", "70.0", "61.5", "-", "55.75", "-"]]
    assert [cell.marks for cell in grid.groups[1][0][1:3]] == [("p1",), ("p2",)]


def test_a_published_model_may_stand_in_several_tables() -> None:
    rows = [row("a", name) for name in "xy"]
    found = [published("p", x=50.0), published("p", "pass@1", "Table 2", y=61.5), published("p", x=52.0)]
    grid = leaderboard_grid(scores(rows, published=found))
    assert [line[:3] for line in texts(grid, 1)] == [["p", "50.0", "61.5"], ["p", "52.0", "-"]]


def test_a_split_called_test_is_the_benchmark() -> None:
    grid = leaderboard_grid(scores([row("a", "x:test"), row("a", "x:500")], published=[published("p", x=1.0)]))
    assert texts(grid, 1) == [["p", "1.0", "-", "-"]]


def test_what_was_not_plainly_graded_is_told() -> None:
    found = notes(leaderboard_grid(scores([row("a"), clean(row("b"))])))
    assert found == ["samples: a/gsm8k 1 unparsed, 2 truncated, 3 unknown, 4 failed of 4"]


def test_nothing_answered_is_not_best() -> None:
    grid = leaderboard_grid(scores([empty("a"), row("b"), row("c", value=0.25)]))
    assert texts(grid)[0] == ["a", "-"]
    assert grid.groups[0][0][1].marks == ("1",)
    assert bold(grid) == [[], ["50.00"], []]


def test_a_leaderboard_of_nothing() -> None:
    assert leaderboard_grid(scores([])) == Grid(
        leaderboard_grid(scores([])).caption, leaderboard_grid(scores([])).columns, ((),)
    )
