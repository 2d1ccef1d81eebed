"""vLLM's engine processes: they end with us, their output goes to a file, and what they died of is read from there."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import re
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

_OURS = "LEMMA_EVAL_VLLM"  # in the environment of engine processes: our process id, and the file for their output
_MEMORY = re.compile(
    r"(?i)out of memory|outofmemory|memory utilization|free memory|available memory|kv cache|cannot allocate"
)
_REASON = re.compile(r"(?:^|\s)((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Interrupt)): (.*)")
_PASSED_ON = (
    "Engine core initialization failed",
    "EngineCore encountered an issue",
    "WorkerProc initialization failed",
    "Worker failed with error",
)


class _Process(Protocol):
    def join(self, timeout: float | None = None) -> None: ...


@contextlib.contextmanager
def engine_log() -> Iterator[Path | None]:
    """Engine processes started in this context end with us and write into the file given; None if the user wants to
    see what they say, by having set VLLM_LOGGING_LEVEL to anything but ERROR."""
    path = None
    if os.environ.get("VLLM_LOGGING_LEVEL") == "ERROR":
        number, name = tempfile.mkstemp(prefix="lemma-eval-vllm-", suffix=".log")
        os.close(number)
        path = Path(name)
    os.environ[_OURS] = f"{os.getpid()}:{path or ''}"
    try:
        yield path
    except BaseException as error:
        # Kept where it says why; an interrupted start needs no explaining.
        if path is not None and (not isinstance(error, Exception) or not path.stat().st_size):
            path.unlink()
        raise
    finally:
        del os.environ[_OURS]


def log_here(log: Path | None) -> None:
    """What vLLM says in this process goes into the file too, if there is one."""
    if log is not None:
        logger = logging.getLogger("vllm")
        for handler in list(logger.handlers):
            logger.removeHandler(handler)
        logger.addHandler(logging.FileHandler(log, encoding="utf-8", delay=True))


def removed(log: Path | None) -> None:
    """Delete the file, if there is one; what vLLM still says in this process goes nowhere."""
    if log is not None:
        logger = logging.getLogger("vllm")
        for handler in list(logger.handlers):
            logger.removeHandler(handler)
            handler.close()
        logger.addHandler(logging.NullHandler())
        log.unlink(missing_ok=True)


def in_engine_process() -> None:
    """A plugin of vLLM (entry point `vllm.general_plugins`), which it calls in each of its processes.

    In those that `engine_log` is responsible for, it starts a thread that ends the process when its parent is gone,
    also if that was killed (vLLM itself would leave the engine behind, and with it the memory of the GPU), and sends
    the output into the log. In any other process that uses vLLM it does nothing.
    """
    starter, _, log = os.environ.get(_OURS, "").partition(":")
    parent = multiprocessing.parent_process()
    if not starter or parent is None or starter == str(os.getpid()):
        return
    if log:
        number = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(number, 1)
        os.dup2(number, 2)
        os.close(number)
    threading.Thread(target=_end_after, args=(parent,), name="end-with-parent", daemon=True).start()


def _end_after(parent: _Process) -> None:
    parent.join()
    os._exit(1)


def why_it_failed(error: BaseException, log: Path | None) -> str:
    """One line: what the engine died of, what to lower if it was memory, and where its output is."""
    told = log.read_text(encoding="utf-8", errors="replace") if log is not None and log.is_file() else ""
    reason = _reason(told) or _first_lines(error)
    line = f"{reason:.300}"
    if _MEMORY.search(reason):
        line += ("; lower --max-model-len or --engine-arg max_num_seqs=N, change --engine-arg "
                 "gpu_memory_utilization=0.8, try --dtype bfloat16 or --quantization, or spread the model with "
                 "--tensor-parallel N")  # fmt: skip
    return f"{line} (the engine's output: {log})" if told else line


def _reason(told: str) -> str:
    """The first error in an engine's output that says something: later ones only pass it on."""
    for line in told.splitlines():
        found = _REASON.search(line)
        if found and not found[2].startswith(_PASSED_ON):
            return f"{found[1].rpartition('.')[2]}: {found[2].strip()}"
    return ""


def _first_lines(error: BaseException) -> str:
    # A validation error has its field in the first lines and its reason in the next.
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:3]) or type(error).__name__
