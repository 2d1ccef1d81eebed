"""Writing rows to a JSONL, CSV, TSV or Parquet file: all of it or nothing."""

from __future__ import annotations

import base64
import csv
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import date, time
from pathlib import Path
from typing import Any, Protocol

from lemma_eval.errors import DataError, UsageError
from lemma_eval.rows.files import arrow, format_of

_FIRST_ROWS = 1000  # rows kept until the columns of a CSV or Parquet file are settled
_GROUP_ROWS = 5000  # rows of a Parquet row group

Row = Mapping[str, Any]
Put = Callable[[str, Row], None]


class _Sink(Protocol):
    """Takes rows, each with its place for messages."""

    def __call__(self, rows: Sequence[tuple[str, Row]], /) -> None: ...


@contextmanager
def writing_rows(
    path: Path, *, overwrite: bool = False, columns: Mapping[str, type] | None = None, like: Path | None = None,
    whole: list[tuple[Path, Path]] | None = None,
) -> Iterator[Put]:  # fmt: skip
    """Yield a function that takes (place, row) for each row of the new file at `path`, in its suffix's format.

    The rows go to `path` + `.part`, which takes the final name when all is written; after any error, an interrupt
    included, nothing is left. CSV and Parquet need one set of columns: that of the first 1000 rows and of
    `columns`, which gives the types (str, int, float, bool) of columns known beforehand. In them an object in a row
    becomes its JSON text. The types of a Parquet file's other columns are found from these first rows, or taken from
    `like`, a Parquet file whose rows they are. With `whole` the draft keeps its name, and (draft, path) is added to
    that list, for a caller whose files are to appear together.

    Raises UsageError for a file that is there already (unless `overwrite`), a suffix without a format or a folder
    that cannot be written to; DataError for a row that does not fit the columns.
    """
    if path.exists() and not overwrite:
        raise UsageError(f"{path}: exists; give a new file, or --overwrite to replace it")
    kind = format_of(path)
    if kind is None or kind == "json":
        raise UsageError(f"{path}: what is written is .jsonl, .csv, .tsv or .parquet; give a name with such an end")
    if kind == "parquet":
        arrow()  # says what to install before the work, not after it
    draft = path.with_name(f"{path.name}.part")
    try:
        draft.open("xb").close()
    except FileExistsError:
        raise UsageError(f"{draft}: exists; another command writes it, or one was killed: then delete it") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
    try:
        with _sink(draft, kind, columns or {}, like) as put:
            yield put
        if whole is None:
            os.replace(draft, path)
        else:
            whole.append((draft, path))
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _sink(draft: Path, kind: str, columns: Mapping[str, type], like: Path | None) -> AbstractContextManager[Put]:
    if kind == "jsonl":
        return _json_lines(draft)
    if kind == "parquet":
        return _with_settled_columns(columns, lambda names, rows: _parquet(draft, names, rows, columns, like))
    return _with_settled_columns(columns, lambda names, _: _csv(draft, names, "\t" if kind == "tsv" else ","))


@contextmanager
def _json_lines(draft: Path) -> Iterator[Put]:
    with draft.open("w", encoding="utf-8") as file:

        def put(_: str, row: Row) -> None:
            file.write(json.dumps(row, default=_json_value) + "\n")

        yield put


@contextmanager
def _with_settled_columns(
    columns: Mapping[str, type],
    open_sink: Callable[[list[str], list[tuple[str, Row]]], AbstractContextManager[_Sink]],
) -> Iterator[Put]:
    """Keep rows back until their columns are settled, then pass them on in groups."""
    waiting: list[tuple[str, Row]] = []
    sink: _Sink | None = None
    known: set[str] = set()

    with ExitStack() as stack:

        def flush() -> None:
            nonlocal sink
            if sink is None:
                names = list(dict.fromkeys(name for _, row in waiting for name in row)) or list(columns)
                known.update(names)
                sink = stack.enter_context(open_sink(names, waiting))
            for place, row in waiting:
                for name in row:
                    if name not in known:
                        raise DataError(
                            f"{place}: field '{name}' is in none of the first {_FIRST_ROWS} rows, from which the "
                            "columns were taken; write a .jsonl file instead"
                        )
            sink(waiting)
            waiting.clear()

        def put(place: str, row: Row) -> None:
            waiting.append((place, row))
            if len(waiting) >= (_FIRST_ROWS if sink is None else _GROUP_ROWS):
                flush()

        yield put
        if waiting or sink is None:
            flush()


@contextmanager
def _csv(draft: Path, names: list[str], delimiter: str) -> Iterator[_Sink]:
    # Lines end with \r\n (RFC 4180): a cell with either character is then put in quotes.
    with draft.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(names)
        yield lambda rows: writer.writerows([_cell(row.get(name)) for name in names] for _, row in rows)


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, default=_json_value) if isinstance(value, dict | list) else _json_value(value)


def _json_value(value: Any) -> Any:
    """What a row from Parquet may hold beside JSON's own types, as text; bytes in base 64."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value.isoformat() if isinstance(value, date | time) else str(value)


@contextmanager
def _parquet(
    draft: Path, names: list[str], first: list[tuple[str, Row]], columns: Mapping[str, type], like: Path | None
) -> Iterator[_Sink]:
    pyarrow, parquet = arrow()
    plain = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64(), bool: pyarrow.bool_()}
    given = {field.name: field for field in parquet.read_schema(like)} if like is not None else {}
    fields = []
    for name in names:
        if name in given:
            fields.append(given[name])
        elif name in columns:
            fields.append(pyarrow.field(name, plain[columns[name]]))
        else:
            found = _column([row.get(name) for _, row in first], None, name, first[0][0]).type
            if pyarrow.types.is_null(found):  # nothing there yet: most likely text will come
                found = pyarrow.string()
            elif pyarrow.types.is_list(found) and pyarrow.types.is_null(found.value_type):
                found = pyarrow.list_(pyarrow.string())
            fields.append(pyarrow.field(name, found))
    schema = pyarrow.schema(fields)
    with parquet.ParquetWriter(draft, schema, compression="zstd", write_page_checksum=True) as writer:

        def write(rows: Sequence[tuple[str, Row]]) -> None:
            if not rows:
                return
            arrays = []
            for field in schema:
                values = [row.get(field.name) for _, row in rows]
                if field.name in given:
                    arrays.append(pyarrow.array(values, type=field.type))
                else:
                    arrays.append(_column(values, field.type, field.name, rows[0][0]))
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))

        yield write


def _column(values: list[Any], kind: Any, name: str, place: str) -> Any:
    """The values as an Arrow array of the type `kind`, or of the one they have. Raises DataError if there is none.

    Arrow itself would make an int of 0.5 and a list of a text where `kind` says so, which loses something in silence.
    """
    pyarrow, _ = arrow()
    types = pyarrow.types
    try:
        found = pyarrow.array([_parquet_value(value) for value in values])
        if kind is None or found.type == kind:
            return found
        whole = types.is_integer(found.type) and types.is_floating(kind)
        empty = types.is_list(found.type) and types.is_null(found.type.value_type) and types.is_list(kind)
        if not (types.is_null(found.type) or whole or empty):
            raise ValueError(f"{found.type} among {kind}")
        return found.cast(kind)  # raises where a float cannot hold the whole number
    except (pyarrow.ArrowException, OverflowError, TypeError, ValueError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(
            f"{place}: the values of '{name}' from this row on fit no one Parquet type ({reason}); "
            "write a .jsonl file instead"
        ) from None


def _parquet_value(value: Any) -> Any:
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict | list) for one in value)):
        return json.dumps(value, default=_json_value)
    if isinstance(value, list):
        return [_parquet_value(one) for one in value]
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
