"""Scores that were made in different ways never share a column without a mark."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.tables import FORMATS, Layout, grid_of, scores, table_text
from lemma_eval.tables.comparability import comparability
from lemma_eval.tables.footnotes import footnotes
from tests.tables.made_rows import row, sign


def test_the_commonest_signature_is_what_others_are_held_against() -> None:
    rows = [
        row("a", signature=sign(policy="strict/2")),
        row("b"),
        row("c"),
        row("d", signature=sign(policy="strict/2", engine="vllm/0.32")),
        row("e", "math"),
    ]
    assert comparability(rows) == [
        "policy:strict/2, others default/2",
        "",
        "",
        "policy:strict/2, others default/2; engine:vllm/0.32, others replay/1",
        "",
    ]


def test_of_two_the_first_is_taken() -> None:
    assert comparability([row("a"), row("b", signature=sign(engine="vllm/1"))])[0] == ""


def test_parts_that_only_one_has() -> None:
    limited = row("b", signature=sign(limit="200"))
    assert comparability([row("a"), limited])[1] == "limit:200, others without"
    assert comparability([limited, row("a")])[1] == "without limit, others 200"


def test_data_count_too_and_slices_are_as_their_benchmark() -> None:
    other = sign(data="gsm8k@ffff")
    rows = [row("a"), row("a", part=("level", "1")), row("b", signature=other)]
    rows.append(row("b", part=("level", "1"), signature=other))
    assert comparability(rows)[2:] == ["data:gsm8k@ffff, others gsm8k@4f3d0a1b2c3d4e5f"] * 2


def test_equal_differences_share_a_letter_across_columns() -> None:
    rows = [row(run, name) for run in "ab" for name in ("x", "y")]
    rows += [row("c", name, signature=sign(name, policy="strict/2")) for name in ("x", "y")]
    rows.append(row("d", "y", signature=sign("y", engine="e/9")))
    found = footnotes(scores(rows))
    assert [(note.mark, note.text) for note in found.notes] == [
        ("a", "policy:strict/2, others default/2"),
        ("b", "engine:e/9, others replay/1"),
    ]


def test_there_are_letters_enough() -> None:
    rows = [row("a"), row("b"), *(row(f"r{number}", signature=sign(engine=f"e/{number}")) for number in range(60))]
    letters = list(footnotes(scores(rows)).letters.values())
    assert (letters[0], letters[25], letters[26], letters[59]) == ("a", "z", "aa", "bh")
    assert len(set(letters)) == 60


@given(st.lists(st.tuples(st.sampled_from("xy"), st.sampled_from(["default/2", "strict/2", "lemma/2"])), max_size=8))
def test_scores_of_one_column_are_alike_exactly_where_their_marks_are(made: list[tuple[str, str]]) -> None:
    rows = [row(str(index), name, signature=sign(name, policy=policy)) for index, (name, policy) in enumerate(made)]
    found = scores(rows)
    notes = footnotes(found)
    for first, one in enumerate(rows):
        for second, two in enumerate(rows):
            if one.benchmark == two.benchmark:
                assert (one.signature == two.signature) == (notes.of(found, first) == notes.of(found, second))


@pytest.mark.parametrize("layout", ["details", "leaderboard"])
@pytest.mark.parametrize("form", [form for form in FORMATS if form != "rich"])
def test_no_format_shows_a_score_without_its_marks(form: str, layout: Layout) -> None:
    table = scores([row("a"), row("b"), row("c", marks=("shard 1/2",), signature=sign(policy="strict/2"))])
    text = table_text(table, form, layout)
    for told in ("shard 1/2", "policy:strict/2, others default/2"):
        assert told in text
    if form in ("csv", "json"):
        return
    (line,) = [line for line in text.splitlines() if "50.00" in line and ("| c " in line or ">c<" in line or
                                                                            line.startswith("c &"))]  # fmt: skip
    marks = {"latex": "{1,a}", "markdown": "[1] [a]", "html": '#note-1">[1]</a></sup> <sup><a href="#note-a">[a]'}
    assert marks[form] in line
    assert [cell.marks for cell in grid_of(table, layout).groups[0][2] if cell.text == "50.00"] == [("1", "a")]
