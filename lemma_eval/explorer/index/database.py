"""The derived index of a run: built from its store, kept beside it, good for as long as the store does not change."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lemma_eval.explorer.index import source
from lemma_eval.explorer.index.schema import (
    CORRECT,
    FAILED,
    INDEXES,
    ITEMS,
    SCHEMA,
    SCHEMA_VERSION,
    SLICES,
)
from lemma_eval.store.rows import storable

_BUILT = ("grader", "glance", "content", "run")  # what an index says of where it comes from
_PORTION = 1000  # samples between two looks at `stop`
_TEXT_MEMORY = 64 << 20  # bytes of words gathered before they are written: fewer, larger pieces are merged faster


class Stopped(Exception):
    """Building was interrupted; nothing was kept."""


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")  # a lone surrogate escaped in a problem's JSON becomes no valid UTF-8


def open_index(path: Path) -> sqlite3.Connection:
    """A connection that only reads the index. Raises sqlite3.Error or FileNotFoundError where there is none."""
    if not path.is_file():
        raise FileNotFoundError(path)
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    db.text_factory = _decoded
    try:
        db.execute("PRAGMA mmap_size = 1073741824")
        if db.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
            raise sqlite3.DatabaseError("another version's index")
    except sqlite3.Error:
        db.close()
        raise
    return db


def read_built(path: Path) -> dict[str, Any] | None:
    """What the index at `path` was built from, None where there is none or a damaged one."""
    try:
        with contextlib.closing(open_index(path)) as db:
            row = db.execute("SELECT value FROM kept WHERE name = 'built'").fetchone()
        built = None if row is None else json.loads(row[0])
    except (OSError, ValueError, sqlite3.Error):
        return None
    return built if isinstance(built, dict) and all(name in built for name in _BUILT) else None


def read_values(path: Path, content: str) -> dict[str, Any]:
    """The JSON values kept beside the index at `path` for a store of that `content` (see `source.content`)."""
    try:
        found = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        return dict(found["values"]) if found["content"] == content else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def keep_values(path: Path, content: str, values: Mapping[str, Any]) -> None:
    """Keep JSON values beside the index: a finished index is never written to, as others may be reading it."""
    draft = path.with_suffix(f".{os.getpid()}.json.draft")
    draft.write_text(json.dumps({"content": content, "values": values}), encoding="utf-8")
    os.replace(draft, path.with_suffix(".json"))


def is_fresh(path: Path, store: Path, grader: str) -> bool:
    """Whether the index at `path` was built from what the store holds now."""
    built = read_built(path)
    if built is None or built["grader"] != grader:
        return False
    # A copied run has other file times, so its content is looked at before a good index is thrown away.
    return bool(built["glance"] == source.glance(store) or built["content"] == source.content(store, grader))


def build(
    path: Path,
    store: Path,
    grader: str,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """Make the index of `store` at `path`, whole or not at all.

    What an older index of the same run knows of completions, which never change, is taken over. `progress` is told the
    samples done and to do. Raises Stopped when `stop` says so, OSError or sqlite3.Error where it cannot be written.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    built = {"grader": grader, "glance": source.glance(store), "content": source.content(store, grader),
             "run": source.identity(store)}  # fmt: skip
    try:
        texts_done = _start(draft, path, built["run"])
        with contextlib.closing(sqlite3.connect(draft, isolation_level=None)) as db, source.reading(store) as run:
            db.text_factory = run.text_factory = _decoded
            db.execute("PRAGMA journal_mode = OFF")  # a draft that breaks off is thrown away
            db.execute("PRAGMA synchronous = OFF")
            db.execute("PRAGMA cache_size = -65536")
            for table in ("texts", "questions"):
                db.execute(f"INSERT INTO {table}({table}, rank) VALUES ('hashsize', ?)", (_TEXT_MEMORY,))
            db.execute("BEGIN")
            _fill(db, run, grader, texts_done, progress, stop)
            db.execute("INSERT INTO kept VALUES ('built', ?)", (json.dumps(built),))
            db.execute("COMMIT")
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _start(draft: Path, path: Path, run: str) -> tuple[int, int]:
    """Begin a draft; the last item and the last completion whose texts are in it already."""
    draft.unlink(missing_ok=True)
    before = read_built(path)
    if before is not None and before["run"] == run:
        shutil.copyfile(path, draft)
        with contextlib.closing(sqlite3.connect(draft)) as db, db:
            done = json.loads(db.execute("SELECT value FROM kept WHERE name = 'texts_done'").fetchone()[0])
            for table in ("samples", "solved", "kept"):
                db.execute(f"DELETE FROM {table}")
            db.execute("DROP INDEX samples_by_problem")
        return done[0], done[1]
    with contextlib.closing(sqlite3.connect(draft)) as db:
        db.executescript(SCHEMA)
    return 0, 0


def _fill(
    db: sqlite3.Connection,
    run: sqlite3.Connection,
    grader: str,
    texts_done: tuple[int, int],
    progress: Callable[[int, int], None],
    stop: Callable[[], bool],
) -> None:
    words = _Words(db)
    problems, prefixes = _problems(db, run, words), _prefixes(run)
    total = run.execute("SELECT max(rowid) FROM items").fetchone()[0] or 0
    last_completion = run.execute("SELECT max(rowid) FROM completions").fetchone()[0] or 0
    place = 0
    while place < total:
        if stop():
            raise Stopped
        rows = run.execute(ITEMS, (place, min(_PORTION, total - place), grader)).fetchall()
        if not rows:
            break
        place = rows[-1][0]
        if any((row[1], row[2]) not in problems for row in rows):  # planned since
            problems, prefixes = _problems(db, run, words), _prefixes(run)
        _portion(db, rows, problems, prefixes, words, (*texts_done, last_completion))
        progress(place, total)
    db.execute(
        "INSERT INTO solved SELECT problem, min(number), sum(verdict <= ?1), sum(verdict = ?2), "
        "CASE WHEN sum(verdict <= ?1) THEN 2 * sum(verdict = ?2) >= sum(verdict <= ?1) END "
        "FROM samples GROUP BY problem",
        (FAILED, CORRECT),
    )
    db.execute(INDEXES)
    db.execute("INSERT INTO kept VALUES ('texts_done', ?)", (json.dumps([place, last_completion]),))


def _problems(
    db: sqlite3.Connection, run: sqlite3.Connection, words: _Words
) -> dict[tuple[str, str], tuple[int | None, ...]]:
    """Enter the problems that are not there yet; the id and the words (benchmark, level, ...) of each."""
    known = {(row[0], row[1]) for row in db.execute("SELECT benchmark, problem FROM problems")}
    for benchmark, problem, digest, record in run.execute("SELECT benchmark, id, digest, record FROM problems"):
        if (benchmark, problem) in known:
            continue
        facts = json.loads(record)
        slices = [words.id(facts["meta"].get(name)) for name in SLICES]
        entered = db.execute(
            "INSERT INTO problems (benchmark, problem, digest, level, subject, type, benchmark_word) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (benchmark, problem, digest, *slices, words.id(benchmark)),
        )
        text = "\n".join([facts["question"], *(facts["choices"] or ())])
        db.execute("INSERT INTO questions (rowid, text) VALUES (?, ?)", (entered.lastrowid, storable(text)))
    rows = db.execute("SELECT benchmark, problem, id, benchmark_word, level, subject, type FROM problems")
    return {(row[0], row[1]): row[2:] for row in rows}


def _prefixes(run: sqlite3.Connection) -> dict[tuple[str, str], str]:
    """The beginnings of replies that the model was given, by problem; most runs have none."""
    query = "SELECT benchmark, id, json_extract(record, '$.prefix') AS given FROM problems WHERE given != ''"
    return {(benchmark, problem): given for benchmark, problem, given in run.execute(query)}


def _portion(
    db: sqlite3.Connection,
    rows: list[tuple[Any, ...]],
    problems: Mapping[tuple[str, str], tuple[int | None, ...]],
    prefixes: Mapping[tuple[str, str], str],
    words: _Words,
    seen: tuple[int, int, int],
) -> None:
    """Enter samples and their texts; `seen`: the last item and completion of the build before, the last one now."""
    samples, texts = [], []
    old_item, old_completion, last_completion = seen
    for row in rows:
        number, benchmark, problem, sample, completion, stored, text, finish, tokens, *known = row
        verdict, correct, parsed, rule, failed = known
        own, benchmark_word, *slices = problems[benchmark, problem]
        samples.append(
            (number, own, sample, source.code(completion, verdict, correct, failed), benchmark_word, words.id(rule),
             *slices, verdict is not None and not parsed, finish == "length", tokens,
             None if text is None else len(text))
        )  # fmt: skip
        # What is stored after the beginning is left to the next build, which could not know that it is here already.
        known_text = number <= old_item and stored is not None and stored <= old_completion
        if text is not None and stored <= last_completion and not known_text:
            texts.append((number, prefixes.get((benchmark, problem), "") + text))
    db.executemany("INSERT INTO samples VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", samples)
    db.executemany("INSERT INTO texts (rowid, text) VALUES (?, ?)", texts)


class _Words:
    """Numbers for the few words that thousands of rows share."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._ids: dict[str, int] = {text: number for number, text in db.execute("SELECT id, text FROM words")}

    def id(self, text: str | None) -> int | None:
        """The number of a word, entered if it is new; None for None."""
        if text is None:
            return None
        text = storable(str(text))
        if text not in self._ids:
            self._ids[text] = int(self._db.execute("INSERT INTO words (text) VALUES (?)", (text,)).lastrowid or 0)
        return self._ids[text]


def index_path(folder: Path, spare: Callable[[], Path]) -> Path:
    """Where the index of the run in `folder` is kept: beside its store, or in the folder that `spare` makes."""
    from lemma_eval.explorer.index.schema import FILE

    probe = folder / f"{FILE}.{os.getpid()}.draft"
    try:
        probe.touch()
        probe.unlink()
    except OSError:
        return spare() / FILE
    return folder / FILE


def old_drafts(path: Path) -> Iterator[Path]:
    """Drafts that killed processes left beside the index; only its lock's holder may unlink them."""
    yield from path.parent.glob(f"{path.stem}.*.draft*")
