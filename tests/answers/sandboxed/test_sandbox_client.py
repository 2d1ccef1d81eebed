"""The sandbox as processes: threads, forks, deaths, limits, and what is left when the caller is gone."""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lemma_eval.answers.reading.node import Node, name, number
from lemma_eval.answers.sandboxed import client

HANG_GUARD = 240  # seconds; nothing here should take a tenth of it
LONG = 60.0
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

x = name("x")
SQUARE = Node("^", (x, number(2)))


def sine(value: int) -> tuple[Node, Node]:
    """Two trees that are equal, and need some work."""
    n = number(value)
    first = Node("+", (Node("^", (Node("sin", (x,)), number(2))), Node("^", (Node("cos", (x,)), number(2))), n))
    return first, Node("+", (n, number(1)))


def slow() -> tuple[Node, Node]:
    """Nested radicals and powers whose integral SymPy looks for, for minutes."""
    inner = Node("root", (Node("+", (SQUARE, Node("sin", (x,)), number(2))), number(2)))
    body = Node("*", (Node("exp", (Node("neg", (Node("^", (x, number(4))),)),)), Node("sin", (inner,))))
    body = Node("*", (body, Node("arctan", (Node("ln", (Node("+", (SQUARE, number(1))),)),))))
    return Node("int", (body, x, number(0), Node("const", (), "infinity"))), name("y")


def processes() -> dict[int, tuple[int, int, str]]:
    """Living processes by /proc: number -> parent, session, command line."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            command = stat.with_name("cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if fields[0] != "Z":
            found[int(stat.parent.name)] = (int(fields[1]), int(fields[3]), command)
    return found


def session_of(leader: int) -> list[int]:
    return [number for number, (_, session, _) in processes().items() if session == leader]


def leader() -> int:
    assert client._sandbox is not None
    return client._sandbox.process.pid


def computing() -> list[int]:
    """The children that compare: forked by the fork server, which is a child of the interpreter."""
    table = processes()
    servers = [n for n, (parent, _, command) in table.items() if parent == leader() and "forkserver" in command]
    return [n for n, (parent, _, _) in table.items() if parent in servers]


def gone(pids: list[int]) -> bool:
    deadline = time.monotonic() + HANG_GUARD
    while time.monotonic() < deadline:
        if not set(pids) & set(processes()):
            return True
        time.sleep(0.05)
    return False


def test_a_timeout_costs_one_verdict() -> None:
    assert client.compare(*slow(), seconds=0.5) == "timeout"
    assert client.compare(*sine(1), seconds=LONG) == "equal"


def test_many_threads() -> None:
    def ask(value: int) -> str:
        first, second = sine(value)
        return client.compare(first, second if value % 2 else number(0), seconds=LONG)

    with ThreadPoolExecutor(16) as threads:
        replies = list(threads.map(ask, range(64)))
    assert replies == ["different", "equal"] * 32


def test_the_stuck_do_not_hold_up_the_others() -> None:
    """One child is busy for long; the rest of the requests are served meanwhile, or after it is stopped."""
    with ThreadPoolExecutor(8) as threads:
        stuck = threads.submit(client.compare, *slow(), seconds=2.0)
        others = [threads.submit(client.compare, *sine(value), seconds=LONG) for value in range(20)]
        assert [other.result(HANG_GUARD) for other in others] == ["equal"] * 20
        assert stuck.result(HANG_GUARD) == "timeout"


@linux
def test_a_killed_child_costs_one_verdict() -> None:
    assert client.compare(*sine(1), seconds=LONG) == "equal"
    before = leader()
    with ThreadPoolExecutor(4) as threads:
        stuck = threads.submit(client.compare, *slow(), seconds=LONG)
        deadline = time.monotonic() + HANG_GUARD
        start = {pid: cpu_ticks(pid) for pid in computing()}
        busy: list[int] = []
        while not busy and time.monotonic() < deadline:
            time.sleep(0.1)
            busy = [pid for pid in computing() if cpu_ticks(pid) > start.get(pid, 0) + 30]
        os.kill(busy[0], signal.SIGKILL)
        others = [threads.submit(client.compare, *sine(value), seconds=LONG) for value in range(20)]
        assert stuck.result(HANG_GUARD) == "crash"
        assert [other.result(HANG_GUARD) for other in others] == ["equal"] * 20
    assert leader() == before


def cpu_ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11])


@linux
def test_children_killed_while_idle_cost_nothing() -> None:
    assert client.compare(*sine(1), seconds=LONG) == "equal"
    for _ in range(3):
        for pid in computing():
            os.kill(pid, signal.SIGKILL)
        assert client.compare(*sine(2), seconds=LONG) == "equal"


def test_a_killed_interpreter_costs_nothing() -> None:
    """Requests on the way are put again to the one that replaces it."""
    assert client.compare(*sine(1), seconds=LONG) == "equal"
    before = leader()
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(client.compare, *sine(value), seconds=LONG) for value in range(20)]
        os.kill(before, signal.SIGKILL)
        assert [one.result(HANG_GUARD) for one in asked] == ["equal"] * 20
    assert leader() != before


def test_a_stopped_interpreter_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.compare(*sine(1), seconds=LONG) == "equal"
    monkeypatch.setattr(client, "_GRACE_SECONDS", 1.0)
    before = leader()
    os.kill(before, signal.SIGSTOP)
    assert client.compare(*sine(2), seconds=1.0) in ("equal", "crash")  # the new one starts within what is left
    monkeypatch.undo()
    assert client.compare(*sine(2), seconds=LONG) == "equal"
    assert leader() != before


@linux
def test_too_much_memory_costs_one_verdict() -> None:
    reply = client.call("tests.answers.sandboxed.grader:greedy", ["3000"], LONG)
    assert reply.status == "memory"
    assert client.compare(*sine(1), seconds=LONG) == "equal"


def test_calls() -> None:
    grader = "tests.answers.sandboxed.grader"
    assert client.call(f"{grader}:join", ["a", "b"], LONG) == ("ok", {"joined": "ab"})
    assert client.call(f"{grader}:alarmed", [], LONG) == ("ok", "alarm")  # in a main thread, with signals
    assert client.call(f"{grader}:fail", [], LONG) == ("error", "ValueError: no such answer")
    assert client.call(f"{grader}:unprintable", [], LONG).status == "error"
    assert client.call(f"{grader}:sleep", ["600"], 0.5).status == "timeout"
    assert client.call(f"{grader}:die", [], LONG).status == "crash"
    assert client.call("no.such.module:f", [], LONG).status == "error"
    assert client.call(f"{grader}:absent", [], LONG).status == "error"
    assert client.call(f"{grader}:join", ["\ud800", "\x00\n"], LONG) == ("ok", {"joined": "\ud800\x00\n"})


def test_from_asyncio() -> None:
    """The loop goes on while threads wait."""

    async def ask() -> tuple[list[str], int]:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.01)

        ticking = asyncio.create_task(tick())
        replies = await asyncio.gather(*(asyncio.to_thread(client.compare, *sine(n), seconds=LONG) for n in range(8)))
        await asyncio.to_thread(client.compare, *slow(), seconds=0.5)
        ticking.cancel()
        return replies, ticks

    replies, ticks = asyncio.run(ask())
    assert replies == ["equal"] * 8
    assert ticks > 5


def _in_child(queue: "multiprocessing.Queue[tuple[str, int]]") -> None:
    queue.put((client.compare(*sine(3), seconds=LONG), leader()))


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_in_a_child_process(method: str) -> None:
    """Started before a fork or not: the child has its own, and the parent keeps its own."""
    assert client.compare(*sine(1), seconds=LONG) == "equal"
    context = multiprocessing.get_context(method)
    queue = context.Queue()
    children = [context.Process(target=_in_child, args=(queue,)) for _ in range(2)]
    for child in children:
        child.start()
    results = [queue.get(timeout=HANG_GUARD) for _ in children]
    assert client.compare(*sine(1), seconds=LONG) == "equal"
    for child in children:
        child.join(HANG_GUARD)
        assert child.exitcode == 0
    assert [reply for reply, _ in results] == ["equal", "equal"]
    assert len({leader(), *(pid for _, pid in results)}) == 3
    if sys.platform == "linux":
        assert gone([pid for _, pid in results])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_while_other_threads_ask() -> None:
    stop = threading.Event()
    replies: list[str] = []

    def ask() -> None:
        while not stop.is_set():
            replies.append(client.compare(*sine(1), seconds=LONG))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    statuses = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            os._exit(client.compare(*sine(2), seconds=LONG) != "equal")
        statuses.append(os.waitpid(child, 0)[1])
    stop.set()
    for thread in threads:
        thread.join(HANG_GUARD)
    assert statuses == [0, 0, 0]
    assert set(replies) == {"equal"}


SCRIPT = """
    from lemma_eval.answers.reading.node import Node, name, number
    from lemma_eval.answers.sandboxed import client
    print("start", flush=True)
    x = name("x")
    identity = Node("ln", (Node("exp", (x,)),)), x
    print(client.compare(*identity, seconds=60.0), client._sandbox.process.pid, flush=True)
"""


def test_an_unguarded_script(tmp_path: Path) -> None:
    """Runs once, and takes the installed SymPy, not a file beside the script; nothing is left of it."""
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    (tmp_path / "sympy.py").write_text("raise SystemExit('the wrong sympy')")
    done = subprocess.run(
        [sys.executable, script.name], cwd=tmp_path, capture_output=True, text=True, timeout=HANG_GUARD, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    start, reply, pid = done.stdout.split()
    assert (start, reply) == ("start", "equal")
    if sys.platform == "linux":
        assert gone(session_of(int(pid)))


@linux
@pytest.mark.parametrize("busy", [False, True])
@pytest.mark.parametrize("forked", [False, True])
def test_nothing_outlives_a_killed_caller(tmp_path: Path, busy: bool, forked: bool) -> None:
    """Not even if a process that the caller forked lives on, and holds what the caller held."""
    script = tmp_path / "script.py"
    work = "import time, os, threading\n"
    # In one piece: what two processes print at a time may be mixed.
    work += f"os.write(1, b'%d\\n' % {'os.fork()' if forked else '1'})\n"
    if busy:
        work += "from tests.answers.sandboxed.test_sandbox_client import slow\nclient.compare(*slow(), seconds=600)\n"
    script.write_text(textwrap.dedent(SCRIPT) + work + "time.sleep(600)\n")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment) as caller:
        forks: list[int] = []
        try:
            assert caller.stdout is not None
            assert caller.stdout.readline() == "start\n"
            session = int(caller.stdout.readline().split()[1])
            forks = [int(caller.stdout.readline()) for _ in range(2 if forked else 1)]
            left = session_of(session)
            until = time.monotonic() + 120.0
            while len(left) < (4 if busy else 3) and time.monotonic() < until:  # the worker process comes with the work
                time.sleep(0.05)
                left = session_of(session)
            assert len(left) >= 3
            caller.kill()
            caller.wait()
            assert gone(left)
        finally:
            caller.kill()  # where something has failed before: it would sleep for minutes
            for fork in forks:
                if fork > 1:
                    os.kill(fork, signal.SIGKILL)


@linux
def test_no_zombies() -> None:
    """What was replaced was also waited for."""
    for _ in range(2):
        assert client.compare(*sine(1), seconds=LONG) == "equal"
        os.kill(leader(), signal.SIGKILL)
    client.close()
    client.close()
    states = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid():
            states.append(fields[0])
    assert "Z" not in states
    assert client.compare(*sine(1), seconds=LONG) == "equal"


def test_no_interpreter_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    client.close()
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    assert client.compare(*sine(1)) == "crash"
    monkeypatch.undo()
    assert client.compare(*sine(1), seconds=LONG) == "equal"


@linux
def test_memory_of_all_processes() -> None:
    """The caller's own share is left out here: it is a test runner."""
    client.close()
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda n: client.compare(*sine(n), seconds=LONG), range(200))) == {"equal"}
    total = sum(resident(pid) for pid in session_of(leader()))
    assert total < 450 * 2**20


def resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
