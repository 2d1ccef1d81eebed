"""A trajectory's span, identity and row."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma_eval.errors import DataError
from lemma_eval.trajectory import Trajectory, of_row, to_row


@pytest.mark.parametrize("span", [(-1, 2), (3, 2), (0, 5), (5, 5)])
def test_a_span_outside_the_text_is_refused(span: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="outside a text of 4 characters"):
        Trajectory("q", "text", "1", span)


@settings(deadline=None)
@given(st.text(), st.data())
def test_a_span_inside_the_text_is_kept(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    assert Trajectory("q", text, "1", (start, end)).error_span == (start, end)


def test_the_id_is_the_content() -> None:
    base = Trajectory("q", "text", "1", (0, 2), {"model": "a"})
    assert base.id == Trajectory("q", "text", "1", (0, 2), {"model": "b"}).id  # whoever wrote it
    others = [
        Trajectory("p", "text", "1", (0, 2)),
        Trajectory("q", "texts", "1", (0, 2)),
        Trajectory("q", "text", "2", (0, 2)),
        Trajectory("q", "text", "1", (0, 3)),
        Trajectory("q", "text", "1"),
    ]
    assert len({base.id, *(each.id for each in others)}) == 6


@settings(deadline=None)
@given(st.text(), st.text(), st.text(), st.data())
def test_a_row_is_read_back_also_through_json(question: str, text: str, gold: str, data: st.DataObject) -> None:
    spans = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(lambda pair: (min(pair), max(pair)))
    found = Trajectory(question, text, gold, data.draw(st.none() | spans), {"student": "s", "prompts": ["fix/1"]})
    row = to_row(found)
    assert list(row) == ["id", "question", "text", "gold", "error_span", "provenance"]
    assert row["id"] == found.id
    assert of_row(row) == of_row(json.loads(json.dumps(row))) == found
    assert to_row(found, "another")["id"] == "another"


def test_a_row_needs_neither_id_nor_provenance() -> None:
    assert of_row({"question": "q", "text": "t", "gold": "1", "more": 3}) == Trajectory("q", "t", "1")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"text": None}, "'text' must be a text"),
        ({"gold": 3}, "'gold' must be a text"),
        ({"error_span": [1]}, "'error_span' must be two character offsets"),
        ({"error_span": [0, 1, 2]}, "'error_span' must be two character offsets"),
        ({"error_span": [0, True]}, "'error_span' must be two character offsets"),
        ({"error_span": "01"}, "'error_span' must be two character offsets"),
        ({"error_span": {"start": 0, "end": 1}}, "'error_span' must be two character offsets"),
        ({"error_span": 3}, "'error_span' must be two character offsets"),
        ({"error_span": [0, 9]}, "lies outside a text of 1 characters"),
        ({"provenance": "x"}, "'provenance' must be an object"),
    ],
)
def test_a_row_that_is_none(change: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=f"^file:3: .*{said}"):
        of_row({"question": "q", "text": "t", "gold": "1", **change}, "file:3")
