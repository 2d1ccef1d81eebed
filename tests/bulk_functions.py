"""What `test_bulk` maps: functions that a worker can import."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path


def double(batch: Sequence[int]) -> list[int]:
    return [2 * item for item in batch]


def slow_double(batch: Sequence[int]) -> list[int]:
    """The earlier, the slower: results come back out of order."""
    time.sleep(0.2 if batch[0] % 20 == 0 else 0.0)
    return double(batch)


def pid(batch: Sequence[int]) -> list[int]:
    time.sleep(0.05)
    return [os.getpid() for _ in batch]


def kill_on_13(batch: Sequence[int]) -> list[int]:
    if 13 in batch:
        os.kill(os.getpid(), 9)
    return double(batch)


def kill_once(batch: Sequence[str]) -> list[str]:
    """Dies the first time, by a mark that it leaves in the file named by the item."""
    for item in batch:
        if item and not Path(item).exists():
            Path(item).touch()
            os._exit(3)
    return list(batch)


def fail_on_13(batch: Sequence[int]) -> list[int]:
    if 13 in batch:
        raise RuntimeError("thirteen")
    return double(batch)


def sleep(batch: Sequence[float]) -> list[float]:
    for item in batch:
        time.sleep(item)
    return list(batch)


def main_module(batch: Sequence[int]) -> list[str]:
    return [str(getattr(sys.modules["__main__"], "__file__", None)) for _ in batch]


def kill_with_locks_once(batch: list[str]) -> list[str]:
    """As `kill_once`, by a process that holds the locks of its pool's pipe, as it does while it takes a batch."""
    from pebble.pool.channel import WorkerChannel

    for mark in batch:
        if mark and not Path(mark).exists():
            Path(mark).touch()
            for each in gc.get_objects():
                if isinstance(each, WorkerChannel):
                    each.mutex.acquire()
            os.kill(os.getpid(), 9)
    return batch
