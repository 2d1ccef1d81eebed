"""A grader as others write them: signals, sleep, greed, sudden death. Run by the tests in the sandbox only."""

import os
import signal
import threading
import time


def join(first: str, second: str) -> dict[str, str]:
    return {"joined": first + second}


def alarmed() -> str:
    """Uses an alarm, as some graders do for a time limit."""
    assert threading.current_thread() is threading.main_thread()

    def ring(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        time.sleep(60)
    except TimeoutError:
        return "alarm"
    return "none"


def fail() -> None:
    raise ValueError("no such answer")


def unprintable() -> object:
    return object()


def sleep(seconds: str) -> None:
    time.sleep(float(seconds))


def die() -> None:
    os._exit(3)


def greedy(megabytes: str) -> int:
    return len(bytearray(int(megabytes) * 2**20))
