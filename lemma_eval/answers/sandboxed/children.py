"""What runs in the sandbox's child processes: how they are confined, and the two kinds of work."""

from __future__ import annotations

import json
import os
import re
import sys
from importlib import import_module
from typing import Any, NoReturn

COMPARE_BYTES = 64 * 2**20  # of address space beyond what a fresh child has
CALL_BYTES = 2**30
OUT_OF_MEMORY = 77  # exit status


def prepare_compare() -> None:
    """Before the first comparison: bounded memory, and no way to evaluate text."""
    _confine(COMPARE_BYTES)
    _refuse_text()


def prepare_call() -> None:
    """Before the first call of somebody else's function."""
    _confine(CALL_BYTES)


def _confine(extra_bytes: int) -> None:
    """Bounded memory, no core dumps, and death with the parent and on request."""
    import signal

    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # at once, also from within a long computation in C
    try:
        import resource
    except ImportError:  # Windows: the time limit alone
        return
    size = 2**30
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        with open("/proc/self/statm", encoding="ascii") as file:
            size = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + extra_bytes, size + extra_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _refuse_text() -> None:
    """SymPy makes an expression of a string by evaluating it as Python; in this process it does not.

    No string from outside is ever passed to it. Its own tables hold a few constants as strings, `S("3/2")`: these are
    read as what they are, and any other string is an error.
    """
    from sympy.parsing import sympy_parser

    sympy_parser.parse_expr, sympy_parser.eval_expr = _constant, _refuse


def _constant(text: str, *_: object, **__: object) -> Any:
    from sympy import Rational

    match = re.fullmatch(r"(-?[0-9]{1,6})(?:/([1-9][0-9]{0,5}))?", text)
    return Rational(int(match[1]), int(match[2] or 1)) if match else _refuse()


def _refuse(*_: object, **__: object) -> NoReturn:
    raise ValueError("text is never evaluated")


def compare(first: object, second: object, question: str) -> str:
    """`symbolic.compare` of two trees off the wire."""
    from lemma_eval.answers.sandboxed import symbolic, wire

    try:
        return symbolic.compare(wire.read(first), wire.read(second), question)
    except wire.WireError:
        return "unsupported"
    except MemoryError:
        os._exit(OUT_OF_MEMORY)  # a reply may need more than is left, and so may the next request


def load(function: str) -> None:
    """Import what `call` will run; errors are left for the call to tell."""
    try:
        _function(function)
    except Exception:
        return


def call(function: str, args: list[str]) -> list[Any]:
    """`["ok", result]` or `["error", text]`."""
    try:
        result = _function(function)(*args)
        json.dumps(result)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except Exception as error:
        return ["error", f"{type(error).__name__}: {error}"[:1000]]
    return ["ok", result]


def _function(name: str) -> Any:
    module, _, path = name.partition(":")
    found: Any = import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    return found
