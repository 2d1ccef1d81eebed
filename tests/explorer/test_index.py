"""The index: built whole or not at all, taken over while it fits, brought up to date where it does not."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from lemma_eval.completion import Failure
from lemma_eval.explorer.index import queries, source
from lemma_eval.explorer.index.database import (
    Stopped,
    build,
    is_fresh,
    keep_values,
    open_index,
    read_built,
    read_values,
)
from lemma_eval.explorer.index.indexing import Indexing
from lemma_eval.explorer.index.queries import Filter
from lemma_eval.explorer.index.schema import FILE
from lemma_eval.running.manifest import read_manifest, write_manifest
from lemma_eval.store import Store
from tests.explorer.runs import OWN, STRICT, add, plain_run, problem, verdict, write

KEY = OWN.key()


def made(folder: Path, **more: object) -> Path:
    build(folder / FILE, folder / "store.sqlite", KEY, **more)  # type: ignore[arg-type]
    return folder / FILE


def numbers(path: Path, **chosen: object) -> list[int]:
    with contextlib.closing(open_index(path)) as db:
        return queries.page(db, Filter(**chosen), 0, 1000)  # type: ignore[arg-type]


def test_every_sample_is_in_it_under_its_number_in_the_store(tmp_path: Path) -> None:
    run = plain_run(tmp_path / "run")
    path = made(run)
    assert numbers(path) == list(range(1, 25))
    with Store(run / "store.sqlite", write=False) as store:
        for wanted, chosen in ((True, "correct"), (False, "wrong")):
            found = store.results_at(OWN, numbers(path, verdict=chosen))
            assert found
            assert all(each.verdict is not None and each.verdict.correct is wanted for each in found)
        (one,) = store.results_at(OWN, numbers(path, search='"solution 7 sample 1"'))
        assert (one.item.problem.id, one.item.sample) == ("7", 1)
    assert sorted(each.name for each in run.iterdir() if each.name.startswith("explorer")) == [FILE]


def test_each_state_of_a_sample(tmp_path: Path) -> None:
    text = "It is 1"
    rows = [
        ("b", problem(1), 0, text, verdict(text, "1", True)),
        ("b", problem(1), 1, text, verdict(text, "1", False)),
        ("b", problem(1), 2, text, verdict(text, None, None, parsed=False)),
        ("b", problem(1), 3, Failure("", "refused", "busy"), None),
        ("b", problem(1), 4, text, None),
        ("b", problem(1), 5, None, None),
    ]
    path = made(write(tmp_path / "run", rows, n=6))
    for place, word in enumerate(("correct", "wrong", "unknown", "failed", "ungraded", "missing"), 1):
        assert numbers(path, verdict=word) == [place]
    assert numbers(path, unparsed=True) == [3]
    with contextlib.closing(open_index(path)) as db:
        assert db.execute("SELECT settled, correct, solved FROM solved").fetchall() == [(4, 1, 0)]


@pytest.mark.parametrize(("states", "solved"), [("1", 1), ("0", 0), ("10", 1), ("100", 0), ("1?", 1), ("?", None)])
def test_solved_is_at_least_half_of_what_is_settled(states: str, solved: int | None, tmp_path: Path) -> None:
    rows = [("b", problem(1), place, "1", None if state == "?" else verdict("1", "1", state == "1"))
            for place, state in enumerate(states)]  # fmt: skip
    with contextlib.closing(open_index(made(write(tmp_path / "run", rows)))) as db:
        assert db.execute("SELECT solved FROM solved").fetchall() == [(solved,)]


def test_it_fits_until_the_store_changes(tmp_path: Path) -> None:
    run = plain_run(tmp_path / "run")
    path, store = made(run), run / "store.sqlite"
    assert is_fresh(path, store, KEY)
    assert not is_fresh(path, store, STRICT.key())
    os.utime(store, (1, 1))  # as after a copy: only the content tells
    built = read_built(path)
    assert built is not None
    assert built["glance"] != source.glance(store)
    assert is_fresh(path, store, KEY)
    add(run, [("made", problem(0), 0, None, None)], grader=OWN)  # planned already
    assert is_fresh(path, store, KEY)
    text = "new"
    add(run, [("made", problem(50), 0, text, verdict(text, None, False))])
    assert not is_fresh(path, store, KEY)
    made(run)
    assert is_fresh(path, store, KEY)
    write_manifest(run, {**read_manifest(run), "label": "renamed"})
    assert not is_fresh(path, store, KEY)


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + bytes(200)])
def test_a_damaged_index_is_made_anew(content: bytes, tmp_path: Path) -> None:
    run = plain_run(tmp_path / "run")
    (run / FILE).write_bytes(content)
    assert not is_fresh(run / FILE, run / "store.sqlite", KEY)
    assert numbers(made(run), search="solution") == list(range(1, 25))


def test_a_grown_run_keeps_the_texts_that_were_entered(tmp_path: Path) -> None:
    run = plain_run(tmp_path / "run")
    path = made(run)
    shutil.copy(path, tmp_path / "before")
    text = "Solution 50, quite another thing: 7"
    add(run, [("other", problem(50), 0, text, verdict(text, "7", False)), ("made", problem(3), 9, text, None)])
    made(run)
    fresh = run / "fresh"
    build(fresh, run / "store.sqlite", KEY)
    for chosen in ({}, {"search": "solution"}, {"search": "another"}, {"verdict": "ungraded"}, {"level": "1"},
                   {"benchmark": "other"}, {"search": "question", "scope": "questions"}):  # fmt: skip
        assert numbers(path, **chosen) == numbers(fresh, **chosen) != []
    # Each text once: twice would be found twice.
    with contextlib.closing(open_index(path)) as db:
        rows = db.execute("SELECT rowid FROM texts WHERE texts MATCH 'solution'").fetchall()
    assert [row[0] for row in rows] == numbers(path, search="solution")


def test_an_answer_to_an_old_sample_is_entered(tmp_path: Path) -> None:
    run = write(tmp_path / "run", [("b", problem(1), 0, None, None), ("b", problem(2), 0, "first", None)])
    path = made(run)
    assert numbers(path, verdict="missing") == [1]
    add(run, [("b", problem(1), 0, "second", None)])
    made(run)
    assert numbers(path, search="second") == [1]
    assert numbers(path, search="first") == [2]
    assert numbers(path, verdict="missing") == []


def test_another_run_in_the_same_folder_begins_anew(tmp_path: Path) -> None:
    run = plain_run(tmp_path / "run")
    made(run)
    for name in ("store.sqlite", "manifest.json"):
        (run / name).unlink()
    write(run, [("b", problem(1), 0, "quite different", None)], label="another")
    path = made(run)
    assert numbers(path, search="solution") == []
    assert numbers(path, search="different") == [1]


def test_a_build_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    run = plain_run(tmp_path / "run", count=600)
    seen: list[tuple[int, int]] = []
    with pytest.raises(Stopped):
        made(run, progress=lambda done, total: seen.append((done, total)), stop=lambda: bool(seen))
    assert seen == [(1000, 1200)]
    assert {each.name for each in run.iterdir()} == {"manifest.json", "store.sqlite", "store.lock"}


def test_lone_surrogates_and_zero_bytes(tmp_path: Path) -> None:
    text = "a\ud800b \x00 needle"
    strange = problem(1, meta={"level": "\ud800", "subject": "\x00"}, choices=("\udfff",))
    run = write(tmp_path / "run", [("b\ud800", strange, 0, text, verdict("x", None, None))])
    path = made(run)
    assert numbers(path, search="needle") == [1]
    with contextlib.closing(open_index(path)) as db:
        values = queries.values(db)
    for name in ("benchmark", "level", "subject"):
        assert numbers(path, **{name: values[name][0]}) == [1]


def test_values_are_kept_for_one_content(tmp_path: Path) -> None:
    path = tmp_path / FILE
    assert read_values(path, "a") == {}
    keep_values(path, "a", {"scores": [1]})
    assert read_values(path, "a") == {"scores": [1]}
    assert read_values(path, "b") == {}
    for damaged in ("", "[]", "{}", '{"content": "a", "values": 3}'):
        path.with_suffix(".json").write_text(damaged)
        assert read_values(path, "a") == {}


def indexing(run: Path, calls: list[str] | None = None) -> Indexing:
    def scores() -> list[int]:
        if calls is not None:
            calls.append("scores")
        return [7]

    return Indexing(run / FILE, run / "store.sqlite", KEY, {"scores": scores}, {"curves": lambda: [8]})


def test_the_thread_makes_it_once_and_takes_it_over_afterwards(tmp_path: Path) -> None:
    run, calls = plain_run(tmp_path / "run"), list[str]()
    for _ in range(2):
        with indexing(run, calls) as found:
            assert found.wait(60)
            assert found.kept("scores") == [7]
            while found.kept("curves") is None:
                assert found.error is None
    assert calls == ["scores"]
    assert read_values(run / FILE, source.content(run / "store.sqlite", KEY)) == {"scores": [7], "curves": [8]}
    assert not list(run.glob("*.draft*"))


def test_the_thread_follows_a_run_that_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_LOOK", "_REST", "_LEAST_REST"):
        monkeypatch.setattr(f"lemma_eval.explorer.index.indexing.{name}", 0.01)
    run = write(tmp_path / "run", [("b", problem(1), 0, None, None)])
    with indexing(run) as found:
        assert found.wait(60)
        for number in range(2, 5):
            add(run, [("b", problem(number), 0, f"text {number}", None)])
            while numbers(run / FILE, search="text") != list(range(2, number + 1)):
                assert found.error is None


def test_two_processes_make_it_once(tmp_path: Path) -> None:
    run = plain_run(tmp_path / "run", count=300)
    code = (
        "import sys; from pathlib import Path; from tests.explorer.test_index import indexing\n"
        "with indexing(Path(sys.argv[1]), calls := []) as found:\n"
        "    assert found.wait(60), found.error\n"
        "print(len(calls))"
    )
    root = Path(__file__).parent.parent.parent
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(run)], stdout=subprocess.PIPE, text=True, cwd=root)
        for _ in range(3)
    ]
    told = [process.communicate(timeout=120)[0] for process in running]
    assert sorted(int(each) for each in told) == [0, 0, 1]
    assert numbers(run / FILE, search="solution")


def test_a_draft_left_by_a_killed_process_is_removed(tmp_path: Path) -> None:
    run = plain_run(tmp_path / "run")
    left = run / f"{FILE}.99999999.draft"
    left.write_bytes(b"half")
    with indexing(run) as found:
        assert found.wait(60)
    assert not left.exists()


def test_an_error_is_told_and_the_pages_go_on(tmp_path: Path) -> None:
    run = plain_run(tmp_path / "run")
    with sqlite3.connect(run / "store.sqlite") as db:
        db.execute("UPDATE problems SET record = 'not json'")
    with indexing(run) as found:
        assert not found.wait(60)
        assert found.error is not None
