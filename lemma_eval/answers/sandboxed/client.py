"""The sandbox as its callers see it: two trees go to another interpreter, one word comes back.

The interpreter (`python -m lemma_eval.answers.sandboxed.worker`) is started once, when first needed. It is neither
forked from the caller nor does it import the caller's script; it ends when its standard input does. Requests carry ids
and are answered out of order: a thread writes, a thread reads, and callers wait for their own reply only. So any number
of threads may ask at once. Under asyncio, put a call into a thread, so that the loop goes on meanwhile:
`await asyncio.to_thread(grade, text, gold)`. After a fork the child starts an interpreter of its own.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

from lemma_eval.answers.reading.node import Node
from lemma_eval.answers.sandboxed.wire import WireError, write

if TYPE_CHECKING:
    from subprocess import Popen

SECONDS = 5.0  # a request may run, unless told otherwise

_MAX_BYTES = 500_000  # of a request
_START_SECONDS = 120.0  # to import SymPy, on a busy machine
_GRACE_SECONDS = 20.0  # without any reply, beyond the longest limit, before the interpreter itself counts as hung
_LOAD_SECONDS = 120.0  # for the imports of a function of `call`


class CallReply(NamedTuple):
    """What became of a call: `ok`, `error`, `timeout`, `memory` or `crash`; and the result, or the error's text."""

    status: str
    value: Any = None


def compare(first: Node, second: Node, question: str = "expressions", seconds: float = SECONDS) -> str:
    """SymPy's opinion: `equal`, `different`, `undecided`, `unsupported`, `timeout`, `memory` or `crash`.

    `expressions`: the same value wherever both are defined (for antiderivatives: up to a constant); matrices too.
    `up-to-factor`: one is a nonzero constant times the other. `up-to-constant`: their difference depends on no variable
    that both have. `sets`: the same set of reals, each given as a set, an interval, or statements on one variable.
    `equations`: the same solutions. `seconds` is the time it may run; waiting and start-up do not count. Any thread may
    ask, and so may a forked child.
    """
    try:
        payload = [write(first), write(second), question]
    except (WireError, AttributeError, TypeError, ValueError):
        return "unsupported"
    reply = _ask("compare", payload, seconds)
    return reply if isinstance(reply, str) else "crash"


def call(function: str, args: list[str], seconds: float = SECONDS) -> CallReply:
    """Run `function`, named `module:function`, on texts in a child process of its own kind, in its main thread.

    For graders of other packages, which may hang, use signals or evaluate text. Name no function that data chose. The
    result must be what `json.dumps` takes. Time spent on importing the module does not count.
    """
    reply = _ask("call", [function, list(args)], seconds)
    if isinstance(reply, list) and len(reply) == 2:
        return CallReply(str(reply[0]), reply[1])
    return CallReply(reply if isinstance(reply, str) else "crash")


class _Sandbox:
    """A running interpreter, the thread that writes to it, the thread that reads its replies, and who waits."""

    def __init__(self) -> None:
        from subprocess import DEVNULL, PIPE, Popen

        package_root = str(Path(__file__).resolve().parents[3])
        path = os.pathsep.join(part for part in (package_root, os.environ.get("PYTHONPATH", "")) if part)
        # Safe path: a `sympy.py` in the caller's working folder is not imported. A fixed seed of hashes: SymPy walks
        # over sets, and the same question is to get the same answer.
        self.process: Popen[bytes] = Popen(
            [sys.executable, "-m", "lemma_eval.answers.sandboxed.worker"],
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            bufsize=0,  # no locks of buffers, which a fork may leave held
            env={**os.environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1", "PYTHONHASHSEED": "0"},
            start_new_session=True,  # Ctrl-C goes to the caller, who closes the pipe
        )
        self.owner = os.getpid()
        self.ready = self.dead = False
        self.heard = time.monotonic()
        self.outbox: SimpleQueue[bytes | None] = SimpleQueue()
        self.waiting: dict[int, SimpleQueue[Any]] = {}
        self.lock = threading.Lock()
        self.next_id = 0
        for work in (self._write, self._read):
            threading.Thread(target=work, name="lemma-eval sandbox", daemon=True).start()

    def _write(self) -> None:
        assert self.process.stdin is not None
        with suppress(OSError, ValueError), self.process.stdin as stdin:  # if it died, the reader tells those who wait
            while (line := self.outbox.get()) is not None:
                while line:
                    line = line[stdin.write(line) or 0 :]

    def _read(self) -> None:
        assert self.process.stdout is not None
        rest = b""
        with suppress(OSError, ValueError, TypeError), self.process.stdout as stdout:
            while chunk := stdout.read(65536):
                self.heard = time.monotonic()
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._deliver(json.loads(line))
        self.process.kill()
        self.process.wait()
        with self.lock:
            self.dead = True
            orphans, self.waiting = list(self.waiting.values()), {}
        self.outbox.put(None)
        for inbox in orphans:
            inbox.put(None)

    def _deliver(self, message: list[Any]) -> None:
        number, reply = message
        self.ready = True
        with self.lock:
            inbox = self.waiting.pop(number, None)
        if inbox is not None:
            inbox.put(reply)

    def ask(self, kind: str, payload: list[Any], seconds: float) -> Any:
        """The reply, or None if the interpreter died or hangs."""
        inbox: SimpleQueue[Any] = SimpleQueue()
        with self.lock:
            if self.dead:
                return None
            self.next_id += 1
            number = self.next_id
            self.waiting[number] = inbox
        line = json.dumps([number, kind, payload, seconds]).encode() + b"\n"
        if len(line) > _MAX_BYTES:
            with self.lock:
                self.waiting.pop(number, None)
            return "unsupported"
        self.outbox.put(line)
        asked = time.monotonic()
        try:
            while True:
                # However many wait before this one, some reply comes within each limit as long as all is well.
                silence = seconds + _GRACE_SECONDS + (0.0 if self.ready else _START_SECONDS)
                silence += _LOAD_SECONDS if kind == "call" else 0.0
                left = max(asked, self.heard) + silence - time.monotonic()
                if left <= 0:
                    self.process.kill()
                    return None
                try:
                    return inbox.get(timeout=min(left, 60.0))
                except Empty:
                    continue
        finally:
            with self.lock:
                self.waiting.pop(number, None)

    def close(self) -> None:
        """End it at once; its children end with it. The threads close the pipes."""
        self.process.kill()
        self.process.wait()


_lock = threading.RLock()  # held while an interpreter is started, and while the process forks
_sandbox: _Sandbox | None = None
_left_behind: list[_Sandbox] = []  # the parent's, in a forked child: never waited for, never collected


def _current() -> _Sandbox | None:
    global _sandbox
    with _lock:
        if _sandbox is None or _sandbox.dead:
            try:
                _sandbox = _Sandbox()
            except (OSError, ValueError, RuntimeError, TypeError):  # no interpreter, no thread, shutting down
                return None
        return _sandbox


def _ask(kind: str, payload: list[Any], seconds: float) -> Any:
    """The reply; an interpreter that died is replaced and the question put once more."""
    for _ in range(2):
        sandbox = _current()
        reply = sandbox.ask(kind, payload, seconds) if sandbox is not None else None
        if reply is not None:
            return reply
        if sandbox is not None:
            sandbox.dead = True
    return "crash"


def close() -> None:
    """End the interpreter, if one runs; the next question starts another."""
    global _sandbox
    with _lock:
        sandbox, _sandbox = _sandbox, None
    if sandbox is not None and sandbox.owner == os.getpid():
        sandbox.close()


def _forked() -> None:
    """In the child: forget the parent's interpreter, and let go of its pipes, so that it still ends with the parent."""
    global _lock, _sandbox
    _lock = threading.RLock()
    if _sandbox is not None:
        for pipe in (_sandbox.process.stdin, _sandbox.process.stdout):
            if pipe is not None:
                pipe.close()
        _left_behind.append(_sandbox)
        _sandbox = None


atexit.register(close)
if hasattr(os, "register_at_fork"):
    # Through functions: `_lock` is replaced in a child.
    os.register_at_fork(
        before=lambda: _lock.__enter__() and None,
        after_in_parent=lambda: _lock.release(),
        after_in_child=_forked,
    )
