"""`Store`: one SQLite file per run; completions are committed before anything reads them."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from filelock import FileLock, Timeout

from lemma_eval.answers.verdict import Verdict
from lemma_eval.completion import Completion, Failure
from lemma_eval.errors import RunError
from lemma_eval.outcomes import ProblemOutcomes
from lemma_eval.problem import Problem
from lemma_eval.request import Prompt, Request, Sampling
from lemma_eval.result import GraderId, Item, Result
from lemma_eval.store.rows import (
    OUTCOMES,
    RESULTS,
    TO_GRADE,
    asked_of,
    completion_of,
    completion_row,
    item_of,
    outcomes_of,
    problem_row,
    result_of,
    series_row,
    storable,
    verdict_row,
)
from lemma_eval.store.schema import SCHEMA, SCHEMA_VERSION

_PATIENCE = 60.0  # seconds to wait for a reader to finish
_PORTION = 500  # requests looked up by one query


class Store:
    """The facts of a run (problems, requests, completions, failures) and the verdicts derived from them.

    Safe to use from several threads of one process. A writer holds a lock beside the file, which the operating system
    drops with the process; readers need none. Raises RunError if another process is writing, or if the file is not
    ours or of a later version.
    """

    def __init__(self, path: Path, *, write: bool = True) -> None:
        self.path = path
        self._mutex = threading.RLock()
        self._closing = contextlib.ExitStack()
        self._lock = FileLock(path.with_suffix(".lock")) if write else None
        if self._lock is not None:
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                raise RunError(f"{path.parent}: another process is writing this run; wait until it has ended") from None
            except OSError as error:
                raise RunError(f"{path.parent}: cannot be written: {error.strerror}") from None
        elif not path.is_file():
            raise RunError(f"{path.parent}: holds no run (no {path.name})")
        try:
            if write:
                self._db = _open_writer(path)
            else:
                self._db = _open_reader(self._closing.enter_context(readable(path)))
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # the latter from a schema that is overwritten
            self._release()
            raise RunError(f"{path}: not a readable store ({error})") from None
        except RunError:
            self._release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def remove(self, folder: Path, names: Iterable[str], *, whole: bool) -> None:
        """Close the file and unlink the files `names` in `folder`, and the folder itself if `whole`.

        The lock is held meanwhile: another process can begin a run there before or after, never in between.
        """
        with self._mutex:
            self._db.close()
        for name in names:
            (folder / name).unlink(missing_ok=True)
        if whole:
            with contextlib.suppress(OSError):  # somebody has put something there meanwhile
                folder.rmdir()
        self._release()

    def close(self) -> None:
        """Close the file and drop the lock; safe to call twice."""
        with self._mutex:
            if self._lock is not None:
                # A finished run is one file, which can be read in a folder that cannot be written. A reader that has
                # it open now prevents that; the next writer's end will do.
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("PRAGMA journal_mode = DELETE")
            self._db.close()
        self._release()

    def _release(self) -> None:
        self._closing.close()
        if self._lock is not None:
            self._lock.release()

    # Planning

    def plan(self, items: Sequence[tuple[str, Problem, Request]]) -> None:
        """Note which request answers which sample of which problem; what is known already stays as it is.

        Raises RunError, and notes none of `items`, if a sample is planned already with another request.
        """
        problems = {(benchmark, problem.id): problem for benchmark, problem, _ in items}
        rows = [
            (storable(benchmark), storable(problem.id), request.sample, request.id)
            for benchmark, problem, request in items
        ]
        with self._mutex, self._db:
            self._db.executemany(
                "INSERT OR IGNORE INTO problems VALUES (?, ?, ?, ?)",
                [problem_row(benchmark, problem) for (benchmark, _), problem in problems.items()],
            )
            self._note([request for _, _, request in items])
            added = self._db.executemany("INSERT OR IGNORE INTO items VALUES (?, ?, ?, ?)", rows).rowcount
            if added < len(rows):  # some were planned before
                for *key, request_id in rows:
                    self._check_same(key, request_id)

    def note(self, requests: Sequence[Request]) -> None:
        """Note what is going to be asked on behalf of no benchmark; what is known already stays as it is."""
        with self._mutex, self._db:
            self._note(requests)

    def heard_for_none(self) -> bool:
        """Whether anything that was asked on behalf of no benchmark has been answered, or has failed."""
        query = (
            "SELECT EXISTS (SELECT 1 FROM (SELECT request FROM completions UNION ALL SELECT request FROM failures) "
            "WHERE request NOT IN (SELECT request FROM items))"
        )
        with self._mutex:
            return bool(self._db.execute(query).fetchone()[0])

    def _note(self, requests: Sequence[Request]) -> None:
        series = {request.series: request for request in requests}
        self._db.executemany(
            "INSERT OR IGNORE INTO series VALUES (?, ?, ?, ?)", [series_row(request) for request in series.values()]
        )
        self._db.executemany(
            "INSERT OR IGNORE INTO requests VALUES (?, ?, ?)",
            [(request.id, request.series, request.sample) for request in requests],
        )

    def _check_same(self, key: Sequence[Any], request_id: str) -> None:
        query = "SELECT request FROM items WHERE benchmark = ? AND problem = ? AND sample = ?"
        if self._db.execute(query, key).fetchone()[0] != request_id:
            raise RunError(
                f"problem {key[1]} of {key[0]} was asked differently when this run began (its rows in another order, "
                "or another version of lemma-eval); give another --out"
            )

    # Facts

    def add_all(self, results: Sequence[Completion | Failure]) -> list[bool]:
        """Commit what an engine returned, in one transaction.

        For each result False if a completion for its request was stored before (it stays), else True.
        """
        completions = [result for result in results if isinstance(result, Completion)]
        failures = [result for result in results if isinstance(result, Failure)]
        with self._mutex, self._db:
            known = self.answered([result.request_id for result in results])
            self._db.executemany(
                "INSERT OR IGNORE INTO completions VALUES (?, ?, ?, ?, ?, ?, ?)", map(completion_row, completions)
            )
            self._db.executemany(
                "INSERT INTO failures VALUES (?, ?, ?, 1) ON CONFLICT (request) DO UPDATE SET "
                "reason = excluded.reason, message = excluded.message, attempts = attempts + 1",
                [(each.request_id, each.reason, storable(each.message)) for each in failures],
            )
            answered = [*known, *(each.request_id for each in completions)]
            marks = ", ".join("?" * len(answered))
            self._db.execute(f"DELETE FROM failures WHERE request IN ({marks})", answered)
        return [result.request_id not in known for result in results]

    def add(self, result: Completion | Failure) -> bool:
        """Commit one result; see `add_all`."""
        return self.add_all([result])[0]

    def answered(self, request_ids: Sequence[str]) -> set[str]:
        """Which of these requests (at most some hundreds) are answered."""
        marks = ", ".join("?" * len(request_ids))
        with self._mutex:
            rows = self._db.execute(f"SELECT request FROM completions WHERE request IN ({marks})", request_ids)
            return {row[0] for row in rows}

    def cost(self, model: str | None = None) -> float:
        """What the stored completions (of requests to that `model`) cost in USD, as far as the engine told it."""
        query = "SELECT sum(json_extract(c.meta, '$.cost')) FROM completions c"
        if model is not None:
            query += " JOIN requests r ON r.id = c.request JOIN series s ON s.id = r.series AND s.model = ?"
        bound = () if model is None else (storable(model),)
        with self._mutex:
            return float(self._db.execute(f"{query} WHERE c.meta != '{{}}'", bound).fetchone()[0] or 0.0)

    def completion(self, request_id: str) -> Completion | None:
        """The stored completion of a request."""
        with self._mutex:
            row = self._db.execute("SELECT * FROM completions WHERE request = ?", (request_id,)).fetchone()
        return None if row is None else completion_of(row)

    def completions(self, request_ids: Sequence[str]) -> dict[str, Completion]:
        """The stored completions of these requests (any number), by request."""
        found: dict[str, Completion] = {}
        for start in range(0, len(request_ids), _PORTION):
            portion = request_ids[start : start + _PORTION]
            marks = ", ".join("?" * len(portion))
            with self._mutex:
                rows = self._db.execute(f"SELECT * FROM completions WHERE request IN ({marks})", portion).fetchall()
            found.update((row[0], completion_of(row)) for row in rows)
        return found

    def failures_of(self, request_ids: Sequence[str]) -> dict[str, Failure]:
        """The last failure of each of these requests (at most some hundreds) that have failed and no completion."""
        marks = ", ".join("?" * len(request_ids))
        query = f"SELECT request, reason, message FROM failures WHERE request IN ({marks})"
        with self._mutex:
            return {row[0]: Failure(*row) for row in self._db.execute(query, request_ids)}

    def asked(self, request_id: str) -> tuple[Prompt, Sampling]:
        """What was asked in a planned request. Raises RunError if the run has no such request."""
        query = "SELECT s.prompt, s.sampling FROM requests r JOIN series s ON s.id = r.series WHERE r.id = ?"
        with self._mutex:
            row = self._db.execute(query, (request_id,)).fetchone()
        if row is None:
            raise RunError(f"{self.path}: holds no request {request_id}")
        return asked_of(row)

    # Verdicts

    def to_grade(self, grader: GraderId, after: int, most: int) -> tuple[int, list[tuple[Item, Completion]]]:
        """The next `most` completions in order of storing, with those of their items that lack `grader`'s verdict.

        `after` is the row number that the call before returned, at first 0; it comes back unchanged at the end.
        """
        with self._mutex:
            last = self._db.execute(
                "SELECT max(rowid) FROM (SELECT rowid FROM completions WHERE rowid > ? ORDER BY rowid LIMIT ?)",
                (after, most),
            ).fetchone()[0]
            rows = [] if last is None else self._db.execute(TO_GRADE, (after, most, grader.key())).fetchall()
        return last or after, [(item_of(row), completion_of(row[5:12])) for row in rows if row[12] is None]

    def add_verdicts(self, grader: GraderId, verdicts: Iterable[tuple[Item, Verdict, float]]) -> None:
        """Keep `grader`'s verdicts, with the seconds each took; one that is there under the same identity stays."""
        key = grader.key()
        rows = [verdict_row(item, key, verdict, seconds) for item, verdict, seconds in verdicts]
        with self._mutex, self._db:
            self._db.executemany("INSERT OR IGNORE INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    # Reading

    def results(self, grader: GraderId, benchmark: str | None = None) -> Iterator[Result]:
        """Every planned item, in order of planning, with its completion and `grader`'s verdict, or its failure."""
        where = " WHERE i.benchmark = ?" if benchmark is not None else ""
        bound = (grader.key(), storable(benchmark)) if benchmark is not None else (grader.key(),)
        query = f"{RESULTS}{where} ORDER BY i.rowid"
        with self._mutex:
            rows = self._db.execute(query, bound)
        while True:  # in portions, so that memory stays flat and no writer waits for a reader
            with self._mutex:
                portion = rows.fetchmany(1000)
            if not portion:
                return
            yield from map(result_of, portion)

    def results_at(self, grader: GraderId, numbers: Sequence[int]) -> list[Result]:
        """The results of the items with these row numbers (at most some hundreds; see `Outcome`), in their order."""
        marks = ", ".join("?" * len(numbers))
        with self._mutex:
            query = f"{RESULTS.replace('SELECT ', 'SELECT i.rowid, ', 1)} WHERE i.rowid IN ({marks})"
            found = {row[0]: result_of(row[1:]) for row in self._db.execute(query, (grader.key(), *numbers))}
        return [found[number] for number in numbers if number in found]

    def outcomes(self, grader: GraderId, benchmark: str) -> Iterator[ProblemOutcomes]:
        """The planned samples of a benchmark without their texts, problem by problem in order of planning."""
        with self._mutex:
            rows = self._db.execute(OUTCOMES, (grader.key(), storable(benchmark)))
        waiting: list[tuple[Any, ...]] = []
        while True:
            with self._mutex:
                portion = rows.fetchmany(1000)
            for row in portion:
                if waiting and row[0] != waiting[0][0]:
                    yield outcomes_of(waiting)
                    waiting = []
                waiting.append(row)
            if not portion:
                break
        if waiting:
            yield outcomes_of(waiting)

    def graders(self) -> list[GraderId]:
        """Who has given verdicts here, in alphabetical order."""
        with self._mutex:
            rows = self._db.execute("SELECT DISTINCT grader FROM verdicts ORDER BY grader").fetchall()
        return [GraderId.of_key(row[0]) for row in rows]

    def tally(self, grader: GraderId) -> tuple[int, int, int]:
        """Items planned, items with `grader`'s verdict, items it found correct."""
        with self._mutex:
            row = self._db.execute(
                "SELECT count(*), count(v.request), sum(coalesce(v.correct, 0)) FROM items i "
                "JOIN problems p ON p.benchmark = i.benchmark AND p.id = i.problem "
                "LEFT JOIN verdicts v ON v.request = i.request AND v.problem = p.digest AND v.grader = ?",
                (grader.key(),),
            ).fetchone()
        return int(row[0]), int(row[1]), int(row[2] or 0)

    def failures(self) -> list[tuple[str, int, str]]:
        """Reason, number of requests and one message for each kind of failure, the commonest first."""
        with self._mutex:
            return self._db.execute(
                "SELECT reason, count(*), min(message) FROM failures GROUP BY reason ORDER BY count(*) DESC"
            ).fetchall()

    def counts(self) -> tuple[int, int, int]:
        """Distinct requests planned, completions, failures."""
        with self._mutex:
            row = self._db.execute(
                "SELECT (SELECT count(*) FROM requests), (SELECT count(*) FROM completions), "
                "(SELECT count(*) FROM failures)"
            ).fetchone()
        return int(row[0]), int(row[1]), int(row[2])

    def copy_from(self, path: Path) -> None:
        """Take over everything in another run's store; what is here already stays."""
        with Store(path, write=False):  # raises where the other file is not a readable store
            pass
        with self._mutex, readable(path) as other:
            self._db.execute("ATTACH DATABASE ? AS other", (_read_only(other),))
            try:
                with self._db:
                    for name in ("problems", "series", "requests", "items", "completions"):
                        self._db.execute(f"INSERT OR IGNORE INTO {name} SELECT * FROM other.{name}")
                    # A verdict on another text than the one that is kept here would be a false one.
                    self._db.execute(
                        "INSERT OR IGNORE INTO main.verdicts SELECT v.* FROM other.verdicts v "
                        "JOIN other.completions theirs ON theirs.request = v.request "
                        "JOIN main.completions ours ON ours.request = v.request AND ours.text = theirs.text"
                    )
                    self._db.execute(
                        "INSERT OR IGNORE INTO failures SELECT * FROM other.failures "
                        "WHERE request NOT IN (SELECT request FROM main.completions)"
                    )
                    self._db.execute("DELETE FROM failures WHERE request IN (SELECT request FROM completions)")
            finally:
                self._db.execute("DETACH DATABASE other")


def _open_reader(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(_read_only(path), uri=True, check_same_thread=False)
    _check_version(db, path)
    return db


def _open_writer(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path.absolute().as_uri(), uri=True, check_same_thread=False, timeout=_PATIENCE)
    if db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
        db.executescript(SCHEMA)
    _check_version(db, path)
    # WAL is refused, not raised, where shared memory does not work (network file systems), and raised while somebody
    # reads: then a rollback journal.
    with contextlib.suppress(sqlite3.OperationalError):
        db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    return db


def _read_only(path: Path) -> str:
    return f"{path.absolute().as_uri()}?mode=ro"


@contextlib.contextmanager
def readable(path: Path) -> Iterator[Path]:
    """A path under which the store at `path` can be read: its own, or that of a temporary copy.

    SQLite cannot read what a killed writer left in a folder that it cannot write.
    """
    try:
        with contextlib.closing(sqlite3.connect(_read_only(path), uri=True)) as db:
            db.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):  # somebody is writing: a copy would be half of it
            raise
        with tempfile.TemporaryDirectory() as folder:
            for name in (path.name, f"{path.name}-wal", f"{path.name}-journal"):
                if path.with_name(name).is_file():
                    shutil.copyfile(path.with_name(name), Path(folder, name))
            copy = Path(folder, path.name)
            with contextlib.closing(sqlite3.connect(copy)) as db:  # opened to write, so that it rolls back
                db.execute("SELECT count(*) FROM sqlite_master")
            yield copy
    else:
        yield path


def _check_version(db: sqlite3.Connection, path: Path) -> None:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version != SCHEMA_VERSION:
        if version == 0:
            raise RunError(f"{path}: is not a store of lemma-eval; give another --out")
        raise RunError(
            f"{path}: schema version {version}, this lemma-eval reads {SCHEMA_VERSION}; "
            "use the version that made it, or give another --out"
        )
