"""The store: real SQLite files, real second processes, real threads."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma_eval.answers.verdict import Verdict
from lemma_eval.completion import Completion, Failure
from lemma_eval.errors import RunError
from lemma_eval.problem import Problem
from lemma_eval.request import Message, Request, Sampling
from lemma_eval.result import GraderId, Item, Result
from lemma_eval.store import Store

GRADER = GraderId("g", "1", "default", "1")
OTHER = GraderId("g", "2", "default", "1")
RIGHT = Verdict(True, "2", (4, 5), "text", "same text")
WRONG = Verdict(False, None, None, "none", "no answer", parsed=False)
UNKNOWN = Verdict(None, "x^x", (0, 3), "limit", "stopped after 5 s")
HARD_TEXTS = ["", "é ∑ 𝔸 你好", "a\x00b", "\r\n \u2028", "{'quote': \"'\"}", "x" * 100_000]


def problem(number: int, answer: str = "2") -> Problem:
    return Problem(str(number), f"{number}+1?", answer, "number", meta={"level": "1"})


def asked(prompt: str, sample: int = 0, **about: object) -> Request:
    return Request("m@0", prompt, Sampling(), sample, **about)  # type: ignore[arg-type]


def planned(store: Store, *numbers: int, samples: int = 1) -> list[Request]:
    """Plan these problems, each with its own prompt; the requests in order."""
    rows = [("b", problem(n), asked(f"{n}+1?", sample)) for n in numbers for sample in range(samples)]
    store.plan(rows)
    return [request for _, _, request in rows]


def results(store: Store, grader: GraderId = GRADER, benchmark: str | None = None) -> list[Result]:
    return list(store.results(grader, benchmark))


def items_of(store: Store, request_id: str) -> list[Item]:
    """The samples that a request answers."""
    return [result.item for result in store.results(GRADER) if result.item.request_id == request_id]


def ungraded(store: Store, grader: GraderId) -> list[str]:
    """The answered requests that lack a verdict by `grader` for one of their problems, in order of storing."""
    place, found = 0, []
    while True:
        after, (place, waiting) = place, store.to_grade(grader, place, 2)
        if place == after:
            return list(dict.fromkeys(item.request_id for item, _ in found))
        found += waiting


def test_a_completion_comes_back_as_it_was_stored(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with Store(path) as store:
        (request,) = planned(store, 1)
        completion = Completion(
            request.id, "text", "length", 10, None, "thought", {"logprob": -0.5, "parts": [1, None]}
        )
        assert store.add(completion)
        assert store.completion(request.id) == completion
    with Store(path, write=False) as store:
        assert store.completion(request.id) == completion
        assert store.answered([request.id])
        assert not store.answered(["another"])
        assert store.completion("another") is None


@pytest.mark.parametrize("text", HARD_TEXTS)
def test_hard_texts_come_back_unchanged(text: str, tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        one, two = planned(store, 1, 2)
        store.add(Completion(one.id, text, reasoning=text, meta={text: text}))
        store.add(Failure(two.id, "error", text))
        store.add_verdicts(GRADER, [(items_of(store, one.id)[0], Verdict(True, text, (0, len(text)), "r", text), 0.1)])
        found, failed = results(store)
        assert found.completion == Completion(one.id, text, reasoning=text, meta={text: text})
        assert found.verdict == Verdict(True, text, (0, len(text)), "r", text)
        assert failed.failure == Failure(two.id, "error", text)


def test_lone_surrogates_stay_visible(tmp_path: Path) -> None:
    # SQLite takes UTF-8 only, so they come back as escapes; a run must not break on them.
    text, kept = "a\ud800b", "a\\ud800b"
    strange = Problem("1", text, text, choices=(text,), accepted=(text,), meta={"k": text})
    with Store(tmp_path / "store.sqlite") as store:
        requests = [asked(text), Request("m@0", (Message("user", text),), Sampling(stop=(text,)), 1)]
        store.plan([("b", strange, request) for request in requests])
        store.add(Completion(requests[0].id, text, reasoning=text, meta={"k": text}))
        store.add(Failure(requests[1].id, "error", text))
        (item,) = items_of(store, requests[0].id)
        store.add_verdicts(GRADER, [(item, Verdict(False, text, (0, 3), "r", text), 0.1)])
        found, failed = results(store)
        assert found.item.problem == strange
        assert found.completion == Completion(requests[0].id, kept, reasoning=kept, meta={"k": text})
        assert found.verdict == Verdict(False, kept, (0, 3), "r", kept)
        assert failed.failure == Failure(requests[1].id, "error", kept)


@settings(max_examples=25, deadline=None)
@given(
    st.builds(
        Problem,
        id=st.text(st.characters(codec="utf-8"), min_size=1),
        question=st.text(),
        answer=st.text(),
        kind=st.sampled_from([None, "number", "choice"]),
        solution=st.none() | st.text(),
        choices=st.none() | st.lists(st.text(), min_size=1, max_size=5).map(tuple),
        accepted=st.lists(st.text(), max_size=3).map(tuple),
        meta=st.dictionaries(st.text(), st.text(), max_size=2),
    )
)
def test_problems_come_back_as_planned(drawn: Problem) -> None:
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "store.sqlite") as store:
        request = asked(drawn.question, problem=drawn)
        store.plan([("b", drawn, request)])
        assert items_of(store, request.id) == [Item("b", drawn, 0, request.id)]


def test_the_first_completion_of_a_request_stays(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        (request,) = planned(store, 1)
        assert store.add(Completion(request.id, "first"))
        assert not store.add(Completion(request.id, "second"))
        found = store.completion(request.id)
        assert found is not None
        assert found.text == "first"
        assert store.counts() == (1, 1, 0)


def test_a_completion_clears_the_failures_before_it(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with Store(path) as store:
        (request,) = planned(store, 1)
        store.add(Failure(request.id, "refused", "busy"))
        store.add(Failure(request.id, "out_of_memory", "too long"))
        assert results(store)[0].failure == Failure(request.id, "out_of_memory", "too long")
        assert store.counts() == (1, 0, 1)
        assert sqlite3.connect(path).execute("SELECT attempts FROM failures").fetchall() == [(2,)]
        assert store.add(Completion(request.id, "at last"))
        assert results(store)[0].failure is None
        assert store.counts() == (1, 1, 0)


def test_results_come_in_order_of_planning(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        store.plan([("z", problem(5), asked("z5"))])
        requests = planned(store, 3, 1, 2, samples=2)
        planned(store, 2, 1)  # known already
        for request in reversed(requests[1:]):
            store.add(Completion(request.id, request.id))
        found = results(store, benchmark="b")
        assert [(each.item.problem.id, each.item.sample) for each in found] == [
            (number, sample) for number in ("3", "1", "2") for sample in (0, 1)
        ]
        assert [each.item.request_id for each in found] == [request.id for request in requests]
        assert [each.completion and each.completion.text for each in found] == [None, *(r.id for r in requests[1:])]
        assert [each.item.benchmark for each in results(store)] == ["z"] + ["b"] * 6
        assert results(store, benchmark="absent") == []


def test_more_results_than_one_portion(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        planned(store, *range(2500))
        assert [each.item.problem.id for each in results(store)] == [str(number) for number in range(2500)]


def test_verdicts_belong_to_their_grader(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        answered, also, open_ = planned(store, 1, 2, 3)
        for request in (answered, also):
            store.add(Completion(request.id, "It is 2."))
        assert sorted(ungraded(store, GRADER)) == sorted([answered.id, also.id])
        store.add_verdicts(GRADER, [(items_of(store, answered.id)[0], RIGHT, 0.01)])
        store.add_verdicts(GRADER, [(items_of(store, answered.id)[0], WRONG, 0.01)])  # the first stays
        store.add_verdicts(OTHER, [(items_of(store, also.id)[0], UNKNOWN, 0.01)])
        assert ungraded(store, GRADER) == [also.id]
        assert ungraded(store, OTHER) == [answered.id]
        assert [each.verdict for each in results(store)] == [RIGHT, None, None]
        assert [each.verdict for each in results(store, OTHER)] == [None, UNKNOWN, None]
        assert store.tally(GRADER) == (3, 1, 1)
        assert store.tally(OTHER) == (3, 1, 0)
        assert not store.answered([open_.id])


def test_one_request_answers_every_problem_that_asks_it(tmp_path: Path) -> None:
    # The same question in two benchmarks, and twice in one with another gold: one completion, a verdict each.
    shared = asked("1+1?")
    twins = [("a", Problem("7", "1+1?", "2")), ("b", Problem("1", "1+1?", "2")), ("b", Problem("2", "1+1?", "3"))]
    with Store(tmp_path / "store.sqlite") as store:
        store.plan([(benchmark, each, shared) for benchmark, each in twins])
        assert store.counts() == (1, 0, 0)
        store.add(Completion(shared.id, "It is 2."))
        items = items_of(store, shared.id)
        assert [(item.benchmark, item.problem.answer) for item in items] == [("a", "2"), ("b", "2"), ("b", "3")]
        store.add_verdicts(GRADER, [(items[0], RIGHT, 0.0)])
        assert ungraded(store, GRADER) == [shared.id]  # the other gold still waits
        store.add_verdicts(GRADER, [(items[2], WRONG, 0.0)])
        assert ungraded(store, GRADER) == []
        # Equal question and gold is one pair, so the first verdict holds for both.
        assert [each.verdict for each in results(store)] == [RIGHT, RIGHT, WRONG]
        assert store.tally(GRADER) == (3, 3, 2)


def test_threads_write_at_the_same_time(tmp_path: Path) -> None:
    errors: list[BaseException] = []
    with Store(tmp_path / "store.sqlite") as store:
        requests = planned(store, *range(200))

        def write(part: int) -> None:
            try:
                for request in requests[part::4]:
                    store.add(Completion(request.id, f"text of {request.id}"))
                    (item,) = items_of(store, request.id)
                    store.add_verdicts(GRADER, [(item, RIGHT, 0.0)])
            except BaseException as error:
                errors.append(error)

        def read() -> None:
            try:
                for _ in range(10):
                    assert len(results(store)) == 200
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=write, args=(part,)) for part in range(4)]
        threads += [threading.Thread(target=read) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert store.counts() == (200, 200, 0)
        assert store.tally(GRADER) == (200, 200, 200)
        for each in results(store):
            assert each.completion is not None
            assert each.completion.text == f"text of {each.item.request_id}"


HOLD = """
import sys
from pathlib import Path
from lemma_eval.store import Store
store = Store(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
"""


def test_a_second_writer_is_told_and_a_killed_one_leaves_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(RunError, match="another process is writing this run; wait until it has ended"):
            Store(path)
        with Store(path, write=False) as reader:  # reading needs no lock
            assert reader.counts() == (0, 0, 0)
    finally:
        holder.kill()
        holder.communicate()
    assert holder.returncode == -signal.SIGKILL
    with Store(path) as store:
        planned(store, 1)


def test_a_second_writer_in_the_same_process_is_told_too(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite"), pytest.raises(RunError, match="writing this run"):
        Store(tmp_path / "store.sqlite")
    Store(tmp_path / "store.sqlite").close()


COMMIT_AND_DIE = """
import os, signal, sys
from pathlib import Path
from lemma_eval.completion import Completion
from lemma_eval.problem import Problem
from lemma_eval.request import Request, Sampling
from lemma_eval.store import Store
store = Store(Path(sys.argv[1]))
request = Request("m@0", "1+1?", Sampling())
store.plan([("b", Problem("1", "1+1?", "2"), request)])
store.add(Completion(request.id, "kept"))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_added_survives_the_kill_of_its_process(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    died = subprocess.run([sys.executable, "-c", COMMIT_AND_DIE, str(path)], check=False)
    assert died.returncode == -signal.SIGKILL
    with Store(path) as store:
        (found,) = results(store)
        assert found.completion is not None
        assert found.completion.text == "kept"


def test_closing_twice_is_harmless(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    store.close()
    store.close()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.write_bytes(b"not a database " * 100)
    for write in (True, False, True):  # the lock of a failed attempt is let go
        with pytest.raises(RunError, match=r"store\.sqlite: not a readable store"):
            Store(path, write=write)
    assert path.read_bytes() == b"not a database " * 100


@pytest.mark.parametrize("write", [True, False])
def test_a_store_of_a_later_version(write: bool, tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with Store(path) as store:
        planned(store, 1)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(RunError, match="schema version 99"):
        Store(path, write=write)


def test_reading_where_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"holds no run \(no store\.sqlite\)"):
        Store(tmp_path / "store.sqlite", write=False)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="cannot be written"):
        Store(tmp_path / "file" / "store.sqlite")


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite"):
        pass
    with Store(tmp_path / "store.sqlite", write=False) as reader, pytest.raises(sqlite3.OperationalError):
        planned(reader, 1)


def test_copying_takes_everything_and_changes_nothing_there(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with Store(tmp_path / "a" / "store.sqlite") as one, Store(tmp_path / "b" / "store.sqlite") as two:
        first, failed_here = planned(one, 1, 2)
        planned(two, 2, 3, 4)
        one.add(Completion(first.id, "one"))
        one.add_verdicts(GRADER, [(items_of(one, first.id)[0], RIGHT, 0.5)])
        one.add(Failure(failed_here.id, "refused", "busy"))
        two.add(Completion(failed_here.id, "two"))
        two.add(Failure(asked("3+1?").id, "refused", "busy"))
        before = results(two)
    with Store(tmp_path / "whole.sqlite") as whole:
        whole.copy_from(tmp_path / "a" / "store.sqlite")
        whole.copy_from(tmp_path / "b" / "store.sqlite")
        whole.copy_from(tmp_path / "b" / "store.sqlite")  # nothing new
        found = {each.item.problem.id: each for each in results(whole)}
        assert list(found) == ["1", "2", "3", "4"]
        assert found["1"].verdict == RIGHT
        assert found["2"].completion is not None
        assert found["2"].completion.text == "two"
        assert found["3"].failure == Failure(asked("3+1?").id, "refused", "busy")
        assert (found["4"].completion, found["4"].failure) == (None, None)
        assert whole.counts()[:2] == (4, 2)
    with Store(tmp_path / "b" / "store.sqlite", write=False) as two:
        assert results(two) == before


def test_a_completion_that_is_copied_in_clears_the_failure_here(tmp_path: Path) -> None:
    with Store(tmp_path / "here.sqlite") as here, Store(tmp_path / "there.sqlite") as there:
        (request,) = planned(here, 1)
        planned(there, 1)
        here.add(Failure(request.id, "refused", "busy"))
        there.add(Completion(request.id, "text"))
        here.copy_from(tmp_path / "there.sqlite")
        assert here.counts() == (1, 1, 0)
        assert results(here)[0].failure is None


def test_copying_from_what_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "bad.sqlite").write_text("no", encoding="utf-8")
    with Store(tmp_path / "store.sqlite") as store:
        for name in ("bad.sqlite", "absent.sqlite"):
            with pytest.raises(RunError):
                store.copy_from(tmp_path / name)
        assert store.counts() == (0, 0, 0)


def test_equal_prompts_are_stored_once(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with Store(path) as store:
        planned(store, 1, samples=5)
    assert sqlite3.connect(path).execute("SELECT count(*) FROM series").fetchone() == (1,)


def test_what_a_killed_writer_left_half_done_is_rolled_back_in_a_copy(tmp_path: Path) -> None:
    """A hot rollback journal, as on network file systems: read without touching it."""
    folder = tmp_path / "run"
    folder.mkdir()
    with Store(folder / "store.sqlite") as store:
        (request,) = planned(store, 1)
        store.add(Completion(request.id, "whole"))
    code = (
        "import os, sqlite3, sys\n"
        "db = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "db.execute('PRAGMA cache_size = 1'); db.execute('PRAGMA cache_spill = 1'); db.execute('BEGIN IMMEDIATE')\n"
        "db.execute(\"UPDATE completions SET text = 'half'\")\n"
        "for i in range(2000):\n"
        "    db.execute('INSERT INTO series VALUES (?, ?, ?, ?)', (str(i), 'm', str(i) * 200, ''))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(folder / "store.sqlite")], check=False)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert before["store.sqlite-journal"]
    with Store(folder / "store.sqlite", write=False) as store:
        found = store.completion(request.id)
    assert found is not None
    assert found.text == "whole"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_verdict_on_another_text_is_not_taken_over(tmp_path: Path) -> None:
    verdict = Verdict(True, "3", None, "exact", "")
    for name, text in (("one", "It is 7."), ("two", "It is 3.")):
        with Store(tmp_path / f"{name}.sqlite") as store:
            (request,) = planned(store, 1)
            store.add(Completion(request.id, text))
            if name == "two":
                store.add_verdicts(GRADER, [(items_of(store, request.id)[0], verdict, 0.0)])
    with Store(tmp_path / "one.sqlite") as store:
        store.copy_from(tmp_path / "two.sqlite")
        (result,) = store.results(GRADER)
    assert result.completion is not None
    assert (result.completion.text, result.verdict) == ("It is 7.", None)
