"""Patterns compiled at their first use: compiling costs more than the rest of the import."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache


def lazy_pattern(pattern: str, flags: int = 0) -> Callable[[], re.Pattern[str]]:
    """A function that gives the compiled pattern; a call costs some 40 ns after the first."""
    return cache(lambda: re.compile(pattern, flags))
