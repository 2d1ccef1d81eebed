"""Reading rows from JSONL, JSON, CSV, TSV and Parquet files, one after the other: `row_writer` writes them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lemma_eval.errors import DataError, MissingExtraError
from lemma_eval.rows.reading import read_rows

if TYPE_CHECKING:
    from types import ModuleType

Format = Literal["jsonl", "json", "csv", "tsv", "parquet"]
PlacedRow = tuple[str, Mapping[str, Any]]  # with its place in the file, for messages

_SUFFIXES: dict[str, Format] = {
    ".jsonl": "jsonl", ".json": "json", ".csv": "csv", ".tsv": "tsv", ".parquet": "parquet", ".pq": "parquet"
}  # fmt: skip
_MAX_CELL = 2**30  # characters of one CSV cell; the csv module's own limit of 131072 is less than a long solution
_PARQUET_ROWS = 500  # rows decoded at a time


def format_of(path: Path) -> Format | None:
    """The format that a file name's suffix means; None for a suffix that means none."""
    return _SUFFIXES.get(path.suffix.lower())


def iterate_rows(path: Path) -> Iterator[PlacedRow]:
    """The rows of a file, each with its place: `file:line` (CSV, JSONL) or `file[i]` (JSON, Parquet, from 0).

    The format is that of the suffix, JSONL for an unknown one. Memory does not grow with the file, except for a JSON
    array. Cells of CSV and TSV files are texts, named by the header line. Raises DataError for an absent or malformed
    file, MissingExtraError for a Parquet file without pyarrow.
    """
    kind = format_of(path)
    if kind in ("jsonl", "json", None):
        yield from read_rows(path)
        return
    try:
        if kind == "parquet":
            yield from _parquet_rows(path)
        else:
            yield from _csv_rows(path, "\t" if kind == "tsv" else ",")
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None


def count_rows(path: Path) -> int | None:
    """How many rows a file has where that is told without reading them (Parquet); None otherwise."""
    if format_of(path) != "parquet" or not path.is_file():
        return None
    return int(_open_parquet(path).metadata.num_rows)


def arrow() -> tuple[ModuleType, ModuleType]:
    """pyarrow and pyarrow.parquet, imported. Raises MissingExtraError if they are not installed."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError("a Parquet file", "parquet", "pyarrow") from None
    return pyarrow, pyarrow.parquet


def _csv_rows(path: Path, delimiter: str) -> Iterator[PlacedRow]:
    csv.field_size_limit(max(csv.field_size_limit(), _MAX_CELL))
    start = 1
    with path.open(encoding="utf-8-sig", newline="") as file:  # with or without a byte order mark
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            names = next(reader, None)
            if names is None:
                return
            _check_header(names, path)
            start = reader.line_num + 1
            for cells in reader:
                if cells and len(cells) != len(names):
                    raise DataError(f"{path}:{start}: has {len(cells)} cells, the header line names {len(names)}")
                if cells:  # an empty line is no row
                    yield f"{path}:{start}", dict(zip(names, cells, strict=True))
                start = reader.line_num + 1
        except UnicodeDecodeError:
            raise DataError(f"{path}: not UTF-8 text at or after line {start}") from None
        except csv.Error as error:
            raise DataError(f"{path}:{start}: not valid CSV ({error})") from None


def _check_header(names: list[str], path: Path) -> None:
    if not all(name.strip() for name in names):
        raise DataError(f"{path}:1: the header line has a column without a name")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"{path}:1: the header line names '{twice[0]}' twice")


def _open_parquet(path: Path) -> Any:
    pyarrow, parquet = arrow()
    try:
        # Pages are read as they are needed: without the buffering of whole row groups memory stays small.
        return parquet.ParquetFile(path, pre_buffer=False, buffer_size=2**20, page_checksum_verification=True)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowNotImplementedError) as error:
        raise DataError(f"{path}: not a readable Parquet file ({_first_line(error)})") from None


def _parquet_rows(path: Path) -> Iterator[PlacedRow]:
    pyarrow, _ = arrow()
    with _open_parquet(path) as file:
        names = file.schema_arrow.names
        if len(set(names)) < len(names):
            raise DataError(f"{path}: two columns have the same name")
        index = 0
        try:
            for batch in file.iter_batches(batch_size=_PARQUET_ROWS, use_threads=False):
                for row in batch.to_pylist():
                    yield f"{path}[{index}]", row
                    index += 1
        except pyarrow.ArrowException as error:
            raise DataError(f"{path}: not readable after row {index} ({_first_line(error)})") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
