"""Filtering a file: rows in order through the checks, on all cores, and out to one of two files."""

from __future__ import annotations

import errno
import os
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from pathlib import Path

from lemma_eval.bulk import map_batches
from lemma_eval.errors import DataError, UsageError
from lemma_eval.rows.files import count_rows
from lemma_eval.rows.progress import row_progress
from lemma_eval.rows.reading import lookup

from ..records import Reason
from .checks import Checks, Entry, Found, check_rows, row_of
from .files import Whole, entries_of, writing
from .seen import seen_before

_BATCH = 200  # rows; enough to make the way to another process and back cheap
_AHEAD = 1000  # rows in which a field that the user names must be found
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_SMALL = 2**21  # bytes of a file that is done before other processes have started


@dataclass(slots=True)
class Counts:
    """Rows read, kept, and rejected by reason."""

    rows: int = 0
    kept: int = 0
    rejected: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Files:
    """What is read and what is written."""

    source: Path
    kept: Path
    rejected: Path
    overwrite: bool = False


def filter_file(files: Files, checks: Checks, workers: int, counts: Counts, *, skip_malformed: bool = False) -> None:
    """Write each row to one of the two files, in order, and count it into `counts` (also up to an error).

    Both files appear when all is written, or neither. Memory does not grow with the file. Raises DataError for a file
    that cannot be read or, unless `skip_malformed`, a malformed row; UsageError where the disk is full; else as
    `rows.writer.writing_rows`.
    """
    whole: Whole = []
    try:
        _filter(files, checks, workers, counts, whole, skip_malformed)
        for draft, path in whole:
            os.replace(draft, path)
    except BaseException as error:
        for draft, _ in whole:
            draft.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in _FULL:
            why = os.strerror(error.errno)
            raise UsageError(f"{files.kept} and {files.rejected}: cannot be written: {why}") from None
        raise


def _filter(files: Files, checks: Checks, workers: int, counts: Counts, whole: Whole, skip_malformed: bool) -> None:
    with ExitStack() as stack:
        entries = _entries(files.source, checks)
        like = {"overwrite": files.overwrite}
        keep = stack.enter_context(writing(files.kept, files.source, whole, rejected=False, **like))
        reject = stack.enter_context(writing(files.rejected, files.source, whole, rejected=True, **like))
        seen = stack.enter_context(seen_before())
        tick = stack.enter_context(row_progress(count_rows(files.source)))
        checked = stack.enter_context(closing(_checked(entries, checks, workers)))
        for entry, (reason, detail, key) in checked:
            if reason is Reason.MALFORMED and not skip_malformed:
                raise DataError(f"{entry[0]}: {detail} (--skip-malformed: rejected like others)")
            if reason is None and seen(key):
                reason, detail = Reason.DUPLICATE, "the question and text of an earlier row"
            counts.rows += 1
            if reason is None:
                counts.kept += 1
                keep(entry, {})
            else:
                counts.rejected[reason] = counts.rejected.get(reason, 0) + 1
                reject(entry, {"reject_reason": str(reason), "reject_detail": detail})
            tick()
    counts.rejected = {reason: counts.rejected[reason] for reason in Reason if reason in counts.rejected}


def all_cores(file: Path) -> int:
    """How many processes to use: as many as this one may use cores; one for a file that is small."""
    if file.is_file() and file.stat().st_size < _SMALL:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _checked(entries: Iterator[Entry], checks: Checks, workers: int) -> Generator[tuple[Entry, Found], None, None]:
    waiting: deque[list[Entry]] = deque()

    def batches() -> Iterator[list[Entry]]:
        while read := list(islice(entries, _BATCH)):
            waiting.append(read)
            yield read

    results = map_batches(partial(check_rows, checks=checks), batches(), workers, on_death=_died)
    with ExitStack() as stack:
        close = getattr(results, "close", None)
        if close is not None:
            stack.callback(close)  # ends the workers, however this is left
        for found in results:
            yield from zip(waiting.popleft(), found, strict=True)


def _died(_: Entry) -> Found:
    return Found(Reason.UNKNOWN, "worker-died: the process that graded it died", b"")


def _entries(file: Path, checks: Checks) -> Iterator[Entry]:
    """The rows. Raises DataError if there are none, or a field that may be absent is in none of the first 1000.

    A wrong name is told before the work, not after it.
    """
    entries = entries_of(file)
    optional = [(option, name) for option in ("finish", "flawed") if (name := getattr(checks.names, option))]
    ahead = list(islice(entries, _AHEAD if optional else 1))
    if not ahead:
        raise DataError(f"{file}: holds no rows")
    for option, name in optional:
        if not any(_has(entry, name) for entry in ahead):
            which = f"none of the first {_AHEAD} rows" if len(ahead) == _AHEAD else "no row"
            raise DataError(f"{file}: {which} has the field '{name}' that --{option} names")
    return chain(ahead, entries)


def _has(entry: Entry, name: str) -> bool:
    with suppress(DataError):
        return lookup(row_of(entry), name) is not None
    return False


def lines(counts: Counts, files: Files) -> Iterator[str]:
    """The summary for people, line by line."""
    share = 100 * counts.kept / counts.rows if counts.rows else 0.0
    yield f"{counts.rows} rows: {counts.kept} kept ({share:.2f} %), {counts.rows - counts.kept} rejected"
    yield ""
    table: Sequence[tuple[str, str]] = [
        ("kept", str(counts.kept)), *((reason, str(number)) for reason, number in counts.rejected.items())
    ]  # fmt: skip
    widths = [max(len(row[column]) for row in table) for column in (0, 1)]
    yield from (f"{name:{widths[0]}}  {number:>{widths[1]}}" for name, number in table)
    yield ""
    yield f"{files.kept}, {files.rejected}"
