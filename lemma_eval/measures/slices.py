"""Slices: the problems of a benchmark by level, subject or whatever else its rows say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from lemma_eval.errors import UsageError

NONE = "-"  # the slice of the problems that say nothing

_FIGURES = re.compile(r"(\d+)")


def slice_of(meta: Mapping[str, str], key: str) -> str:
    """Which slice by `key` a problem with this `meta` is in."""
    return str(meta.get(key) or NONE)


def in_order(names: Iterable[str]) -> list[str]:
    """Slices' names as people expect them: level 9 before level 10, the rest by letters, `-` last."""
    return sorted(names, key=lambda name: (name == NONE, _parts(name), name))


def _parts(name: str) -> list[tuple[int, int, str]]:
    # A list of figures and texts in turn: figures before texts, each among its own kind.
    parts = [part for part in _FIGURES.split(name) if part]
    return [(0, int(part), "") if part.isdecimal() and len(part) < 1000 else (1, 0, part.casefold()) for part in parts]


def no_such_key(key: str, known: Iterable[str]) -> UsageError:
    """The error for a `key` that no problem has; `known` are those that some have."""
    keys = sorted(set(known))
    hint = f"there are: {', '.join(keys)}" if keys else "these benchmarks have nothing to slice by"
    return UsageError(f"no problem has a '{key}' to slice by; {hint}")
