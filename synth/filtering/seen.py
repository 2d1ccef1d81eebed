"""Which keys were there before, exactly, however many there are: on disk, not in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from lemma_eval.errors import LemmaEvalError

_CACHE = 8 * 1024  # KiB of the table that stay in memory


@contextmanager
def seen_before() -> Iterator[Callable[[bytes], bool]]:
    """Yield a function that says whether it was called with that key before.

    The keys are kept in a temporary SQLite file that has no name, so that nothing is left of it, however this ends.
    Raises LemmaEvalError if there is no room for it.
    """
    with closing(sqlite3.connect("", isolation_level=None)) as database:
        database.execute(f"PRAGMA cache_size = -{_CACHE}")
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("CREATE TABLE seen (key BLOB PRIMARY KEY) WITHOUT ROWID")
        database.execute("BEGIN")

        def seen(key: bytes) -> bool:
            try:
                return database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (key,)).rowcount == 0
            except sqlite3.Error as error:
                raise LemmaEvalError(
                    f"the temporary file of what was seen cannot be written ({error}); give TMPDIR more room"
                ) from None

        yield seen
