"""The results of a batch file, read back: which line answers which request, and what it says."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from lemma_eval.completion import Completion, Failure, FailureReason
from lemma_eval.errors import DataError
from lemma_eval.request import Request

from .continuing import NotContinuedError
from .errors import code_and_message, one_line, reason_of
from .request import completions

_LONGEST_LINE = 2**24  # bytes; a million new tokens take less


def read_results(
    paths: Sequence[Path],
    requests: Iterable[Request],
    model: str,
    on_note: Callable[[str], None] = lambda note: None,
    echo: bool = True,
) -> Iterator[Completion | Failure]:
    """One result per request, in their order, from the service's output and error files, whatever order those have.

    Of several lines for one request the first with an answer counts, else the first. All files are read through before
    the first result, bodies only as requests ask for them; memory does not grow with the files. `on_note` is told, at
    the end, of lines without a request. Requests without a line are failures (`not_recorded`).
    A reply that was to go on with a beginning and does not repeat it is a failure, unless `echo` is off.
    Raises DataError, with file and line, for a file that is absent or cut off, or a line that is no result.
    """
    with ExitStack() as stack:
        files = [(path, stack.enter_context(_opened(path))) for path in paths]
        index = stack.enter_context(closing(sqlite3.connect("", check_same_thread=False)))  # in a temporary file
        lines, ids = _fill(index, files)
        asked = found = 0
        for request in requests:
            asked += 1
            place = _find(index, request.id)
            found += place is not None
            if place is None:
                yield Failure(request.id, "not_recorded", "the batch results have no line for this request")
            else:
                yield _result(request, _again(*files[place.file], place, request.id), model, echo)
    if lines > ids:
        on_note(f"{lines - ids:,} lines of the batch results repeat a request; its first answer counts")
    if ids > found:
        on_note(
            f"{ids - found:,} of the {ids:,} requests in the batch results are not among the {asked:,} asked for now: "
            "answered before, or of another run, model or sampling"
        )


class _Place(NamedTuple):
    """Where a line stands: number of its file (from 0) and of the line (from 1), its first byte and its size."""

    file: int
    line: int
    start: int
    size: int


class _Told(NamedTuple):
    """What a line tells: the request's id, status and body of the response, the error; and its place, for messages."""

    custom_id: str
    status: int | None
    body: Any
    error: Any
    where: str

    @property
    def answered(self) -> bool:
        good = self.status is None or 200 <= self.status < 300
        return good and not self.error and isinstance(self.body, dict) and bool(self.body.get("choices"))


def _opened(path: Path) -> BinaryIO:
    if os.path.exists(path) and not os.path.isfile(path):
        raise DataError(f"{path}: not a file; give the files of results that the service wrote")
    with _reading(path):
        return path.open("rb")


def _fill(index: sqlite3.Connection, files: Sequence[tuple[Path, BinaryIO]]) -> tuple[int, int]:
    """Note in `index` where the line of each id stands; the numbers of lines and of ids."""
    lines = 0

    def rows() -> Iterator[tuple[bytes, bool, int, int, int, int]]:
        nonlocal lines
        for told, place in _lines(files):
            lines += 1
            yield (_key(told.custom_id), told.answered, *place)

    with _index_errors():
        index.execute("PRAGMA journal_mode = OFF")
        index.execute("PRAGMA cache_size = -16384")  # KiB
        index.execute(
            "CREATE TABLE line (id BLOB PRIMARY KEY, answered INT, file INT, line INT, start INT, size INT) "
            "WITHOUT ROWID"
        )
        index.executemany(
            "INSERT INTO line VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET answered = excluded.answered, "
            "file = excluded.file, line = excluded.line, start = excluded.start, size = excluded.size "
            "WHERE excluded.answered > answered",
            rows(),
        )
        return lines, int(index.execute("SELECT count(*) FROM line").fetchone()[0])


def _find(index: sqlite3.Connection, custom_id: str) -> _Place | None:
    with _index_errors():
        row = index.execute("SELECT file, line, start, size FROM line WHERE id = ?", (_key(custom_id),)).fetchone()
    return None if row is None else _Place(*row)


def _key(custom_id: str) -> bytes:
    return custom_id.encode("utf-8", "surrogatepass")  # an id of somebody else's may hold anything


@contextmanager
def _index_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise DataError(
            f"the index of the batch results does not fit in the temporary folder ({error}); set SQLITE_TMPDIR to one "
            "with room"
        ) from None


def _lines(files: Sequence[tuple[Path, BinaryIO]]) -> Iterator[tuple[_Told, _Place]]:
    for number, (path, file) in enumerate(files):
        start = count = 0
        with _reading(path):
            while line := file.readline(_LONGEST_LINE + 1):
                count += 1
                if len(line) > _LONGEST_LINE:
                    raise DataError(f"{path}:{count}: a line of over {_LONGEST_LINE // 2**20} MiB is no batch result")
                if line.strip():
                    yield _read(line, f"{path}:{count}"), _Place(number, count, start, len(line))
                start += len(line)


def _again(path: Path, file: BinaryIO, place: _Place, custom_id: str) -> _Told:
    """The line at a place that was read before."""
    with _reading(path):
        file.seek(place.start)
        line = file.read(place.size)
    try:
        told = _read(line, f"{path}:{place.line}")
    except DataError:
        told = None
    if told is None or told.custom_id != custom_id:
        raise DataError(f"{path}:{place.line}: changed while it was read; start again when the file is complete")
    return told


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None


def _read(line: bytes, where: str) -> _Told:
    """What a line tells. Raises DataError for one that is cut off or no result."""
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # not UTF-8 or JSON, integers too long; nested too deep
        if not line.endswith(b"\n"):
            raise DataError(f"{where}: the last line is cut off; fetch the file of results again, as a whole") from None
        raise DataError(f"{where}: not readable JSON ({error})") from None
    if not isinstance(row, dict):
        raise DataError(f"{where}: expected a JSON object, found {type(row).__name__}")
    custom_id, response = row.get("custom_id"), row.get("response")
    if not isinstance(custom_id, str):
        raise DataError(f"{where}: 'custom_id' should be text, found {_shown(custom_id)}")
    if "response" not in row and "error" not in row:
        if "method" in row:
            raise DataError(f"{where}: this is a file of requests; give the files of results that the service wrote")
        raise DataError(f"{where}: has neither 'response' nor 'error', so it is no batch result")
    if response is not None and not isinstance(response, dict):
        raise DataError(f"{where}: 'response' should be an object, found {_shown(response)}")
    response = response or {}
    return _Told(custom_id, _status(response.get("status_code"), where), response.get("body"), row.get("error"), where)


def _status(value: Any, where: str) -> int | None:
    if isinstance(value, str) and re.fullmatch("[0-9]{3}", value):
        return int(value)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise DataError(f"{where}: 'status_code' should be a number such as 200, found {_shown(value)}")


def _shown(value: Any) -> str:
    plain = value is None or isinstance(value, str | int | float)
    return f"{value!r:.60}" if plain else type(value).__name__  # what is nested deep has no repr


def _result(request: Request, told: _Told, model: str, echo: bool) -> Completion | Failure:
    if not told.answered:
        return Failure(request.id, *_failure(told))
    try:
        return completions([request], told.body, model, echo)[0]
    except (NotContinuedError, ValueError, RecursionError) as error:  # no well-formed choice; parts nested too deep
        return Failure(request.id, "error", one_line(f"{told.where}: {error}", key=""))


def _failure(told: _Told) -> tuple[FailureReason, str]:
    """Reason and message of a line without an answer."""
    code, message = code_and_message(told.error)
    if not code and not message:
        code, message = code_and_message(told.body)
    status = f"status {told.status}" if told.status is not None and not 200 <= told.status < 300 else ""
    said = ": ".join(filter(None, (status, code if code != str(told.status) else "", message)))
    reason = reason_of(told.status, code, message)
    return reason, one_line(said or f"{told.where}: neither an answer nor an error", key="")
