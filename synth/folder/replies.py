"""The teacher's replies of a synthesis as a file of recorded generations, which the backend replay answers with."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from lemma_eval.errors import RunError
from lemma_eval.rows.writer import writing_rows
from lemma_eval.running.runner import STORE
from lemma_eval.store import Store, readable
from lemma_eval.store.rows import asked_of, completion_of

from ..teacher import Teacher
from .plan import read_synthesis

# What was asked on behalf of no benchmark is the teacher's.
_TEACHERS = (
    "SELECT s.prompt, s.sampling, r.sample, c.* FROM completions c JOIN requests r ON r.id = c.request "
    "JOIN series s ON s.id = r.series WHERE r.id NOT IN (SELECT request FROM items) ORDER BY s.prompt, r.sample"
)


def write_replies(folder: Path, path: Path) -> int:
    """Write a row (question, completion, finish_reason, reasoning) for each reply in the new file `path`; how many.

    Rows of one prompt stand in the order of their sample numbers; a number without a reply (a repair question to the
    second draw has no first) is filled with the next one's, as a row is found by its place.
    Raises RunError for a folder without a synthesis, UsageError for a file that is there already.
    """
    if read_synthesis(folder) is None:
        raise RunError(f"{folder}: holds no synthesis (no synth.json)")
    count, filled, before = 0, 0, ""
    with writing_rows(path) as put:
        for prompt, sample, row in _rows(folder / STORE):
            filled = filled if prompt == before else 0
            for _ in range(filled, sample + 1):
                put(f"reply {count}", row)
            count, filled, before = count + 1, sample + 1, prompt
    return count


def _rows(store: Path) -> Iterator[tuple[str, int, dict[str, Any]]]:
    with Store(store, write=False):  # raises where it is not a readable store
        pass
    with readable(store) as path, closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        for prompt, settings, sample, *completion in db.execute(_TEACHERS):
            messages, _ = asked_of((prompt, settings))
            if isinstance(messages, str):
                continue  # the teacher is asked in messages
            problem = Teacher("").request(messages, sample).problem
            reply = completion_of(tuple(completion))
            assert problem is not None
            row = {"question": problem.question, "completion": reply.text, "finish_reason": reply.finish_reason}
            yield prompt, sample, row if reply.reasoning is None else {**row, "reasoning": reply.reasoning}
