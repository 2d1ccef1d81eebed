"""Reading rows: every fault is named with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.errors import DataError
from lemma_eval.rows.reading import (
    RowError,
    id_field,
    lookup,
    meta_fields,
    number_field,
    plain_text,
    read_rows,
    text_field,
    texts_field,
)

GOOD = b'{"question": "1+1?"}\n'


@pytest.mark.parametrize(
    ("name", "data", "place", "said"),
    [
        ("a.jsonl", GOOD + b'{"question": \n', ":2", "not valid JSON (Expecting value, column 13)"),
        ("a.jsonl", GOOD + b"\n" + GOOD + b"{oops}\n", ":4", "column 2"),
        ("a.jsonl", GOOD + b'{"question": "\xff"}\n', ":2", "not UTF-8 at byte 14"),
        ("a.jsonl", GOOD + b'["a", "b"]\n', ":2", "expected a JSON object, found list"),
        ("a.jsonl", b"[" + GOOD.strip() + b"]", ":1", "expected a JSON object, found list"),
        ("a.jsonl", GOOD + b"7\n", ":2", "expected a JSON object, found int"),
        ("a.jsonl", GOOD + b'{"n": ' + b"9" * 5000 + b"}\n", ":2", "not readable JSON"),
        ("a.jsonl", GOOD + b"[" * 200_000 + b"\n", ":2", "not readable JSON"),
        ("a.json", GOOD + GOOD, "", "not valid JSON"),
        ("a.json", GOOD, "", "expected a JSON array of objects"),
        ("a.json", b"[" + GOOD + b", 7]", "[1]", "expected a JSON object, found int"),
        ("a.json", b"[\n" + GOOD + b"\n oops]", "", "line 4, column 2"),
        ("a.json", b"\xff\xfe[]", "", "not UTF-8 at byte 0"),
    ],
)
def test_faults_are_named_with_their_place(name: str, data: bytes, place: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DataError) as caught:
        list(read_rows(path))
    assert str(caught.value).startswith(f"{path}{place}: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_rows_before_a_fault_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(GOOD + b"oops")
    rows = read_rows(path)
    assert next(rows) == (f"{path}:1", {"question": "1+1?"})
    with pytest.raises(DataError):
        next(rows)


def test_absent_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        list(read_rows(tmp_path / "absent.jsonl"))
    with pytest.raises(DataError, match="cannot be read"):
        list(read_rows(tmp_path))


rows_of_json = st.lists(
    st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())), max_size=5
)


@given(rows=rows_of_json)
def test_both_formats_hold_the_same_rows(rows: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("rows")
    (folder / "a.json").write_text(json.dumps(rows), encoding="utf-8")
    (folder / "a.jsonl").write_text("\n\n".join(map(json.dumps, rows)), encoding="utf-8")
    array, lines = list(read_rows(folder / "a.json")), list(read_rows(folder / "a.jsonl"))
    assert [row for _, row in array] == [row for _, row in lines] == rows
    assert [place for place, _ in array] == [f"{folder / 'a.json'}[{index}]" for index in range(len(rows))]
    assert [place for place, _ in lines] == [f"{folder / 'a.jsonl'}:{2 * index + 1}" for index in range(len(rows))]


def test_lookup() -> None:
    row = {"a": {"b": {"c": 1}}, "a.b": 2, "d": None}
    assert lookup(row, "a.b.c") == 1
    assert lookup(row, "a.b") == 2
    assert lookup(row, "a.x") is lookup(row, "d.x") is lookup(row, "d") is None


@pytest.mark.parametrize(
    ("path", "found"),
    [("a.0.b", 1), ("a.-1.b", 2), ("a.1", {"b": 2}), ("0.x", 3), ("a.2.b", None), ("a.-3.b", None), ("a.x", None),
     ("a.-", None), ("a.1²", None), ("t.0", None)],
)  # fmt: skip
def test_lookup_in_lists(path: str, found: Any) -> None:
    row: dict[str, Any] = {"a": [{"b": 1}, {"b": 2}], "0": {"x": 3}, "t": "text"}
    assert lookup(row, path) == found


@pytest.mark.parametrize(
    ("row", "expected"),
    [({"a": "x"}, "x"), ({"b": " y "}, " y "), ({"a": None, "b": "y"}, "y"), ({"a": "x", "b": "y"}, "x")],
)
def test_text_field(row: dict[str, Any], expected: str) -> None:
    assert text_field(row, "a", "b") == expected


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({}, "field 'a' is missing (fields: none)"),
        ({"c": "x", "d": 1}, "field 'a' is missing (fields: c, d)"),
        ({"a": " "}, "field 'a' should be non-empty text"),
        ({"a": 3}, "field 'a' should be non-empty text, found 3"),
        ({"a": "", "b": "y"}, "field 'a' should be non-empty text"),
        ({"a": ["x" * 1000]}, "field 'a' should be non-empty text"),
    ],
)
def test_no_text_field(row: dict[str, Any], said: str) -> None:
    with pytest.raises(RowError) as caught:
        text_field(row, "a", "b")
    assert said in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("value", "expected"),
    [(3, "3"), (145.0, "145"), (-0.5, "-0.5"), (1 / 3, "0.3333333333333333"), (" 7 ", "7"), (10**30, str(10**30))],
)
def test_number_field(value: object, expected: str) -> None:
    assert number_field({"a": value}, "a") == expected


@pytest.mark.parametrize("value", [None, True, "", [1], {}, float("nan"), float("-inf")])
def test_no_number_field(value: object) -> None:
    with pytest.raises(RowError, match="field 'a'"):
        number_field({"a": value}, "a")


def test_id_field() -> None:
    assert id_field({"id": 0}, "7", "id") == "0"
    assert id_field({"id": None, "idx": "b"}, "7", "id", "idx") == "b"
    assert id_field({}, "7", "id") == "7"


def test_meta_fields() -> None:
    assert meta_fields({"Type": " Addition ", "n": 3, "x": None}, type="Type", level="n", x="x", y="y") == {
        "type": "Addition",
        "level": "3",
    }


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (True, "should be a number, found True"),
        (float("nan"), "should be a number, found nan"),
        ([1], "should be a number or text, found [1]"),
        ("", "should be a number or text, found ''"),
    ],
)
def test_a_wrong_number_is_told_even_where_another_field_would_do(value: object, said: str) -> None:
    with pytest.raises(RowError) as caught:
        number_field({"a": value, "b": 2}, "a", "b")
    assert str(caught.value) == f"field 'a' {said}"


@pytest.mark.parametrize(("value", "text"), [("", ""), (" x", " x"), (2.0, "2"), (0.5, "0.5"), (-3, "-3")])
def test_plain_text(value: object, text: str) -> None:
    assert plain_text(value) == text


@pytest.mark.parametrize("value", [None, True, False, float("nan"), float("inf"), [], {}, ["x"]])
def test_no_plain_text(value: object) -> None:
    assert plain_text(value) is None


def test_texts_field() -> None:
    assert texts_field({"a": ["x", 1, 2.0, 0.5]}, "a") == ("x", "1", "2", "0.5")
    assert texts_field({}, "a") == texts_field({"a": None}, "a") == texts_field({"a": []}, "a") == ()


@pytest.mark.parametrize("values", ["x", {"x": 1}, ["x", None], ["x", True], [float("nan")], [["x"]]])
def test_no_texts_field(values: object) -> None:
    with pytest.raises(RowError, match="field 'a' should be a list of texts, found"):
        texts_field({"a": values}, "a")
