"""Rows read from and written to files of every format; what is malformed is named by its place."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma_eval.errors import DataError, MissingExtraError, UsageError
from lemma_eval.rows import files as row_files
from lemma_eval.rows.files import count_rows, iterate_rows
from lemma_eval.rows.writer import writing_rows

pyarrow = pytest.importorskip("pyarrow", reason="Parquet files need pyarrow")
parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet files need pyarrow")

ROWS: list[dict[str, Any]] = [
    {"text": 'says "2,\n3"', "gold": "2", "note": "é ½ 答案"},
    {"text": "", "gold": "\t;|'", "note": "  spaced  "},
]


def write(path: Path, rows: Iterable[dict[str, Any]], **settings: Any) -> Path:
    with writing_rows(path, **settings) as put:
        for index, row in enumerate(rows):
            put(f"row {index}", row)
    return path


def read(path: Path) -> list[dict[str, Any]]:
    return [dict(row) for _, row in iterate_rows(path)]


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.tsv", "a.parquet", "a.pq", "A.CSV"])
def test_what_is_written_is_read_again(name: str, tmp_path: Path) -> None:
    assert read(write(tmp_path / name, ROWS)) == ROWS
    assert [path.name for path in tmp_path.iterdir()] == [name]


# Lone surrogates have no UTF-8; how each format keeps them is tested below.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".tsv", ".parquet"])
@given(rows=st.lists(st.fixed_dictionaries({"a": TEXTS, "b c": TEXTS}), min_size=1, max_size=5))
def test_any_text_survives(suffix: str, rows: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert read(write(Path(folder) / f"rows{suffix}", rows)) == rows


@pytest.mark.parametrize(
    ("name", "content", "places"),
    [
        ("a.jsonl", '{"x": 1}\n\n{"x": 2}\n', ["a.jsonl:1", "a.jsonl:3"]),
        ("a.txt", '{"x": 1}\n', ["a.txt:1"]),
        ("a.json", '[{"x": 1}, {"x": 2}]', ["a.json[0]", "a.json[1]"]),
        ("a.csv", 'x,y\n1,"two\nlines"\n3,4\n', ["a.csv:2", "a.csv:4"]),
        ("a.csv", "x,y\r\n\r\n1,2\r\n", ["a.csv:3"]),
        ("a.tsv", "x\ty\n1\t2,3\n", ["a.tsv:2"]),
        ("a.csv", "x,y\n", []),
        ("a.csv", "", []),
    ],
)
def test_places(name: str, content: str, places: list[str], tmp_path: Path) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8", newline="")
    assert [place for place, _ in iterate_rows(tmp_path / name)] == [str(tmp_path / place) for place in places]


def test_places_and_values_of_parquet(tmp_path: Path) -> None:
    table = pyarrow.table({"n": [1, None], "d": [Decimal("2.50"), None], "l": [["a"], []], "s": [{"k": 1}, None]})
    parquet.write_table(table, tmp_path / "a.parquet")
    assert list(iterate_rows(tmp_path / "a.parquet")) == [
        (f"{tmp_path}/a.parquet[0]", {"n": 1, "d": Decimal("2.50"), "l": ["a"], "s": {"k": 1}}),
        (f"{tmp_path}/a.parquet[1]", {"n": None, "d": None, "l": [], "s": None}),
    ]
    assert count_rows(tmp_path / "a.parquet") == 2
    assert count_rows(write(tmp_path / "a.csv", ROWS)) is None


def test_a_byte_order_mark_and_a_long_cell(tmp_path: Path) -> None:
    long = "x" * 300_000
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbftext\n" + long.encode() + b"\n")
    assert read(tmp_path / "a.csv") == [{"text": long}]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"x,y\n1\n", ":2: has 1 cells, the header line names 2"),
        ("a.csv", b"x,y\n1,2\n1,2,3\n", ":3: has 3 cells"),
        ("a.csv", b"x,x\n1,2\n", ":1: the header line names 'x' twice"),
        ("a.csv", b"x,\n1,2\n", ":1: the header line has a column without a name"),
        ("a.csv", b'x,y\n1,"2\n', ":2: not valid CSV (unexpected end of data)"),
        ("a.csv", b'x,y\n1,"2"3\n', ":2: not valid CSV"),
        ("a.csv", b"x,y\n1,\xff\n", ": not UTF-8 text at or after line 1"),
        ("a.parquet", b"", ": not a readable Parquet file"),
        ("a.parquet", b"PAR1 and then something else PAR1", ": not a readable Parquet file"),
        ("a.jsonl", b"{]\n", ":1: not valid JSON"),
        ("a.jsonl", b"[1]\n", ":1: expected a JSON object"),
    ],
)
def test_a_malformed_file_is_named_with_the_place(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}{said}")


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet"])
def test_an_absent_file_and_a_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"{name}: no such file"):
        read(tmp_path / name)
    (tmp_path / name).mkdir()
    with pytest.raises(DataError, match=f"{name}: cannot be read"):
        read(tmp_path / name)


def test_two_columns_of_one_name_in_parquet(tmp_path: Path) -> None:
    table = pyarrow.Table.from_arrays([pyarrow.array([1]), pyarrow.array([2])], names=["x", "x"])
    parquet.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(DataError, match="two columns have the same name"):
        read(tmp_path / "a.parquet")


def test_a_damaged_parquet_file_is_told_where_it_breaks(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", [{"x": os.urandom(50).hex()} for _ in range(2000)])
    content = bytearray(path.read_bytes())
    content[50_000] ^= 1  # told by the checksum of its page, also where it would unpack
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.parquet: "):
        read(path)


VALUES: list[tuple[Any, Any, Any]] = [  # value, as a CSV cell, as Parquet gives it back
    (None, "", None),
    (True, "true", True),
    (7, "7", 7),
    (0.5, "0.5", 0.5),
    (["a", "b"], '["a", "b"]', ["a", "b"]),
    ({"k": [1]}, '{"k": [1]}', '{"k": [1]}'),
    ([{"k": 1}], '[{"k": 1}]', '[{"k": 1}]'),
    ("\ud800", "\\ud800", "\\ud800"),
]


@pytest.mark.parametrize(("value", "cell", "kept"), VALUES)
def test_values_that_are_not_text(value: Any, cell: str, kept: Any, tmp_path: Path) -> None:
    rows = [{"v": value, "w": "x"}]
    assert read(write(tmp_path / "a.csv", rows)) == [{"v": cell, "w": "x"}]
    assert read(write(tmp_path / "a.parquet", rows)) == [{"v": kept, "w": "x"}]
    assert read(write(tmp_path / "a.jsonl", rows)) == rows


def test_what_only_parquet_has_becomes_text_elsewhere(tmp_path: Path) -> None:
    rows = [{"d": Decimal("2.50"), "t": date(2024, 2, 29), "b": b"\x00\xff"}]
    expected = [{"d": "2.50", "t": "2024-02-29", "b": "AP8="}]
    assert read(write(tmp_path / "a.jsonl", rows)) == expected
    assert read(write(tmp_path / "a.csv", rows)) == expected


def test_columns_of_a_parquet_file_keep_their_types(tmp_path: Path) -> None:
    table = pyarrow.table(
        {
            "small": pyarrow.array([1, None], pyarrow.int8()),
            "exact": pyarrow.array([Decimal("2.50"), None]),
            "kind": pyarrow.array(["a", "b"]).dictionary_encode(),
            "deep": [{"k": [1]}, None],
        }
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    rows = [{**row, "n": None, "ok": True} for row in read(tmp_path / "a.parquet")]
    write(tmp_path / "b.parquet", rows, like=tmp_path / "a.parquet", columns={"n": int, "ok": bool})
    written = parquet.read_table(tmp_path / "b.parquet")
    assert written.select(table.column_names).schema.equals(table.schema)
    assert str(written.schema.field("n").type) == "int64"
    assert written.to_pylist() == rows


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_columns_are_those_of_the_first_rows(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    few = [{"x": "1"}, {"y": "2"}]
    empty = "" if suffix == ".csv" else None
    assert read(write(path, few)) == [{"x": "1", "y": empty}, {"x": empty, "y": "2"}]
    many = [{"x": str(number)} for number in range(7000)]
    with pytest.raises(DataError, match="row 7000: field 'late' is in none of the first 1000 rows"):
        write(path, [*many, {"late": "1"}], overwrite=True)
    assert len(read(path)) == 2  # as it was before
    assert read(write(path, many, overwrite=True)) == many
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "rows",
    [
        [{"x": 1}, {"x": "one"}],
        [{"x": 2**70}],
        [*[{"x": 1}] * 1000, {"x": 0.5}],
        [*[{"x": None}] * 1000, {"x": 1}],
        [*[{"x": ["a"]}] * 1000, {"x": "a"}],
        [*[{"x": "a"}] * 1000, {"x": 1}],
        [*[{"x": True}] * 1000, {"x": 1}],
        [*[{"x": 0.5}] * 1000, {"x": 2**60 + 1}],
    ],
    ids=["mixed", "large", "later", "empty at first", "no list", "no text", "no truth", "no float"],
)
def test_values_of_no_one_type_are_refused_by_parquet(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the values of 'x' from this row on fit no one Parquet type"):
        write(tmp_path / "a.parquet", rows)
    assert list(tmp_path.iterdir()) == []
    assert read(write(tmp_path / "a.jsonl", rows)) == rows


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet"])
def test_no_rows(name: str, tmp_path: Path) -> None:
    assert read(write(tmp_path / name, [], columns={"x": str})) == []
    assert (tmp_path / name).is_file()


def test_text_may_come_late(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [*[{"x": None, "y": []}] * 1000, {"x": "a", "y": ["b"]}, {"x": None, "y": []}]
    assert read(write(tmp_path / "a.parquet", rows)) == rows


def test_a_name_that_means_no_format(tmp_path: Path) -> None:
    for name in ("a", "a.txt", "a.json"):
        with pytest.raises(UsageError, match=r"what is written is \.jsonl, \.csv, \.tsv or \.parquet"):
            write(tmp_path / name, ROWS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet"])
@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()], ids=["error", "interrupt"])
def test_after_an_error_nothing_is_left(name: str, error: BaseException, tmp_path: Path) -> None:
    def rows() -> Iterator[dict[str, Any]]:
        yield from [{"x": "y"}] * 1500
        raise error

    with pytest.raises(type(error)):
        write(tmp_path / name, rows())
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_replaced_only_when_told_and_only_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("precious", encoding="utf-8")
    with pytest.raises(UsageError, match=r"a\.jsonl: exists; give a new file, or --overwrite"):
        write(path, ROWS)
    with writing_rows(path, overwrite=True) as put:
        put("row 0", ROWS[0])
        assert path.read_text(encoding="utf-8") == "precious"
        with pytest.raises(UsageError, match=r"a\.jsonl\.part: exists; another command writes it"):
            write(path, ROWS, overwrite=True)
    assert read(path) == ROWS[:1]


def test_a_killed_writer_leaves_no_file_of_the_final_name(tmp_path: Path) -> None:
    code = (
        "import os, pathlib\nfrom lemma_eval.rows.writer import writing_rows\n"
        "with writing_rows(pathlib.Path('a.csv')) as put:\n"
        "    for i in range(3000): put(str(i), {'x': i})\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False).returncode == -9
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.csv.part"]


def test_without_pyarrow_the_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.parquet").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    actions: list[Callable[[], object]] = [
        lambda: read(tmp_path / "a.parquet"), lambda: write(tmp_path / "b.parquet", ROWS)
    ]  # fmt: skip
    for action in actions:
        with pytest.raises(MissingExtraError, match=r"pip install 'lemma-eval\[parquet\]'"):
            action()
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.parquet"]
    assert read(write(tmp_path / "a.csv", ROWS)) == ROWS


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_memory_does_not_grow_with_the_file(suffix: str, tmp_path: Path) -> None:
    """Peak memory of reading and writing 40,000 rows of 2 kB (80 MB), in one row group, stays far below their size."""
    path = tmp_path / f"a{suffix}"
    text = "The answer is 2. " * 118
    rows = [{"text": f"{text}{number}", "gold": "2"} for number in range(40_000)]
    if suffix == ".parquet":
        parquet.write_table(pyarrow.Table.from_pylist(rows), path, compression="none", use_dictionary=False)
    elif suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["text", "gold"], *([row["text"], row["gold"]] for row in rows)])
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    del rows
    code = (
        "import pathlib, resource, sys\n"
        "from lemma_eval.rows.files import iterate_rows\nfrom lemma_eval.rows.writer import writing_rows\n"
        "source, target = map(pathlib.Path, sys.argv[1:])\n"
        "def copy(number):\n"
        "    with writing_rows(target, overwrite=True) as put:\n"
        "        for index, (place, row) in enumerate(iterate_rows(source)):\n"
        "            put(place, row)\n"
        "            if index >= number: break\n"
        "    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "few = copy(10_000)\n"
        "print((copy(40_000) - few) // 1024)\n"
    )
    command = [sys.executable, "-c", code, str(path), str(tmp_path / f"b{suffix}")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 30  # MB more for three times the rows (60 MB)


def test_formats_are_found_by_the_end_of_the_name() -> None:
    names = {"a.jsonl": "jsonl", "a.JSON": "json", "a.b.csv": "csv", "x.parquet": "parquet", "csv": None, "a.gz": None}
    assert {name: row_files.format_of(Path(name)) for name in names} == names
