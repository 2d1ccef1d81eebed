"""The seam of bulk work: order, laziness, deaths, errors, interruption."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

import pytest

from lemma_eval.answers.many import grade_many
from lemma_eval.bulk import WorkerDiedError, map_batches
from lemma_eval.errors import PluginError, UsageError
from tests import bulk_functions as functions

HANG_GUARD = 240
ROOT = Path(__file__).parent.parent
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def batches(number: int, size: int = 10) -> list[list[int]]:
    return [list(range(start * size, (start + 1) * size)) for start in range(number)]


def flat(results: Iterator[list[int]]) -> list[int]:
    return [item for batch in results for item in batch]


@pytest.mark.parametrize("workers", [1, 3])
def test_in_order(workers: int) -> None:
    results = map_batches(functions.slow_double, batches(12), workers)
    assert [item for batch in results for item in batch] == [2 * n for n in range(120)]


def test_in_other_processes() -> None:
    pids = {pid for batch in map_batches(functions.pid, batches(30, 1), 2) for pid in batch}
    assert len(pids) == 2
    assert os.getpid() not in pids
    assert {pid for batch in map_batches(functions.pid, batches(2), 1) for pid in batch} == {os.getpid()}


@pytest.mark.parametrize("workers", [1, 2])
def test_lazy(workers: int) -> None:
    taken = []

    def endless() -> Iterator[list[int]]:
        for n in count():
            taken.append(n)
            yield [n]

    results = map_batches(functions.double, endless(), workers)
    assert not taken
    assert [batch[0] for batch in islice(results, 20)] == [2 * n for n in range(20)]
    assert len(taken) <= 20 + 3 * workers


def test_no_batches() -> None:
    assert list(map_batches(functions.double, [], 2)) == []


def test_a_killer_costs_itself_only() -> None:
    results = map_batches(functions.kill_on_13, batches(6), 2, on_death=lambda item: -item)
    assert [item for batch in results for item in batch] == [2 * n if n != 13 else -13 for n in range(60)]


def test_an_unlucky_death_costs_nothing(tmp_path: Path) -> None:
    work = [["", ""], ["", str(tmp_path / "mark")], [""]]
    assert list(map_batches(functions.kill_once, work, 2, on_death=lambda item: "dead")) == work


def test_the_dead_leave_no_locks(tmp_path: Path) -> None:
    script = """
import sys
from lemma_eval.bulk import map_batches
from tests.bulk_functions import kill_with_locks_once
work = [["", sys.argv[1]], [""], [""]]
print(list(map_batches(kill_with_locks_once, work, 2, on_death=lambda item: "dead")) == work)
"""
    command = [sys.executable, "-c", script, str(tmp_path / "mark")]
    # pebble waits a minute for a lock, and then another
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=58, check=False)
    assert done.stdout == "True\n", done.stderr


def test_a_death_is_told() -> None:
    with pytest.raises(WorkerDiedError, match="a worker process died"):
        list(map_batches(functions.kill_on_13, batches(6), 2))


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_is_raised(workers: int) -> None:
    with pytest.raises(RuntimeError, match="thirteen"):
        list(map_batches(functions.fail_on_13, batches(6), workers))


def test_what_cannot_be_mapped() -> None:
    with pytest.raises(UsageError, match="workers should be 1 or more"):
        map_batches(functions.double, [], 0)
    with pytest.raises(Exception, match=r"(?i)pickle|local object"):
        list(map_batches(lambda batch: list(batch), batches(2), 2))


@linux
def test_leaving_early_ends_the_workers() -> None:
    before = children()
    results = map_batches(functions.sleep, [[0.0], [0.0], *([[600.0]] * 20)], 2)
    next(results)
    assert children() - before
    results.close()  # type: ignore[attr-defined]
    assert ended(children() - before - trackers())
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("lemma-eval bulk")]


def children() -> set[int]:
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and fields[0] != "Z":
            found.add(int(stat.parent.name))
    return found


def trackers() -> set[int]:
    """`multiprocessing`'s own helper stays until this process ends."""
    return {pid for pid in children() if b"resource_tracker" in Path(f"/proc/{pid}/cmdline").read_bytes()}


def ended(pids: set[int]) -> bool:
    deadline = time.monotonic() + HANG_GUARD
    while time.monotonic() < deadline:
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            return True
        time.sleep(0.05)
    return False


def script(folder: Path, text: str) -> list[str]:
    path = folder / "script.py"
    path.write_text(f"import sys; sys.path.insert(0, {str(ROOT)!r})\n" + textwrap.dedent(text))
    return [sys.executable, str(path)]


def test_an_unguarded_script(tmp_path: Path) -> None:
    command = script(
        tmp_path,
        """
        print("start")
        from lemma_eval.bulk import map_batches
        from tests import bulk_functions as functions
        print(sum(item for batch in map_batches(functions.double, [[n] for n in range(100)], 2) for item in batch))
        print(*{name for batch in map_batches(functions.main_module, [[1], [2]], 2) for name in batch})
        print(__name__ in sys.modules, sys.modules["__main__"].__file__ == __file__)
        """,
    )
    done = subprocess.run(command, capture_output=True, text=True, timeout=HANG_GUARD, check=False)
    assert (done.stdout.splitlines(), done.stderr) == (["start", "9900", "None", "True True"], "")


def test_a_function_of_the_script_is_refused(tmp_path: Path) -> None:
    command = script(
        tmp_path,
        """
        from lemma_eval.bulk import map_batches
        from lemma_eval.errors import UsageError
        def mine(batch): return batch
        try:
            map_batches(mine, [[1]], 2)
        except UsageError as error:
            print(error)
        """,
    )
    done = subprocess.run(command, capture_output=True, text=True, timeout=HANG_GUARD, check=False)
    assert done.stdout.startswith("workers cannot import a function of the running script"), done.stderr


@linux
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_interrupted(tmp_path: Path, how: signal.Signals) -> None:
    """Ctrl-C reaches all processes of a terminal; one traceback, or none, and nothing left. So with a kill."""
    command = script(
        tmp_path,
        """
        from lemma_eval.bulk import map_batches
        from tests import bulk_functions as functions
        work = [[0.0], [0.0]] + [[5.0]] * 8
        try:
            for batch in map_batches(functions.sleep, work, 2):
                print("one", flush=True)
        except KeyboardInterrupt:
            print("interrupted", flush=True)
        """,
    )
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as caller:
        assert caller.stdout is not None
        assert caller.stdout.readline() == "one\n"
        if how is signal.SIGINT:
            os.killpg(caller.pid, how)
        else:
            os.kill(caller.pid, how)
        out, error = caller.communicate(timeout=HANG_GUARD)
    if how is signal.SIGINT:
        assert (out.replace("one\n", ""), error) == ("interrupted\n", "")
    deadline = time.monotonic() + HANG_GUARD
    while in_session(caller.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not in_session(caller.pid)


def in_session(leader: int) -> bool:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == leader and fields[0] != "Z":
            return True
    return False


@pytest.mark.parametrize("workers", [1, 2])
def test_grade_many(workers: int) -> None:
    def items() -> Iterator[tuple[str, str | list[str]]]:
        for n in range(300):
            yield f"So the answer is {n}.", str(n) if n % 3 else [str(n + 1), "7/2"]

    verdicts = list(grade_many(items(), workers=workers))
    assert [verdict.correct for verdict in verdicts] == [n % 3 != 0 for n in range(300)]
    assert [verdict.answer for verdict in verdicts] == [str(n) for n in range(300)]


def test_grade_many_is_lazy() -> None:
    taken = 0

    def items() -> Iterator[tuple[str, str]]:
        nonlocal taken
        while True:
            taken += 1
            yield "The answer is 2.", "2"

    assert all(verdict.correct for verdict in islice(grade_many(items()), 5))
    assert taken == 5


def test_grade_many_with_a_wrong_policy() -> None:
    with pytest.raises(PluginError, match="unknown grading policy"):
        grade_many([], policy="no-such-policy")
