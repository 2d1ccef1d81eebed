"""The filter's files: rows in, and each of them out to one of two. Lines of JSONL stay as they are, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from lemma_eval.errors import DataError
from lemma_eval.rows.files import format_of, iterate_rows
from lemma_eval.rows.writer import writing_rows

from ..records import Reason
from .checks import COLUMNS, Entry, row_of

Put = Callable[[Entry, Mapping[str, str]], None]  # with the fields to be added
Whole = list[tuple[Path, Path]]  # drafts that are whole, with the names they are to take

_LINE = "line"  # the field of a line that is no row


def entries_of(file: Path) -> Iterator[Entry]:
    """The rows of the file, of JSONL the lines, unread. Raises DataError for a file that cannot be read."""
    if is_lines(file):
        yield from _lines(file)
    else:
        yield from iterate_rows(file)


def is_lines(file: Path) -> bool:
    """Whether a file is read line by line: JSONL, also under an unknown suffix."""
    return format_of(file) in ("jsonl", None)


def writing(file: Path, source: Path, whole: Whole, *, overwrite: bool, rejected: bool) -> AbstractContextManager[Put]:
    """Writes rows of `source` for the new `file`; its draft, once all is written, is added to `whole`.

    Raises as `writing_rows` does.
    """
    if is_lines(source) and format_of(file) == "jsonl":
        return _writing_lines(file, whole, overwrite)
    return _writing_rows(file, source, whole, overwrite, rejected)


def _lines(file: Path) -> Iterator[Entry]:
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if stripped := line.strip():
                    yield f"{file}:{number}", stripped
    except FileNotFoundError:
        raise DataError(f"{file}: no such file") from None
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror}") from None


@contextmanager
def _writing_rows(file: Path, source: Path, whole: Whole, overwrite: bool, rejected: bool) -> Iterator[Put]:
    columns = dict(COLUMNS) if rejected else {}
    if rejected and is_lines(source):
        columns[_LINE] = str
    like = source if format_of(source) == format_of(file) == "parquet" else None
    with writing_rows(file, overwrite=overwrite, columns=columns, like=like, whole=whole) as put:
        yield lambda entry, added: put(entry[0], {**_row(entry), **added})


@contextmanager
def _writing_lines(file: Path, whole: Whole, overwrite: bool) -> Iterator[Put]:
    # The checks, the draft's name and its end are those of any rows.
    with writing_rows(file, overwrite=overwrite, whole=whole):
        draft = file.with_name(f"{file.name}.part")
        with draft.open("wb", buffering=2**20) as out:

            def put(entry: Entry, added: Mapping[str, str]) -> None:
                line = entry[1]
                assert isinstance(line, bytes)
                out.write((_joined(entry, line, added) if added else line) + b"\n")

            yield put


def _joined(entry: Entry, line: bytes, added: Mapping[str, str]) -> bytes:
    """The line with the added fields at its end."""
    if added["reject_reason"] == Reason.MALFORMED:  # perhaps no object
        return json.dumps({**_row(entry), **added}).encode()
    more = json.dumps(added).encode()[1:]
    before = line[:-1].rstrip()
    return before + (b"" if before.endswith(b"{") else b", ") + more


def _row(entry: Entry) -> Mapping[str, object]:
    """The row, or what stands where there is none."""
    try:
        return row_of(entry)
    except DataError:
        assert isinstance(entry[1], bytes)
        return {_LINE: entry[1].decode("utf-8", "backslashreplace")}
