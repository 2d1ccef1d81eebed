"""What runs in the sandbox for the grader `math-verify`: one call of the library.

Imported by the sandbox's worker process only. It imports nothing of this package, and the library in the function.
"""

from __future__ import annotations

import json
from typing import Any

SECONDS = 5  # of the library's own alarm, for each parsing and each comparison; what it does by default

_DELIMITERS = ("$", r"\boxed", r"\(", r"\[")


def judge(task: str) -> str:
    """`correct`, `wrong`, `unread` (wrong, as nothing was found to compare) or `timeout`.

    `task` is JSON: `[text, golds, bare, letters]`; `letters` are those of a question's options or empty. To be called
    in the main thread: the library's alarm is a signal.
    """
    from math_verify.parser import ExprExtractionConfig, LatexExtractionConfig, StringExtractionConfig

    text, golds, bare, letters = json.loads(task)
    mathematics = (LatexExtractionConfig(), ExprExtractionConfig())
    configs: tuple[Any, ...] = (StringExtractionConfig(strings=tuple(letters)),) if letters else mathematics
    answer, stopped = _read(text, configs, wrap=bare and not letters)
    if answer:
        for gold in golds:
            read, late = _read(gold, configs, wrap=not letters)
            equal = _equal(read, answer)
            if equal:
                return "correct"
            stopped = stopped or late or equal is None
    if stopped:
        return "timeout"
    return "wrong" if answer else "unread"


def _read(text: str, configs: tuple[Any, ...], *, wrap: bool) -> tuple[list[Any], bool]:
    """What the library reads in `text`, and whether it ran out of time.

    A bare answer is put in dollars first, as the library finds LaTeX only within delimiters.
    """
    stopped = False
    for given in [f"${text}$", text] if wrap and not any(mark in text for mark in _DELIMITERS) else [text]:
        found, late = _parse(given, configs)
        stopped = stopped or late
        if found:
            return found, False
    return [], stopped


def _parse(text: str, configs: tuple[Any, ...]) -> tuple[list[Any], bool]:
    from math_verify import parse
    from math_verify.errors import TimeoutException

    try:
        return parse(text, configs, parsing_timeout=SECONDS, raise_on_error=True), False
    except TimeoutException:
        return [], True
    except MemoryError:
        raise
    except Exception:  # the library on its own takes this for: nothing read
        return [], False


def _equal(golds: list[Any], answers: list[Any]) -> bool | None:
    """What `verify` says of all pairs of readings, except that a comparison out of time leaves it undecided."""
    from math_verify import verify
    from math_verify.errors import TimeoutException

    undecided = False
    for gold in golds:
        for answer in answers:
            try:
                if verify(gold, answer, timeout_seconds=SECONDS, raise_on_error=True):
                    return True
            except TimeoutException:
                undecided = True
            except MemoryError:
                raise
            except Exception:  # the library on its own takes this for: not equal
                continue
    return None if undecided else False
