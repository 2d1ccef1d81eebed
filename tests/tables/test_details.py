"""The details layout, and how tables stand on a terminal."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from lemma_eval.measures.estimate import Estimate
from lemma_eval.scores.row import ScoreRow
from lemma_eval.tables import grid_of, print_table, scores
from lemma_eval.tables.details import details_grid, one_length, without
from lemma_eval.tables.markdown import markdown_text
from tests.tables.made_rows import NAN, STRICT, empty, row, share, sign


def shown(*rows: ScoreRow, width: int = 100) -> str:
    """The table on a terminal of that width."""
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    print_table(rows, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def in_markdown(*rows: ScoreRow) -> str:
    return markdown_text(details_grid(scores(rows)))


def texts(*rows: ScoreRow) -> list[list[str]]:
    grid = details_grid(scores(rows))
    return [[column.title for column in grid.columns], *([cell.text for cell in line] for line in grid.groups[0])]


def test_columns_and_cells() -> None:
    assert texts(row(), row("s")) == [
        ["run", "benchmark", "n", "accuracy", "95 % interval", "unparsed", "truncated", "unknown", "failed"],
        ["r", "gsm8k", "4", "50.00", "15.00 - 85.00", "1", "2", "3", "4"],
        ["s", "gsm8k", "4", "50.00", "15.00 - 85.00", "1", "2", "3", "4"],
    ]
    assert texts(empty())[1] == ["gsm8k", "4", "-", "-", "0", "0", "0", "0"]
    several = replace(row(), counts=replace(row().counts, samples=16))
    assert texts(several)[1][1] == "4 x 4"


def test_measures_and_length() -> None:
    length = Estimate("tokens", 123.456, 100.0, 140.0, 4, "bootstrap", "tokens")
    made = row(estimates=[share(0.5), share(0.75, "maj@8"), share(0.25, "mean"), length])
    made = replace(made, counts=replace(made.counts, samples=32))
    head, line = texts(made)
    assert head[2:9] == ["pass@1", "95 % interval", "maj@8", "95 % interval", "mean@8", "95 % interval", "tokens"]
    assert line[2:9] == ["50.00", "15.00 - 85.00", "75.00", "15.00 - 85.00", "25.00", "15.00 - 85.00", "123.5"]
    assert texts(row(estimates=[share(0.5), length]))[0][2:5] == ["accuracy", "95 % interval", "tokens"]
    other = row(benchmark="math")
    assert texts(made, other)[2][4] == "-"


def test_many_measures_stand_below_each_other() -> None:
    curve = [share(k / 8, f"pass@{k}") for k in range(1, 7)]
    made = row(estimates=curve, marks=("incomplete",))
    head, *lines = texts(made, row("s", estimates=curve[:5]))
    assert head == ["run", "benchmark", "n", "measure", "value", "95 % interval",
                    "unparsed", "truncated", "unknown", "failed"]  # fmt: skip
    assert lines[0] == ["r", "gsm8k", "4", "pass@1", "12.50", "15.00 - 85.00", "1", "2", "3", "4"]
    assert lines[5] == ["", "", "", "pass@6", "75.00", "15.00 - 85.00", "", "", "", ""]
    assert lines[6][0] == "s"
    assert lines[11][3:6] == ["pass@6", "-", "-"]
    assert len(lines) == 12
    grid = details_grid(scores([made]))
    assert all(line[3].marks for line in grid.groups[0])  # each figure carries its mark


def test_a_slice_stands_below_its_benchmark() -> None:
    rows = [row(), row(part=("level", "1"), marks=("x",)), row("s", part=("level", "2"))]
    assert [line[1] for line in texts(*rows)[1:]] == ["gsm8k", "· level=1", "· level=2"]
    assert "[1] r/gsm8k level=1: x" in in_markdown(*rows)
    marked = [row(marks=("x",)), row(part=("level", "1"), marks=("x",))]
    assert "[1] gsm8k: x" in in_markdown(*marked)
    assert in_markdown(*marked).count("50.00 [1]") == 2


def test_one_run_under_several_policies_has_a_line_for_each() -> None:
    rows = [row(), row(grader=STRICT, signature=sign(policy="strict/2")), row("s")]
    assert [line[0] for line in texts(*rows)[1:]] == ["r (default/2)", "r (strict/2)", "s"]
    text = in_markdown(*rows)
    assert "| r (strict/2) | gsm8k | 4 | 50.00 [a] |" in text
    assert "[a] policy:strict/2, others default/2" in text
    other = replace(row(), grader=replace(STRICT, grader="math-verify", grader_version="0.8"))
    assert texts(row(), other)[2][0] == "r (math-verify/0.8, strict/2)"


def test_one_length_is_enough() -> None:
    def both(tokens: float, characters: float = 9.0) -> ScoreRow:
        found = [("tokens", tokens), ("characters", characters)]
        return row(
            estimates=[share(0.5), *(Estimate(unit, value, 0, 0, 4, "bootstrap", unit) for unit, value in found)]
        )  # type: ignore[arg-type]

    def left(rows: list[ScoreRow], asked: tuple[str, ...] = ()) -> list[str]:
        return [each.measure for each in one_length(rows, asked)[0].estimates]

    assert left([both(5.0)]) == ["pass@1", "tokens"]
    assert left([both(5.0), both(NAN)]) == ["pass@1", "characters"]
    assert left([both(5.0), both(NAN, NAN)]) == ["pass@1", "tokens"]
    assert left([both(5.0)], ("characters",)) == ["pass@1", "tokens", "characters"]
    assert [each.measure for each in without([both(5.0)], {"tokens", "characters"})[0].estimates] == ["pass@1"]


def test_marks_are_numbered_and_name_their_rows() -> None:
    rows = [row(benchmark="a", marks=("shots:own",)), row(benchmark="b", marks=("shots:own", "shard 1/2"))]
    assert [f"[{note.mark}] {note.text}" for note in details_grid(scores(rows)).notes] == [
        "[1] a, b: shots:own",
        "[2] b: shard 1/2",
    ]
    rows[1] = replace(rows[1], run="s")
    assert [note.text for note in details_grid(scores(rows)).notes] == ["r/a, s/b: shots:own", "s/b: shard 1/2"]


@pytest.mark.parametrize("form", ["rich", "markdown"])
def test_marks_and_signatures_stand_below_the_table(form: str) -> None:
    rows = [row("r", "a", marks=("shots:own",)), row("s", "b", marks=("shard 1/2", "shots:own"))]
    text = shown(*rows) if form == "rich" else in_markdown(*rows)
    assert "50.00 [1]" in text
    assert "50.00 [2] [1]" in text
    assert "[1] r/a, s/b: shots:own" in text
    assert "[2] s/b: shard 1/2" in text
    assert text.index("50.00") < text.index("[1] r/a") < text.index("data:a@") < text.index("data:b@")


def test_equal_signatures_stand_once_and_others_with_their_mark() -> None:
    rows = [row("r"), row("s"), row("t", signature=sign(engine="vllm/1"))]
    assert shown(*rows, width=200).count("data:gsm8k@") == in_markdown(*rows).count("data:gsm8k@") == 2
    assert "[a] data:gsm8k@4f3d0a1b2c3d4e5f|protocol:lemma/1|policy:default/2|engine:vllm/1" in shown(*rows, width=200)
    table = scores(rows)
    assert grid_of(table, "details", "none").signatures == ()
    assert grid_of(table, "details", "short").signatures[0] == (
        "",
        "d:gsm8k@4f3d0a1b|p:lemma/1|po:default/2|e:replay/1",
    )


LONG = row("a-long-run-name-" * 4, "deepmind_math-and-more.jsonl", marks=("shots:own", "shard 1/2"))
MANY = row("s")
MANY = replace(MANY, counts=replace(MANY.counts, problems=123456, samples=1234560, unparsed=1234567890))


@pytest.mark.parametrize("width", [1, 20, 60, 80, 100, 200])
def test_no_figure_is_cut_or_folded_on_a_narrow_terminal(width: int) -> None:
    lines = shown(LONG, MANY, width=width).splitlines()
    assert "…" not in "".join(lines)
    for figures in (
        ["4", "50.00 [1] [2]", "15.00 - 85.00", "1", "2", "3", "4"],
        ["123456 x 10", "50.00", "15.00 - 85.00", "1234567890", "2", "3", "4"],
    ):
        assert [line for line in lines if " ".join(line.split()).endswith(" ".join(figures))]


@pytest.mark.parametrize("width", [1, 60])
def test_names_keep_a_part_of_their_column_and_are_folded(width: int) -> None:
    text = shown(LONG, MANY, width=width)
    assert "a-long-run-n deepmind_mat" in text
    assert "\ns            gsm8k" in text
    cells_of_names = [line[:12].strip() for line in text.split("[1] \n")[0].splitlines()[2:]]
    assert "".join(cells_of_names).startswith(LONG.run[:-1])


def test_off_a_terminal_a_table_has_its_natural_width() -> None:
    console = Console(file=io.StringIO(), width=40, force_terminal=False)
    print_table([replace(LONG, signature=sign(engine="x" * 500)), MANY], console)
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert len(lines) == 2 + 2 + 2 + 2  # head, rows, marks, signatures
    assert LONG.run in lines[2]
    assert "deepmind_math-and-more.jsonl" in lines[2]
    assert lines[6].endswith("x" * 500)
    assert len(lines[2]) < 200


def test_figures_stand_below_each_other() -> None:
    first, second = shown(row("a", marks=("x", "y")), row("b", value=0.25)).splitlines()[2:4]
    assert first.index("50.00") == second.index("25.00")


def test_the_run_is_shown_where_there_are_several() -> None:
    alone, several = shown(row("aaa"), row("aaa", "math")), shown(row("aaa"), row("bbb"))
    assert "aaa" not in alone
    assert alone.startswith("benchmark ")
    assert several.startswith("run ")
    assert "aaa" in several
    assert "bbb" in several


def test_a_table_of_nothing() -> None:
    assert in_markdown().count("\n") >= 2
    assert "accuracy" in shown()
