"""Published scores: whole, consistent, and named as our benchmarks are."""

from __future__ import annotations

from pathlib import Path

import pytest

from lemma_eval import plugins
from lemma_eval.errors import DataError, PluginError
from lemma_eval.measures.measure import measure_by_name
from lemma_eval.scores.published import PublishedRow, published_names, read_published, read_published_file

ROWS = [row for name in published_names() for row in read_published(name)]
AVERAGED = [row for row in ROWS if row.average is not None]


def label(row: PublishedRow) -> str:
    return f"{row.collection}-{row.where}-{row.name}"


def test_the_collections() -> None:
    assert published_names() == ["lemma", "llemma", "math-evaluation-harness"]
    sizes = {name: len(read_published(name)) for name in published_names()}
    assert sizes == {"lemma": 10 + 10 + 8 + 8 + 8 + 3 + 1, "llemma": 8 + 5 + 5 + 5, "math-evaluation-harness": 5}


@pytest.mark.parametrize("row", AVERAGED, ids=label)
def test_a_stated_average_is_that_of_its_cells(row: PublishedRow) -> None:
    assert row.average is not None
    assert len(row.cells) == 7
    # Figures and averages are both rounded to one decimal; the average of the rounded ones may fall just beside.
    assert abs(sum(row.cells.values()) / 7 - row.average) < 0.05 + 0.05 + 1e-9


def test_nearly_all_rows_of_the_large_tables_are_averaged() -> None:
    assert len(AVERAGED) == 36 - 2  # S³C states three benchmarks only


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_names_and_measures_are_ours(row: PublishedRow) -> None:
    known = plugins.table("benchmarks")
    for benchmark in row.cells:
        name, _, split = benchmark.partition(":")
        assert name in known
        assert not split or split in plugins.load("benchmarks", name).splits
    assert measure_by_name(row.measure).name == row.measure
    for text in (row.source, row.url, row.where, row.protocol, row.method):
        assert text.strip()


@pytest.mark.parametrize(
    ("collection", "name", "measure", "benchmark", "value"),
    [
        ("lemma", "LEMMA, LLaMA3-8B", "pass@1", "college_math", 24.7),
        ("lemma", "LEMMA, LLaMA3-8B", "maj@32", "math", 53.1),
        ("lemma", "LEMMA (w/ MetaMath), DeepSeekMath-7B", "pass@1", "deepmind_math", 65.8),
        ("lemma", "S³C (w/ MetaMath, as reported), LLaMA3-8B", "pass@1", "svamp", 81.8),
        ("llemma", "Llemma 7B", "maj@256", "math", 33.5),
        ("llemma", "Minerva 540B", "pass@1", "ocw", 17.6),
        ("math-evaluation-harness", "Llemma 7B", "pass@1", "mmlu_stem", 45.4),
    ],
)
def test_some_figures(collection: str, name: str, measure: str, benchmark: str, value: float) -> None:
    (row,) = [row for row in read_published(collection) if (row.name, row.measure) == (name, measure)]
    assert row.cells[benchmark] == value


def test_what_is_not_stated_is_not_there() -> None:
    (row,) = [row for row in read_published("lemma") if row.name.startswith("S³C") and row.model == "LLaMA3-8B"]
    assert set(row.cells) == {"gsm8k", "math", "svamp"}
    assert row.average is None


def test_an_unknown_collection_gets_one_line() -> None:
    with pytest.raises(PluginError, match=r"unknown collection of published scores 'lema'; did you mean .*lemma"):
        read_published("lema")


HEAD = 'source = "s"\nurl = "u"\n'
TABLE = """[[tables]]
where = "w"
model = ""
protocol = "p"
measure = "pass@1"
benchmarks = ["a", "b"]
averaged = false
"""


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'{HEAD}{TABLE}[tables.rows]\n"m" = [1, "-"]\n')
    assert read_published_file(path) == (PublishedRow("mine", "s", "u", "w", "", "m", "p", "pass@1", {"a": 1.0}),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("source = ", "is not TOML"),
        ('url = "u"', "'source' must be a text"),
        (HEAD, r"no \[\[tables\]\]"),
        (f"{HEAD}[[tables]]\n", "table 1 must have exactly where"),
        (f'{HEAD}{TABLE}more = 1\n[tables.rows]\n"m" = [1, 2]\n', "must have exactly"),
        (f'{HEAD}{TABLE}[tables.rows]\n"m" = [1]\n', "row 'm' must hold 2 figures"),
        (f'{HEAD}{TABLE}[tables.rows]\n"m" = [1, 101]\n', "101 is no figure"),
        (f'{HEAD}{TABLE}[tables.rows]\n"m" = [1, true]\n', "True is no figure"),
        (f'{HEAD}{TABLE}[tables.rows]\n"m" = [1, nan]\n', "nan is no figure"),
        (f'{HEAD}{TABLE}[tables.rows]\n"m" = ["-", "-"]\n', "holds no figure"),
        (f'{HEAD}{TABLE.replace("false", "0")}[tables.rows]\n"m" = [1, 2]\n', "'averaged' must be a bool"),
        (HEAD + TABLE.replace('"b"', '"a"') + '[tables.rows]\n"m" = [1, 2]\n', "different names"),
        ("\udcff", "cannot be read"),
    ],
)
def test_a_malformed_file_gets_one_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError, match=told) as raised:
        read_published_file(path)
    assert "mine.toml" in str(raised.value)


def test_an_absent_file_gets_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"mine\.toml: cannot be read"):
        read_published_file(tmp_path / "mine.toml")
