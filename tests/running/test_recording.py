"""Storing beside generation: a real store, a real thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from lemma_eval.completion import Completion, Failure
from lemma_eval.errors import RunError
from lemma_eval.problem import Problem
from lemma_eval.request import Request, Sampling
from lemma_eval.running.recording import Recording
from lemma_eval.store import Store


def planned(store: Store, number: int) -> list[Request]:
    rows = [("b", Problem(str(i), f"{i}+1?", str(i + 1)), Request("m@0", f"{i}+1?", Sampling())) for i in range(number)]
    store.plan(rows)
    return [request for _, _, request in rows]


def nothing(results: Sequence[Completion | Failure]) -> None:
    pass


def test_everything_put_in_is_committed_before_anybody_is_told(tmp_path: Path) -> None:
    on_disk: list[bool] = []

    def look(results: Sequence[Completion | Failure]) -> None:
        with sqlite3.connect(tmp_path / "store.sqlite") as other:
            for result in results:
                query = "SELECT count(*) FROM completions WHERE request = ?"
                on_disk.append(other.execute(query, (result.request_id,)).fetchone()[0] == 1)

    with Store(tmp_path / "store.sqlite") as store:
        requests = planned(store, 1000)
        with Recording(store, look) as recording:
            for request in requests:
                recording.put(Completion(request.id, "2"))
        assert on_disk == [True] * 1000
        assert store.counts() == (1000, 1000, 0)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_what_came_before_an_interrupt_is_kept(error: type[BaseException], tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        requests = planned(store, 300)

        def put_all(recording: Recording) -> None:
            for request in requests:
                recording.put(Failure(request.id, "error", "no"))
            raise error

        with pytest.raises(error), Recording(store, nothing) as recording:
            put_all(recording)
        assert store.counts() == (300, 0, 300)


def test_an_error_in_the_thread_is_raised_on_leaving(tmp_path: Path) -> None:
    def refuse(results: Sequence[Completion | Failure]) -> None:
        raise RuntimeError("observer broke")

    with Store(tmp_path / "store.sqlite") as store:
        (request,) = planned(store, 1)
        with pytest.raises(RuntimeError, match="observer broke"), Recording(store, refuse) as recording:
            recording.put(Completion(request.id, "2"))


def test_a_store_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        (request,) = planned(store, 1)
        with sqlite3.connect(tmp_path / "store.sqlite") as other:
            other.execute(
                "CREATE TRIGGER full BEFORE INSERT ON completions BEGIN SELECT RAISE(ABORT, 'disk full'); END"
            )
        with (
            pytest.raises(RunError, match=r"store\.sqlite: cannot be written \(disk full\)"),
            Recording(store, nothing) as recording,
        ):
            recording.put(Completion(request.id, "2"))
